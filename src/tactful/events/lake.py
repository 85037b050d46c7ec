"""The log of events in the lake."""

from tactful.lake.tables import Column, LakeTable, Order, Type

EVENTS = LakeTable(
    name="events",
    source="events_event",
    columns=(
        Column("id", Type.BIGINT),
        Column("customer_id", Type.BIGINT),
        Column("name", Type.TEXT),
        Column("kind", Type.TEXT),
        Column("occurred_at", Type.MOMENT),
        Column("received_at", Type.MOMENT),
        Column("historical", Type.BOOLEAN),
        Column("properties", Type.JSON),
    ),
    order=Order.TIME,
    moment="occurred_at",
)

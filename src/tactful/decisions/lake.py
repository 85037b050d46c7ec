"""Every verdict, in the lake."""

from tactful.lake.tables import Column, LakeTable, Order, Type

DECISIONS = LakeTable(
    name="decisions",
    source="decisions_decision",
    columns=(
        Column("id", Type.BIGINT),
        Column("customer_id", Type.BIGINT),
        Column("journey_id", Type.BIGINT),
        Column("channel", Type.TEXT),
        Column("topic", Type.TEXT),
        Column("category", Type.TEXT),
        Column("verdict", Type.TEXT),
        Column("reason", Type.TEXT),
        Column("at", Type.MOMENT),
    ),
    order=Order.TIME,
    moment="at",
)

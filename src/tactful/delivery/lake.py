"""Messages and what became of them, in the lake."""

from tactful.lake.tables import Column, LakeTable, Order, Type

DELIVERIES = LakeTable(
    name="deliveries",
    source="delivery_delivery",
    columns=(
        Column("id", Type.BIGINT),
        Column("message_key", Type.TEXT, "key::text"),
        Column("customer_id", Type.BIGINT),
        Column("journey_id", Type.BIGINT),
        Column("decision_id", Type.BIGINT),
        Column("channel", Type.TEXT),
        Column("topic", Type.TEXT),
        Column("category", Type.TEXT),
        Column("state", Type.TEXT),
        Column("queued_at", Type.MOMENT),
        Column("sent_at", Type.MOMENT),
        Column("delivered_at", Type.MOMENT),
        Column("opened_at", Type.MOMENT),
        Column("clicked_at", Type.MOMENT),
        Column("bounced_at", Type.MOMENT),
        Column("complained_at", Type.MOMENT),
        Column("unsubscribed_at", Type.MOMENT),
    ),
    order=Order.CUSTOMER,
)

"""Orders, their lines and what came back, in the lake."""

from tactful.lake.tables import Column, LakeTable, Order, Type

ORDERS = LakeTable(
    name="orders",
    source="catalog_order",
    columns=(
        Column("id", Type.BIGINT),
        Column("customer_id", Type.BIGINT),
        Column("external_id", Type.TEXT),
        Column("status", Type.TEXT),
        Column("currency", Type.TEXT),
        Column("placed_at", Type.MOMENT),
        Column("completed_at", Type.MOMENT),
        Column("cancelled_at", Type.MOMENT),
        Column("revenue_minor", Type.BIGINT),
        Column("discount_minor", Type.BIGINT),
        Column("margin_minor", Type.BIGINT),
        Column("returned_minor", Type.BIGINT),
        Column("returned_margin_minor", Type.BIGINT),
        Column("margin_estimated", Type.BOOLEAN),
        Column("coupon", Type.TEXT),
        Column("historical", Type.BOOLEAN),
        Column("dates", Type.JSON),
    ),
    order=Order.CUSTOMER,
)
ORDER_LINES = LakeTable(
    name="order_lines",
    source="catalog_orderline",
    columns=(
        Column("id", Type.BIGINT),
        Column("order_id", Type.BIGINT),
        Column("customer_id", Type.BIGINT),
        Column("completed_at", Type.MOMENT),
        Column("currency", Type.TEXT),
        Column("sku", Type.TEXT),
        Column("category", Type.TEXT),
        Column("quantity", Type.INTEGER),
        Column("revenue_minor", Type.BIGINT),
        Column("discount_minor", Type.BIGINT),
        Column("margin_minor", Type.BIGINT),
    ),
    order=Order.CUSTOMER,
)
ORDER_RETURNS = LakeTable(
    name="order_returns",
    source="catalog_orderreturn",
    columns=(
        Column("id", Type.BIGINT),
        Column("order_id", Type.BIGINT),
        Column("customer_id", Type.BIGINT),
        Column("at", Type.MOMENT),
        Column("currency", Type.TEXT),
        Column("amount_minor", Type.BIGINT),
        Column("margin_minor", Type.BIGINT),
    ),
    order=Order.CUSTOMER,
)

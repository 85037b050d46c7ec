"""Tasks in the lake."""

from tactful.lake.tables import Column, LakeTable, Order, Type

TASKS = LakeTable(
    name="tasks",
    source="sales_task",
    columns=(
        Column("id", Type.BIGINT),
        Column("customer_id", Type.BIGINT),
        Column("journey_id", Type.BIGINT),
        Column("created_at", Type.MOMENT),
        Column("due_at", Type.MOMENT),
        Column("done_at", Type.MOMENT),
    ),
    order=Order.CUSTOMER,
)

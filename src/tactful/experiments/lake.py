"""Who got which arm, in the lake."""

from tactful.lake.tables import Column, LakeTable, Order, Type

ASSIGNMENTS = LakeTable(
    name="assignments",
    source="experiments_assignment",
    columns=(
        Column("id", Type.BIGINT),
        Column("experiment_id", Type.BIGINT),
        Column("customer_id", Type.BIGINT),
        Column("arm", Type.TEXT),
        Column("epoch", Type.INTEGER),
        Column("message_key", Type.TEXT, "message_key::text"),
        Column("at", Type.MOMENT),
        Column("mixed", Type.BOOLEAN),
    ),
    order=Order.CUSTOMER,
)

"""Who entered and left which segment, in the lake."""

from tactful.lake.tables import Column, LakeTable, Order, Type

MEMBER_CHANGES = LakeTable(
    name="member_changes",
    source="segments_memberchange",
    columns=(
        Column("id", Type.BIGINT),
        Column("customer_id", Type.BIGINT),
        Column("segment_id", Type.BIGINT),
        Column("at", Type.MOMENT),
        Column("entered", Type.BOOLEAN),
    ),
    order=Order.TIME,
    moment="at",
)

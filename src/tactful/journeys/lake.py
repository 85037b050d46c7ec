"""Runs in the lake."""

from tactful.lake.tables import Column, LakeTable, Order, Type

RUNS = LakeTable(
    name="runs",
    source="journeys_run",
    columns=(
        Column("id", Type.BIGINT),
        Column("customer_id", Type.BIGINT),
        Column("journey_id", Type.BIGINT),
        Column("version", Type.INTEGER),
        Column("started_at", Type.MOMENT),
        Column("ended_at", Type.MOMENT),
        Column("due_at", Type.MOMENT),
        Column("outcome", Type.TEXT),
        Column("goal_at", Type.MOMENT),
        Column("in_holdout", Type.BOOLEAN),
    ),
    order=Order.CUSTOMER,
)

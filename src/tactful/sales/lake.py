"""Tasks, tickets and proposals in the lake."""

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


def _matters(name: str, source: str, *more: Column) -> LakeTable:
    columns = (
        Column("id", Type.BIGINT),
        Column("customer_id", Type.BIGINT),
        Column("opened_at", Type.MOMENT),
        Column("late_at", Type.MOMENT),
        Column("closed_at", Type.MOMENT),
        *more,
    )
    return LakeTable(name=name, source=source, columns=columns, order=Order.CUSTOMER)


TICKETS = _matters("tickets", "sales_ticket")
PROPOSALS = _matters(
    "proposals",
    "sales_proposal",
    Column("key", Type.TEXT, "coalesce(nullif(deal, ''), number)"),  # what a run of a journey is about
    Column("dates", Type.JSON),
)

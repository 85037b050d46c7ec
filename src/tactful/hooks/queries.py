"""Calls as staff see them."""

from dataclasses import dataclass
from datetime import datetime

from tactful.hooks.models import Call


@dataclass(frozen=True, slots=True)
class CallRow:
    """A call and how far it has come; `status` is None while nobody has answered."""

    id: int
    url: str
    customer_id: int
    journey_id: int
    step: str
    state: str
    queued_at: datetime
    due_at: datetime
    attempts: int
    status: int | None
    answer: str
    ended_at: datetime | None


def calls(
    *, state: str = "", journey_id: int | None = None, before: int | None = None, limit: int = 50
) -> list[CallRow]:
    """The latest calls; of one state or one journey where these are given."""
    rows = Call.objects.order_by("-pk")
    if state:
        rows = rows.filter(state=state)
    if journey_id is not None:
        rows = rows.filter(journey_id=journey_id)
    if before is not None:
        rows = rows.filter(pk__lt=before)
    return [CallRow(*row) for row in rows.values_list(*CallRow.__dataclass_fields__)[:limit]]

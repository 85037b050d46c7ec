"""What another cap would have done in a period, answered from recorded decisions and the log of touches."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from django.db import connection

from tactful.decisions import queries
from tactful.decisions.domain.facts import CapRule, TouchSeen
from tactful.decisions.domain.what_if import Judged, Recorded, judge, with_cap
from tactful.kernel.sql import statements

_SQL = statements(Path(__file__).with_suffix(".sql"))
MOST = 200_000  # decisions that one question judges again


@dataclass(frozen=True, slots=True)
class Answer:
    """`others` are the caps that stayed as they are now. `cut`: there were more decisions than `MOST`."""

    cap: CapRule
    others: tuple[CapRule, ...]
    judged: Judged
    cut: bool


def answer(cap: CapRule, *, since: datetime, until: datetime, journey_id: int | None = None) -> Answer:
    """How the period's messages would have fared under this cap: each by itself, the other caps as they are now."""
    caps = with_cap(queries.caps(), cap)
    rows = _rows("recorded", since=since, until=until, limit=MOST + 1)
    recorded = [Recorded(*row) for row in rows[:MOST]]
    longest = max(one.span for one in caps)
    touches = _touches({one.customer_id for one in recorded}, since=since - longest, until=until)
    return Answer(
        cap=cap,
        others=tuple(one for one in caps if one != cap),
        judged=judge(recorded, touches, caps, journey_id=journey_id),
        cut=len(rows) > MOST,
    )


def page(ids: Collection[int], *, before: int | None = None, limit: int = 50) -> queries.Page:
    """These decisions, the latest first."""
    left = sorted((one for one in ids if before is None or one < before), reverse=True)
    rows = tuple(queries.as_decision(row) for row in _rows("page", ids=left[:limit]))
    return queries.Page(rows, before=rows[-1].id if len(left) > limit else None)


def _touches(customers: Collection[int], *, since: datetime, until: datetime) -> dict[int, list[TouchSeen]]:
    found: dict[int, list[TouchSeen]] = defaultdict(list)
    rows = _rows("touches", customers=list(customers), since=since, until=until)
    for customer_id, *seen in rows:
        found[customer_id].append(TouchSeen(*seen))
    return found


def _rows(name: str, **params: Any) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(_SQL[name], params)
        found: list[tuple[Any, ...]] = cursor.fetchall()
    return found

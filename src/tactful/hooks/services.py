"""Calls queued, claimed, settled."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
from django.db import connection

from tactful.hooks.domain.values import Answer, Claimed, NewCall, after
from tactful.hooks.models import Call
from tactful.kernel.sql import statements

LEASE = timedelta(minutes=2)
"""How long a claimed batch may take; every call gives up earlier."""

_SQL = statements(Path(__file__).with_name("calls.sql"))
_KEPT = 500  # characters of an answer


def queue(calls: Sequence[NewCall]) -> None:
    """Keep calls to be made, in the transaction that wants them."""
    if not calls:
        return
    names = ("key", "url", "customer_id", "journey_id", "run_id", "step", "at")
    columns: dict[str, Any] = {name: [getattr(call, name) for call in calls] for name in names}
    columns["body"] = [msgspec.json.encode(call.body).decode() for call in calls]
    with connection.cursor() as cursor:
        cursor.execute(_SQL["queue"], columns)


def forget(customer_ids: Collection[int]) -> None:
    """Delete the calls about erased customers, also those that were not made yet."""
    Call.objects.filter(customer_id__in=customer_ids).delete()


def claim(*, limit: int, now: datetime) -> list[Claimed]:
    """Take due calls; no two workers get the same."""
    with connection.cursor() as cursor:
        cursor.execute(_SQL["claim"], {"limit": limit, "now": now, "lease_until": now + LEASE})
        return [Claimed(*row) for row in cursor.fetchall()]


def settle(answers: Sequence[Answer], *, now: datetime) -> None:
    """Write down how attempts ended."""
    if not answers:
        return
    ends = [after(answer, now=now) for answer in answers]
    columns: dict[str, Any] = {
        "id": [answer.call_id for answer in answers],
        "attempt": [answer.attempt for answer in answers],
        "status": [answer.status or None for answer in answers],
        "answer": [answer.words[:_KEPT] for answer in answers],
        "state": [end.state for end in ends],
        "due_at": [end.due_at for end in ends],
    }
    with connection.cursor() as cursor:
        cursor.execute(_SQL["settle"], {**columns, "now": now})


def again(call_id: int, *, now: datetime) -> bool:
    """Make a call anew that was given up; False where it was not."""
    with connection.cursor() as cursor:
        cursor.execute(_SQL["again"], {"id": call_id, "now": now})
        return bool(cursor.rowcount)

"""Every message that left, judged again from the tables, by other code than that which let it go.

Nothing here asks `decide`: the rules are said a second time, in SQL, over the log, the consent record, the slots
and the rules in force when it was decided. Parts of a bounded size, so that a million messages need no more memory
than one part. What it cannot know is left out in favour of the sender: a word that was heard after the message, a
slot that came with a later merge.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from django.db import connection, transaction

from tactful.consent import queries as consent
from tactful.decisions import queries as decisions
from tactful.decisions import services
from tactful.decisions.queries import AuditRow
from tactful.experiments import queries as experiments
from tactful.kernel.sql import statements

_SQL = statements(Path(__file__).with_suffix(".sql"))
PART = 20_000
KEPT = 1_000  # breaches that are kept by name; all are counted
_GRACE = timedelta(minutes=10)  # what may pass between the last look and the hand-over
_OVERLAP = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Breach:
    """A message that should not have gone: whose, by which rule, and what the audit saw."""

    delivery: int
    customer: int
    rule: str
    saw: dict[str, Any]


def audit(*, since: datetime | None, until: datetime, now: datetime) -> AuditRow:
    """Judge all marketing that left from `since` (None: ever) to `until`. Service messages have no such rules."""
    checked, found, first = 0, 0, list[Breach]()
    for count, breaches in _parts(since, until):
        checked += count
        found += len(breaches)
        first += breaches[: KEPT - len(first)]
    named = tuple(
        {"delivery": one.delivery, "customer": one.customer, "rule": one.rule, "saw": one.saw} for one in first
    )
    return AuditRow(at=now, since=since, until=until, checked=checked, found=found, breaches=named)


def audit_nightly(now: datetime) -> int:
    """Judge what left since the last audit, and keep the result; gives the number of breaches."""
    last = decisions.audits(limit=1)
    made = audit(since=last[0].until - _OVERLAP if last else None, until=now, now=now)
    services.keep_audit(made)
    return made.found


def _parts(since: datetime | None, until: datetime) -> Iterator[tuple[int, list[Breach]]]:
    after: int | None = 0
    while after is not None:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("DROP TABLE IF EXISTS pg_temp.audited")
            cursor.execute(_SQL["messages"], {"after": after, "since": since, "until": until, "limit": PART})
            cursor.execute(_SQL["part"])
            count, after = cursor.fetchone()
            if not count:
                return
            cursor.execute("CREATE INDEX ON audited (id)")
            cursor.execute("ANALYZE audited")
            cursor.execute(_SQL["is_quiet"])
            cursor.execute(_SQL["judge"])
            breaches = [
                Breach(number, customer, rule, json.loads(saw)) for number, customer, rule, saw in cursor.fetchall()
            ]
            cursor.execute(_SQL["addresses"])
            breaches += _suppressed(cursor.fetchall())
            cursor.execute(_SQL["people"])
            breaches += _held_out(cursor.fetchall())
        yield count, sorted(breaches, key=lambda breach: (breach.delivery, breach.rule))


def _suppressed(sent: Sequence[tuple[int, int, str, str, datetime]]) -> list[Breach]:
    found: list[Breach] = []
    for channel in {row[2] for row in sent}:
        stopped = consent.suppressed_since({row[3] for row in sent if row[2] == channel}, channel=channel)
        found += [
            Breach(number, customer, "suppression", {"since": stopped[address].isoformat()})
            for number, customer, by, address, sent_at in sent
            if by == channel and address in stopped and stopped[address] < sent_at - _GRACE
        ]
    return found


def _held_out(decided: Sequence[tuple[int, int, int, datetime]]) -> list[Breach]:
    """By the draw that is in force; what was decided before it is not judged."""
    group = experiments.holdout()
    if group is None:
        return []
    alone = experiments.held_out({drawn for _, _, drawn, _ in decided})
    return [
        Breach(number, customer, "holdout", {"since": group.started_at.isoformat(), "decided_at": at.isoformat()})
        for number, customer, drawn, at in decided
        if drawn in alone and at > group.started_at
    ]

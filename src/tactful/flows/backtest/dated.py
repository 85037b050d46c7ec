"""Whose dates may have let somebody in: customers, and orders and deals as the lake has them today."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from tactful.journeys.domain import calendar
from tactful.journeys.domain.calendar import OnDate
from tactful.kernel.sql import statements
from tactful.kernel.time import zone_or
from tactful.lake.engine import Reader
from tactful.segments.compiler.moments import bare

_SQL = statements(Path(__file__).with_name("backtest.sql"))
TABLES_OF: Mapping[str, tuple[str, ...]] = {"order": ("orders",), "deal": ("proposals",)}
_COLUMNS = {"completed_at": "completed_at", "placed_at": "placed_at", "sent_at": "opened_at"}
_read = msgspec.json.Decoder(dict[str, tuple[str, str]]).decode


class Candidate(NamedTuple):
    """A date of somebody in a zone. That of a thing holds from when it was known until the thing was over."""

    customer_id: int
    zone: str | None
    value: object
    key: str = ""
    known: datetime | None = None
    over: datetime | None = None

    def stood(self, at: datetime) -> bool:
        """Whether the thing was known at that moment, and neither cancelled nor answered."""
        return (self.known is None or self.known < at) and (self.over is None or self.over > at)


def things(reader: Reader, rule: OnDate, company: str, *, after: datetime, until: datetime) -> Iterator[Candidate]:
    """Orders or proposals that have the date; of a moment the day that the customer's clocks showed.

    A date that was told anew since counts from then on: what it was before, nobody kept.
    """
    found = _at_moments(reader, rule, after=after, until=until) if rule.is_moment else _on_days(reader, rule)
    for customer_id, where, key, value, known, over in found:
        day = calendar.day_there(value, zone_or(where, company))
        if day:
            yield Candidate(customer_id, where, day, key, known, _aware(over) if over else None)


def _at_moments(reader: Reader, rule: OnDate, *, after: datetime, until: datetime) -> Iterator[tuple[Any, ...]]:
    spans = calendar.spans_in_question(rule, after=after, until=until)
    within = {"since": bare(spans[0][0]), "until": bare(spans[-1][1])}
    sql = _SQL[f"{rule.of}s_at_moments"].format(
        column=_COLUMNS[rule.attribute],
        **{name: reader.relation(name) for name in (*TABLES_OF[rule.of], "customers")},
    )
    for customer_id, where, key, moment, over in reader.rows(sql, within):
        yield customer_id, where, key, _aware(moment), _aware(moment), over


def _on_days(reader: Reader, rule: OnDate) -> Iterator[tuple[Any, ...]]:
    sql = _SQL[f"{rule.of}s_with_dates"].format(
        **{name: reader.relation(name) for name in (*TABLES_OF[rule.of], "customers")}
    )
    for customer_id, where, key, dates, since, over in reader.rows(sql):
        if word := _read(dates).get(rule.attribute):
            known = max(_aware(since), datetime.fromisoformat(word[1]))
            yield customer_id, where, key, word[0], known, over


def _aware(moment: datetime) -> datetime:
    return moment.replace(tzinfo=UTC)

"""What is planned against the caps: runs that move on in the next days, and whose customers are full by then."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pyarrow as pa

from tactful.decisions.domain.facts import CapRule
from tactful.delivery.lake import DELIVERIES
from tactful.journeys.lake import RUNS
from tactful.kernel.sql import statements
from tactful.kernel.time import zone
from tactful.lake.engine import Reader

TABLES = (RUNS, DELIVERIES)
_SQL = Path(__file__).with_suffix(".sql")
_CAPS = pa.schema([("count", pa.int32()), ("days", pa.int32())])


@dataclass(frozen=True, slots=True)
class Day:
    """A local day: runs that move then, and those of them that the touches made so far would hold at a cap."""

    day: date
    moves: int
    full: int


def planned(reader: Reader, *, now: datetime, days: int, caps: Sequence[CapRule], zone_name: str) -> list[Day]:
    """The next days, today first. What is late already counts as today's; only rolling caps on everything
    are looked at."""
    here = zone(zone_name)
    today = now.astimezone(here).date()
    allowed = [{"count": cap.count, "days": cap.days} for cap in caps if cap.is_global]
    reader.register("caps", pa.Table.from_pylist(allowed, schema=_CAPS))
    values = {"now": _naive(now), "until": _naive(now + timedelta(days=days))}
    moves: dict[date, int] = defaultdict(int)
    full: dict[date, int] = defaultdict(int)
    for at, count, at_cap in reader.rows(statements(_SQL)["planned"], values):
        day = at.replace(tzinfo=UTC).astimezone(here).date()
        moves[day] += count
        full[day] += at_cap
    listed = [today + timedelta(days=offset) for offset in range(days)]
    return [Day(day, moves[day], full[day]) for day in listed]


def _naive(moment: datetime) -> datetime:
    """UTC without zone, as the lake keeps moments."""
    return moment.astimezone(UTC).replace(tzinfo=None)

"""The calendar of journeys: up to when it has been read, and whom it lets in. Each customer is let in once."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from tactful.journeys import table
from tactful.kernel.sql import statements

_SQL = statements(Path(__file__).with_name("services.sql"))


@dataclass(frozen=True, slots=True)
class Calendar:
    """A journey at work, in its current version, and the moment up to which its calendar has been read."""

    journey_id: int
    version: int
    read_until: datetime
    last_due: datetime | None  # of those who wait to be let in already


def calendars(*, now: datetime) -> list[Calendar]:
    """Every journey at work, locked until the transaction ends."""
    return [Calendar(*row) for row in table.rows(_SQL["calendars"], now=now)]


@dataclass(frozen=True, slots=True)
class Planned:
    """Whom the calendar lets into a journey; `thing` is the number of the order or proposal by which, if by any."""

    journey_id: int
    customer_id: int
    thing: str = ""


def plan(entries: Iterable[tuple[int, int, datetime, str]]) -> None:
    """Let (journey_id, customer_id) in at a moment, by the order or proposal of a number; empty where by none."""
    table.copy(_SQL["plan_entries"], entries)


def met(journey_id: int, count: int) -> None:
    """The moment of a broadcast has met so many: what was meant stays known when the audience has moved on."""
    table.run(_SQL["met"], journey=journey_id, count=count)


def read_until(journey_ids: Sequence[int], until: datetime) -> None:
    """The calendars of these journeys have been read up to here."""
    table.run(_SQL["planned_until"], journeys=list(journey_ids), until=until)


def take(now: datetime, *, limit: int) -> list[Planned]:
    """Those whose moment has come; they are not given again."""
    return [Planned(*row) for row in table.rows(_SQL["take_planned"], now=now, limit=limit)]

"""How many of an audience can be reached about a topic, and what a launch saw of it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from tactful.flows.nightly import FOLDER
from tactful.flows.tables import TABLES
from tactful.journeys import launches
from tactful.journeys.domain.calendar import Once
from tactful.journeys.domain.definition import Definition
from tactful.segments.services import editing


@dataclass(frozen=True, slots=True)
class Reach:
    """An audience, and those of it who have an address, agreed to the topic, and were not stopped."""

    size: int
    reached: int

    @property
    def silent(self) -> int:
        return self.size - self.reached


def reach(segment: str, topic: str, *, now: datetime) -> Reach:
    """Of a segment (empty: of everybody). Raises NotFound where it is none."""
    everybody: dict[str, Any] = {"segment": segment} if segment else {"everyone": True}
    reachable = {"all": [everybody, {"reachable": "email", "topic": topic}]}
    size, reached = (
        editing.preview(rule, slug=None, at=now, tables=TABLES, folder=FOLDER).count
        for rule in (everybody, reachable)
    )
    return Reach(size, reached)


def keep_at_launch(definition: Definition, *, by: str, now: datetime) -> None:
    """Keep with the launch of a broadcast whom it found; other journeys meet their customers as they come."""
    if isinstance(definition.entry.rule, Once) and definition.topic:
        found = reach(definition.entry.segment or "", definition.topic, now=now)
        launches.keep(definition.slug, audience=found.size, reached=found.reached, by=by, now=now)

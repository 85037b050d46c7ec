"""What each launch of a broadcast found: the audience as it stood then, and how much of it could be reached."""

from dataclasses import dataclass
from datetime import datetime

from tactful.journeys.models import Journey, Launch


@dataclass(frozen=True, slots=True)
class Launched:
    at: datetime
    by: str
    audience: int
    reached: int

    @property
    def silent(self) -> int:
        return self.audience - self.reached


def keep(slug: str, *, audience: int, reached: int, by: str, now: datetime) -> None:
    journey = Journey.objects.get(slug=slug)
    Launch.objects.create(journey=journey, at=now, by=by, audience=audience, reached=reached)


def last(journey_id: int) -> Launched | None:
    """The last one; None where there was none, or it was before such things were kept."""
    found = Launch.objects.filter(journey_id=journey_id).order_by("-at", "-pk").first()
    return Launched(found.at, found.by, found.audience, found.reached) if found else None

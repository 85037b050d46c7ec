"""The lifecycle: its stages as they come with Tactful, and how customers flow between them."""

from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

import yaml
from django.db import transaction

from tactful.segments import queries
from tactful.segments.domain.tree import parse
from tactful.segments.domain.writing import to_json
from tactful.segments.models import Segment
from tactful.segments.services.membership import run
from tactful.segments.services.writing import save

_READY = Path(__file__).parent.parent / "lifecycle.yaml"


@dataclass(frozen=True, slots=True)
class Flow:
    """How many customers went from one stage to another in a month; None is no stage."""

    month: date
    source: str | None
    target: str | None
    customers: int


@transaction.atomic
def install_stages(*, now: datetime) -> list[str]:
    """Save the stages that come with Tactful where there are none yet; the new ones by slug."""
    if Segment.objects.filter(position__isnull=False).exists():
        return []
    for position, said in enumerate(yaml.safe_load(_READY.read_text(encoding="utf-8")), start=1):
        save(
            slug=said["slug"],
            name=said["name"],
            definition=to_json(parse(said["rule"])),
            goal=said["goal"],
            action=said["action"],
            now=now,
        )
        Segment.objects.filter(slug=said["slug"]).update(position=position)
    return [stage.slug for stage in queries.stages()]


def flows(*, since: datetime, until: datetime, zone: str) -> list[Flow]:
    """Moves between stages by month of the company's calendar, the latest first."""
    rows = run("stage_flows", {"since": since, "until": until, "zone": zone})
    return [Flow(*row) for row in rows]


def flowed(*, source: str | None, target: str | None, since: datetime, until: datetime) -> list[int]:
    """The customers behind such a number, by id."""
    return [
        row[0] for row in run("stage_flowed", {"source": source, "target": target, "since": since, "until": until})
    ]

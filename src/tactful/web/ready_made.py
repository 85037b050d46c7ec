"""Ready segments to begin a new one from: those of which there is none here yet."""

from typing import Any

from tactful.segments import queries as segments
from tactful.segments import services
from tactful.segments.domain.writing import to_json


def offered() -> list[dict[str, Any]]:
    """What each says, by name. One that was archived is not offered anew: it can be brought back."""
    known = [row for status in ("active", "archived") for row in segments.segments(status=status)]
    there = {row.slug for row in known} | {row.name for row in known if row.position is None}
    return [
        {
            "slug": each.slug,
            "name": each.name,
            "goal": each.goal,
            "action": each.action,
            "reading": each.reading,
            "rule": to_json(each.tree),
        }
        for each in sorted(services.ready(), key=lambda each: each.name)
        if not {each.slug, each.name} & there
    ]


def short_name(name: str) -> str | None:
    """The short name of the ready segment called so: ready journeys and guides know it by that."""
    return next((each.slug for each in services.ready() if each.name == name.strip()), None)

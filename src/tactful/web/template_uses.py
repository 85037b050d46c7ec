"""What hangs on a template: the journeys that send it."""

from collections import defaultdict
from dataclasses import dataclass

from django.urls import reverse

from tactful.journeys import queries as journeys

_IN_USE = frozenset({"active", "paused"})


@dataclass(frozen=True, slots=True)
class Use:
    """A journey that sends the template. While it `holds`, the template cannot be archived."""

    name: str
    url: str
    holds: bool


def uses() -> dict[str, list[Use]]:
    """The journeys by the slug of each template that they send."""
    found: dict[str, list[Use]] = defaultdict(list)
    for row in journeys.journeys():
        if row.definition and row.status != "archived":
            for slug in row.definition.templates:
                use = Use(row.name, reverse("journey", args=[row.slug]), row.status in _IN_USE)
                found[slug].append(use)
    return dict(found)

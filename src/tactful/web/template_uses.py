"""What hangs on a template: the journeys that send it."""

from collections import defaultdict
from dataclasses import dataclass

from django.urls import reverse

from tactful.content import queries as content
from tactful.journeys import queries as journeys
from tactful.journeys.domain.definition import Definition
from tactful.journeys.domain.steps import Message
from tactful.kernel.errors import Conflict

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
            for slug in templates_of(row.definition):
                use = Use(row.name, reverse("journey", args=[row.slug]), row.status in _IN_USE)
                found[slug].append(use)
    return dict(found)


def templates_of(definition: Definition) -> list[str]:
    """Every text that a journey may send."""
    steps = [step for step in definition.steps.values() if isinstance(step, Message)]
    return list(dict.fromkeys(slug for step in steps for slug in step.templates))


def refuse_unapproved(definition: Definition | None) -> None:
    """Raises Conflict where somebody else must still read a text before its first launch."""
    if definition and (waiting := content.unapproved(templates_of(definition))):
        raise Conflict(
            f"Somebody else must read these texts before they go out: {', '.join(waiting)}. "
            "Whoever did not write them approves them on their pages, under Content."
        )

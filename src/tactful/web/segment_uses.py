"""What hangs on a segment: journeys that begin with it or ask for it, and segments whose rule names it."""

from dataclasses import dataclass

from django.urls import reverse

from tactful.journeys import queries as journeys
from tactful.journeys.domain.definition import Definition
from tactful.journeys.domain.steps import Branch, Condition, Message
from tactful.segments.services import editing

_IN_USE = frozenset({"active", "paused"})


@dataclass(frozen=True, slots=True)
class Use:
    """One thing that names the segment. While it `holds`, the segment cannot be archived."""

    kind: str
    name: str
    url: str
    how: str
    holds: bool


def uses(slug: str) -> list[Use]:
    """Everything that names this segment."""
    found = [
        Use("journey", row.name, reverse("journey", args=[row.slug]), how, row.status in _IN_USE)
        for row in journeys.journeys()
        if row.definition and row.status != "archived" and (how := _how(row.definition, slug))
    ]
    naming = editing.naming(slug)
    return found + [
        Use("segment", row.name, reverse("segment", args=[row.slug]), "its rule names it", holds=True)
        for row in naming
    ]


def _how(definition: Definition, slug: str) -> str:
    """How a journey uses the segment; empty where it does not."""
    if definition.entry.segment == slug:
        return "begins with it"
    if _asks(definition.entry.condition, slug):
        return "asks for it at the entry"
    if any(_asks(rule.condition, slug) for rule in definition.exit_conditions):
        return "ends by it"
    for name, step in definition.steps.items():
        if isinstance(step, Branch | Message) and _asks(step.condition, slug):
            return f"asks for it at {name.replace('_', ' ')}"
    return ""


def _asks(condition: Condition | None, slug: str) -> bool:
    return condition is not None and slug in editing.named_in(condition.tree)

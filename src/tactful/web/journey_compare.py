"""Two versions of a journey side by side, rule by rule and step by step, in words."""

from collections.abc import Mapping
from dataclasses import dataclass

from tactful.journeys.domain.definition import Definition
from tactful.journeys.domain.steps import Step
from tactful.web import journey_words, words


@dataclass(frozen=True, slots=True)
class Line:
    """One rule or step in both versions; empty where a version has none."""

    name: str
    old: str
    new: str

    @property
    def change(self) -> str:
        """`same`, `added`, `gone` or `changed`."""
        if self.old == self.new:
            return "same"
        if not self.old:
            return "added"
        return "changed" if self.new else "gone"


def compare(old: Definition, new: Definition, templates: Mapping[str, str]) -> list[Line]:
    """Everything that either version says, the new one's order first. `templates` are names of texts by slug."""
    before, after = rules(old), rules(new)
    lines = [Line(name, before.get(name, ""), after.get(name, "")) for name in (before | after)]
    return lines + [
        Line(f"Step “{name}”", _said(old, name, templates), _said(new, name, templates))
        for name in dict.fromkeys((*new.steps, *old.steps))
    ]


def rules(definition: Definition) -> dict[str, str]:
    """The rules of a journey besides its steps, in words."""
    goal = definition.goal
    return {
        "Name": definition.name,
        "What it does": definition.description,
        "Enters": journey_words.entry_sentence(definition.entry),
        "Leaves early when": "; ".join(exits(definition)),
        "Goal": f"{journey_words.event_words(goal.event)}, within {words.span(goal.within.total_seconds())}"
        if goal
        else "",
        "The same customer again": reentry(definition),
        "A run is about one": definition.key,
        "Left alone": words.share(definition.holdout) if definition.holdout else "",
        "About": f"{definition.topic} by {definition.channel}, {definition.category}",
        "Priority": str(definition.priority),
        "Owner": definition.owner,
        "If it fails": definition.failure_path,
        "Review by": words.day(definition.review_by) if definition.review_by else "",
        "First step": definition.start,
    }


def exits(definition: Definition) -> list[str]:
    """When a customer leaves before the end."""
    events = [(journey_words.event_words(rule.event), rule.reason) for rule in definition.exit_events]
    whens = [(journey_words.condition_words(rule.condition), rule.reason) for rule in definition.exit_conditions]
    return [f"{said} ({why})" if why and why != said else said for said, why in events + whens]


def reentry(definition: Definition) -> str:
    """Whether the same customer may come again."""
    match definition.reentry.rule:
        case "never":
            return "never twice"
        case "after_exit":
            return "after it has ended"
        case "any_time":
            return "at any time"
        case _:
            return f"{words.count_of(definition.reentry.days, 'day')} after the end"


def _said(definition: Definition, name: str, templates: Mapping[str, str]) -> str:
    step = definition.steps.get(name)
    if step is None:
        return ""
    said = journey_words.look(name, step, templates)[4]
    return f"{said}{_ways(step)}"


def _ways(step: Step) -> str:
    targets = {edge.name: edge.target for edge in step.edges if edge.target is not None}
    if len(set(targets.values())) == 1:
        return f" → {next(iter(targets.values()))}"
    return "".join(f" → {target} ({name})" for name, target in targets.items())

"""Whether the steps of a journey make a way that ends, and its rules make sense together."""

from collections.abc import Iterator, Mapping

from tactful.journeys.domain.definition import Definition
from tactful.journeys.domain.matching import EventMatch
from tactful.journeys.domain.steps import Step, Wait, WaitForEvent
from tactful.kernel.errors import InvalidInput


def check_shape(definition: Definition) -> None:
    """Raises InvalidInput with the path of the first fault."""
    steps = definition.steps
    if definition.start not in steps:
        raise InvalidInput(f"start: there is no step {definition.start!r}")
    for name, step in steps.items():
        for edge in step.edges:
            if edge.target is not None and edge.target not in steps:
                raise InvalidInput(
                    f"steps.{name}: its way {edge.name!r} leads to {edge.target!r}, which is no step"
                )
    if unreachable := sorted(steps.keys() - _reachable(steps, definition.start)):
        raise InvalidInput(f"steps.{unreachable[0]} cannot be reached from {definition.start!r}")
    if loop := _loop_without_wait(steps):
        raise InvalidInput(f"steps.{loop} goes round in a circle without a wait: put a wait into the loop")
    if definition.holdout and definition.goal is None:
        raise InvalidInput("holdout needs a goal: without one there is nothing to compare")
    if definition.key == "customer" and any(match.same_key for match in _matches(definition)):
        raise InvalidInput("same_key needs a key: say key: order, cart or deal")
    _check_key(definition)


def _check_key(definition: Definition) -> None:
    key, about = definition.key, definition.entry.about
    if key == about or not (definition.entry.rule or definition.entry.segment):
        return
    if about != "customer":
        raise InvalidInput(f"key must be {about} where a date of the {about} lets customers in")
    raise InvalidInput(f"key must be customer where the calendar or a segment lets customers in: it names no {key}")


def _matches(definition: Definition) -> Iterator[EventMatch]:
    yield from (rule.event for rule in definition.exit_events)
    yield from (step.event for step in definition.steps.values() if isinstance(step, WaitForEvent))
    if definition.goal:
        yield definition.goal.event


def _reachable(steps: Mapping[str, Step], start: str) -> set[str]:
    seen: set[str] = set()
    ahead = [start]
    while ahead:
        name = ahead.pop()
        if name not in seen:
            seen.add(name)
            ahead.extend(edge.target for edge in steps[name].edges if edge.target is not None)
    return seen


def _loop_without_wait(steps: Mapping[str, Step]) -> str | None:
    """A step on a circle of steps of which none waits.

    Steps that lead to no such step are taken off until nothing is left, or a circle.
    """
    ahead = {
        name: {edge.target for edge in step.edges if edge.target is not None}
        for name, step in steps.items()
        if not _takes_time(step)
    }
    while ends := [name for name, targets in ahead.items() if not targets & ahead.keys()]:
        for name in ends:
            del ahead[name]
    return min(ahead, default=None)


def _takes_time(step: Step) -> bool:
    """Waits that may be over at once do not count: until a time of day it may be, until a date that has passed."""
    return isinstance(step, WaitForEvent) or (isinstance(step, Wait) and bool(step.span))

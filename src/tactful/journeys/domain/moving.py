"""Running customers on another version: where each would land, and what becomes of his run. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from msgspec import structs

from tactful.journeys.domain.definition import Definition
from tactful.journeys.domain.runs import Phase, RunFacts
from tactful.journeys.domain.steps import Message, Step, Wait, WaitForEvent, WaitUntil
from tactful.kernel.errors import InvalidInput

LEAVE = ""
"""Instead of a step: those who stand there leave the journey."""
MOVED_OUT = "exited:moved out"


@dataclass(frozen=True, slots=True)
class Landing:
    """Those who stand at a step of the old version.

    `target` is the step of the new one where they go on, `LEAVE`, or None while somebody has to choose.
    `same` is True where what they wait for has not changed, so that nothing happens to them.
    """

    step: str
    runs: int
    target: str | None
    same: bool


def landings(
    old: Definition, new: Definition, counts: Mapping[str, int], chosen: Mapping[str, str]
) -> list[Landing]:
    """Where everybody would land: at the step of the same name, unless another is `chosen`; busiest first.

    Raises InvalidInput where a chosen step is not there.
    """
    for step, target in chosen.items():
        if target != LEAVE and target not in new.steps:
            raise InvalidInput(f"{step}: the new version has no step {target!r} to move to")
    found = [
        Landing(
            step, runs, _target(step, new, chosen), _is_same(old.steps.get(step), new.steps.get(step), step, chosen)
        )
        for step, runs in counts.items()
    ]
    return sorted(found, key=lambda landing: (-landing.runs, landing.step))


def moved(run: RunFacts, landing: Landing, new: Definition, *, version: int, now: datetime) -> RunFacts:
    """The run on the new version. Raises ValueError while nobody has chosen its step.

    One that waits goes on waiting from when it began to; any other step is taken up at once.
    """
    if run.in_holdout:
        return structs.replace(run, version=version)
    if landing.target is None:
        raise ValueError(f"{landing.step} has no place in the new version")
    if landing.target == LEAVE:
        return structs.replace(
            run, version=version, phase=Phase.ENDED, ended_at=now, outcome=MOVED_OUT, due_at=None, waits_for=None
        )
    if landing.same:
        return structs.replace(run, version=version)
    there = structs.replace(run, version=version, step=landing.target, arrivals=run.arrivals + 1)
    return _taken_up(there, new.steps[landing.target], now)


def _taken_up(run: RunFacts, step: Step, now: datetime) -> RunFacts:
    match step:
        case WaitForEvent():
            return structs.replace(
                run, phase=Phase.WAITING, due_at=run.came_at + step.timeout, waits_for=step.event.name
            )
        case Wait(at=None):
            return structs.replace(run, phase=Phase.WAITING, due_at=run.came_at + step.span, waits_for=None)
        case _:
            # A held run acts on its step when its moment comes.
            return structs.replace(run, phase=Phase.HELD, due_at=now, waits_for=None)


def _waiting(run: RunFacts, until: datetime, waits_for: str | None) -> RunFacts:
    return structs.replace(run, phase=Phase.WAITING, due_at=until, waits_for=waits_for)


def _target(step: str, new: Definition, chosen: Mapping[str, str]) -> str | None:
    return chosen.get(step, step if step in new.steps else None)


def _is_same(old: Step | None, new: Step | None, step: str, chosen: Mapping[str, str]) -> bool:
    """The ways out of a step may differ: they are looked up when the run takes one."""
    if old is None or new is None or chosen.get(step, step) != step:
        return False
    return _without_ways(old) == _without_ways(new)


def _without_ways(step: Step) -> Step:
    """The steps at which a run can stand, as if they all led to one place."""
    match step:
        case Message() | Wait():
            return replace(step, next="")
        case WaitUntil():
            return replace(step, next="", missing="")
        case WaitForEvent():
            return replace(step, next="", on_timeout="")
        case _:
            return step

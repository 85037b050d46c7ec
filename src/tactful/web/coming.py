"""What marketing will send a customer next: the messages ahead of his open runs, those held, those on their way."""

from collections import deque
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from tactful.decisions import queries as decisions
from tactful.decisions.queries import DecisionRow, Filters
from tactful.delivery import queries as delivery
from tactful.delivery.domain.values import OPEN_STATES, DeliveryRow
from tactful.journeys import queries as journeys
from tactful.journeys.domain.definition import Definition
from tactful.journeys.domain.steps import Message
from tactful.journeys.queries import CustomerRun
from tactful.kernel.errors import NotFound

_HELD = "held"
_LOOKED_AT = 50  # decisions in which the reason of a held message is looked for


@dataclass(frozen=True, slots=True)
class Coming:
    """An open run with the decision that holds its message, if one does, and the messages it may come to next."""

    run: CustomerRun
    held_by: DecisionRow | None
    ahead: Sequence[str]

    @property
    def reason(self) -> str:
        settled = self.held_by.settled_by if self.held_by else None
        return settled.reason if settled else ""


def coming(customer_id: int, runs: Collection[CustomerRun]) -> list[Coming]:
    """The open runs in their order."""
    still_open = [run for run in runs if run.ended_at is None]
    held = _holding(customer_id) if any(run.phase == _HELD for run in still_open) else {}
    return [
        Coming(run, held.get(run.id) if run.phase == _HELD else None, () if run.in_holdout else _ahead(run))
        for run in still_open
    ]


def on_their_way(customer_id: int) -> list[DeliveryRow]:
    """Messages in the outbox that are not handed over yet."""
    return [row for row in delivery.of_customer(customer_id, limit=20).rows if row.state in OPEN_STATES]


def next_messages(definition: Definition, step: str) -> list[str]:
    """The messages that a run standing at a step may come to before any other message, in the order of the way."""
    found, seen, waiting = list[str](), {step}, deque([step])
    while waiting:
        name = waiting.popleft()
        here = definition.steps.get(name)
        if here is None:
            continue
        if isinstance(here, Message):
            found.append(name)
            continue
        targets = [edge.target for edge in here.edges if edge.target and edge.target not in seen]
        seen.update(targets)
        waiting.extend(targets)
    return found


def _ahead(run: CustomerRun) -> list[str]:
    try:
        return next_messages(journeys.version(run.journey, run.version), run.step)
    except NotFound:
        return []


def _holding(customer_id: int) -> dict[int, DecisionRow]:
    """The latest decision to hold, by run."""
    rows = decisions.page(Filters(customer_id=customer_id, verdict="hold"), limit=_LOOKED_AT).rows
    return {row.run_id: row for row in reversed(rows) if row.run_id is not None}

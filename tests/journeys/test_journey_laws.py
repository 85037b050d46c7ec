"""Laws of the machine, on random journeys of events."""

import itertools
from datetime import timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.journeys.machine_kit import START, Engine, definition, event, plan, steps

from tactful.journeys.domain.runs import Stimulus

TREE = {"orders": "count", "at_least": 1}
_LONG = {"type": "wait", "minutes": 90, "next": "fork"}
_STEPS = steps(
    "hello",
    hello={"type": "message", "template": "hello", "next": "answer"},
    answer={"type": "wait", "event": "Answered", "timeout_hours": 2, "next": "pause", "on_timeout": "call"},
    call={"type": "task", "title": "Call", "next": "pause"},
    pause=_LONG,
    fork={"type": "branch", "if": TREE, "yes": "again", "no": "done"},
    again={"type": "message", "template": "again", "if": TREE, "next": "answer"},
)
CALM: dict[str, Any] = definition(exit=[], **_STEPS)
ENDING: dict[str, Any] = definition(**_STEPS)

_EVENTS = st.lists(
    st.tuples(
        st.sampled_from(["Cart Viewed", "Answered", "Order Completed"]),
        st.integers(1, 3),
        st.integers(0, 150),
    ),
    min_size=1,
    max_size=25,
)
_CUTS = st.sets(st.integers(1, 24))


def _story(events: list[tuple[str, int, int]]) -> list[Stimulus]:
    at, story = START, []
    for number, (name, customer, minutes) in enumerate(events):
        at += timedelta(minutes=minutes)
        story.append(event(name, at, customer=customer, event_id=number))
    return story


def _even_hours(_key: str, customer: int, at: Any) -> bool:
    return (at.hour + customer) % 2 == 0


def _played(data: dict[str, Any], story: list[Stimulus], cuts: set[int]) -> Engine:
    engine = Engine([plan(data)], holds=_even_hours)
    begins = [0, *sorted(cut for cut in cuts if cut < len(story)), len(story)]
    for begin, end in itertools.pairwise(begins):
        engine.hear(*story[begin:end])
    return engine


@settings(max_examples=80, deadline=None)
@given(_EVENTS, _CUTS)
def test_a_batch_may_be_cut_anywhere_with_the_same_result(events: list[Any], cuts: set[int]) -> None:
    story = _story(events)
    whole, cut = _played(CALM, story, set()), _played(CALM, story, cuts)

    def told(engine: Engine) -> list[tuple[Any, ...]]:
        # Ids follow the order of storing; everything else must agree.
        return sorted(
            (run.customer_id, run.started_at, run.step, run.phase, run.due_at, run.arrivals, engine.way(run.id))
            for run in engine.runs.values()
        )

    assert told(whole) == told(cut)
    assert len(whole.tasks) == len(cut.tasks)


@settings(max_examples=80, deadline=None)
@given(_EVENTS, _CUTS)
def test_a_larger_batch_never_does_more_than_a_smaller_one_where_exits_forbid(
    events: list[Any], cuts: set[int]
) -> None:
    story = _story(events)
    whole, cut = _played(ENDING, story, set()), _played(ENDING, story, cuts)
    done = [
        {(want.customer_id, want.step, want.at) for want in engine.wants if not want.status}
        | {(task.customer_id, task.step, task.created_at) for task in engine.tasks}
        for engine in (whole, cut)
    ]
    assert done[0] <= done[1]


@settings(max_examples=80, deadline=None)
@given(_EVENTS, st.lists(st.integers(0, 400), max_size=6))
def test_nothing_is_done_for_a_run_after_its_purchase(events: list[Any], ticks: list[int]) -> None:
    engine = Engine([plan(ENDING)], holds=_even_hours)
    story = _story(events)
    for stimulus in story:
        engine.hear(stimulus)
    for minutes in sorted(ticks):
        engine.tick(story[-1].at + timedelta(minutes=minutes))
    ended = {run.id: run.ended_at for run in engine.runs.values() if run.ended_at}
    acts = [(want.run_id, want.at) for want in engine.wants if not want.status]
    acts += [(task.run_id, task.created_at) for task in engine.tasks]
    assert all(at <= ended[run_id] for run_id, at in acts if run_id in ended)
    assert len({want.message_key for want in engine.wants if not want.status}) == len(engine.sent())

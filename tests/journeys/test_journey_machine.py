"""The machine: every kind of step, exits before actions, late events, re-entry, holdout, versions."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from tests.journeys.machine_kit import ANNA, START, Engine, definition, event, hours, plan, steps

from tactful.journeys.domain import machine
from tactful.journeys.domain.runs import Batch, Known, Phase, WantMessage
from tactful.journeys.domain.steps import Condition

TREE = {"orders": "count", "at_least": 1}
WAIT_FOR_ANSWER = steps(
    "ask",
    ask={"type": "wait", "event": "Answered", "timeout_hours": 5, "next": "letter", "on_timeout": "done"},
    letter={"type": "message", "template": "letter", "next": "done"},
)


def test_an_entry_event_starts_a_run_that_waits() -> None:
    engine = Engine([plan(definition())])
    engine.hear(event("Cart Viewed", START))
    run = engine.run()
    assert (run.step, run.phase, run.due_at, run.started_at) == ("pause", Phase.WAITING, hours(1), START)


def test_a_wait_ends_when_its_time_has_come_and_not_before() -> None:
    engine = Engine([plan(definition())])
    engine.hear(event("Cart Viewed", START))
    engine.tick(hours(0.9))
    assert engine.wants == []
    engine.tick(hours(1))
    assert engine.sent() == ["letter"]
    assert engine.way() == [("pause", "next"), ("letter", "sent"), ("done", "end")]
    assert engine.run().outcome == "finished"


def test_who_has_bought_is_not_told_to_complete_the_order() -> None:
    engine = Engine([plan(definition())])
    engine.hear(event("Cart Viewed", START))
    engine.hear(event("Order Completed", hours(0.5)))
    engine.tick(hours(2))
    assert engine.wants == []
    assert engine.run().ended_at == hours(0.5)
    assert engine.way() == [("pause", "exit")]


def test_an_exit_by_the_goal_event_within_its_window_is_a_goal_and_later_an_exit() -> None:
    def outcome_of(days: int) -> str | None:
        slow = steps("pause", pause={"type": "wait", "days": 30, "next": "done"})
        engine = Engine([plan(definition(**slow))])
        engine.hear(event("Cart Viewed", START))
        engine.hear(event("Order Completed", START + timedelta(days=days)))
        return engine.run().outcome

    assert [outcome_of(7), outcome_of(8)] == ["goal", "exited:bought"]


@pytest.mark.parametrize(("answered_at", "way"), [(4, "event"), (5, "event"), (5.1, "timeout")])
def test_a_wait_for_an_event_goes_by_the_event_or_by_the_timeout(answered_at: float, way: str) -> None:
    engine = Engine([plan(definition(**WAIT_FOR_ANSWER))])
    engine.hear(event("Cart Viewed", START))
    # The clock has not come by when the event is heard: time passes first.
    engine.hear(event("Answered", hours(answered_at)))
    assert engine.way()[0] == ("ask", way)


def test_a_timeout_comes_by_the_clock() -> None:
    engine = Engine([plan(definition(**WAIT_FOR_ANSWER))])
    engine.hear(event("Cart Viewed", START))
    engine.tick(hours(5))
    assert engine.way() == [("ask", "timeout"), ("done", "end")]


@pytest.mark.parametrize(("holds", "edge"), [(True, "yes"), (False, "no")])
def test_a_branch_asks_its_condition_at_the_moment_the_run_comes_by(holds: bool, edge: str) -> None:
    asked: list[tuple[str, int, datetime]] = []

    def answer(key: str, customer: int, at: datetime) -> bool:
        asked.append((key, customer, at))
        return holds

    fork = steps(
        "pause",
        pause={"type": "wait", "hours": 2, "next": "fork"},
        fork={"type": "branch", "if": TREE, "yes": "done", "no": "done"},
    )
    engine = Engine([plan(definition(**fork))], holds=answer)
    engine.hear(event("Cart Viewed", START))
    engine.tick(hours(3))
    assert engine.way() == [("pause", "next"), ("fork", edge), ("done", "end")]
    assert (Condition.of(TREE).key, ANNA, hours(3)) in asked


def test_a_task_is_wanted_once_and_the_run_goes_on() -> None:
    work = steps("call", call={"type": "task", "title": "Call", "assignee": "Eva", "due_hours": 4, "next": "done"})
    engine = Engine([plan(definition(**work))])
    engine.hear(event("Cart Viewed", START))
    (task,) = engine.tasks
    assert (task.title, task.assignee, task.created_at, task.due_at) == ("Call", "Eva", START, hours(4))
    assert engine.run().outcome == "finished"


EXIT_TREE = {"exit": [{"if": TREE, "reason": "is a customer"}]}


def test_an_exit_condition_is_asked_before_a_message_and_leaves_a_wish_that_says_why() -> None:
    engine = Engine([plan(definition(**EXIT_TREE))], holds=lambda _key, _customer, at: at >= hours(1))
    engine.hear(event("Cart Viewed", START))
    engine.tick(hours(1))
    (want,) = engine.wants
    assert want.status == "is a customer"
    assert engine.run().outcome == "exited:is a customer"


def test_an_exit_condition_is_asked_before_a_task() -> None:
    work = steps("call", call={"type": "task", "title": "Call", "next": "done"})
    engine = Engine([plan(definition(**work, **EXIT_TREE))], holds=lambda *_: True)
    engine.hear(event("Cart Viewed", START))
    assert engine.tasks == []
    assert engine.run().outcome == "exited:is a customer"


def test_a_message_whose_own_condition_fails_is_skipped_and_the_run_goes_on() -> None:
    data = definition(**steps("letter", letter={"type": "message", "template": "x", "if": TREE, "next": "done"}))
    engine = Engine([plan(data)])
    engine.hear(event("Cart Viewed", START))
    assert [want.status for want in engine.wants] == ["the condition of the message no longer holds"]
    assert engine.way() == [("letter", "skipped"), ("done", "end")]


def held_until(moment: datetime) -> Any:
    """Holds a message until then; decides to send from then on."""

    def judge(want: WantMessage) -> tuple[str, datetime | None]:
        if want.status:
            return "drop", None
        return ("hold", moment) if want.at < moment else ("send", None)

    return judge


def test_a_held_message_is_decided_again_with_the_same_key_and_the_same_expiry() -> None:
    engine = Engine([plan(definition())], judge=held_until(hours(12)))
    engine.hear(event("Cart Viewed", START))
    engine.tick(hours(1))
    assert (engine.run().phase, engine.run().due_at) == (Phase.HELD, hours(12))
    engine.tick(hours(12))
    first, second = engine.wants
    assert first.message_key == second.message_key
    assert first.expires_at == second.expires_at == hours(1 + 72)
    assert engine.run().outcome == "finished"


def test_a_held_message_is_not_sent_after_a_purchase_and_leaves_a_wish_that_says_why() -> None:
    engine = Engine([plan(definition())], judge=held_until(hours(12)))
    engine.hear(event("Cart Viewed", START))
    engine.tick(hours(1))
    engine.hear(event("Order Completed", hours(9)))
    engine.tick(hours(12))
    assert [want.status for want in engine.wants] == ["", "bought"]
    assert engine.wants[0].message_key == engine.wants[1].message_key


def test_a_held_message_asks_its_exit_conditions_again() -> None:
    engine = Engine(
        [plan(definition(**EXIT_TREE))],
        holds=lambda _key, _customer, at: at > hours(2),
        judge=held_until(hours(12)),
    )
    engine.hear(event("Cart Viewed", START))
    engine.tick(hours(1))
    engine.tick(hours(12))
    assert [want.status for want in engine.wants] == ["", "is a customer"]


def test_a_dropped_message_lets_the_run_go_on() -> None:
    engine = Engine([plan(definition())], judge=lambda _: ("drop", None))
    engine.hear(event("Cart Viewed", START))
    engine.tick(hours(1))
    assert engine.way()[1] == ("letter", "dropped")


def test_what_a_batch_has_not_done_yet_is_not_done_after_an_exit_in_the_same_batch() -> None:
    data = definition(
        **steps(
            "call",
            call={"type": "task", "title": "Call", "next": "letter"},
            letter={"type": "message", "template": "letter", "next": "done"},
        )
    )
    engine = Engine([plan(data)])
    engine.hear(event("Cart Viewed", START), event("Order Completed", hours(0.1)))
    assert engine.tasks == []
    assert [want.status for want in engine.wants] == ["bought"]


def test_an_event_behind_a_message_in_the_same_batch_is_heard_after_the_decision() -> None:
    data = definition(
        exit=[],
        **steps(
            "letter",
            letter={"type": "message", "template": "letter", "next": "ask"},
            ask={"type": "wait", "event": "Answered", "timeout_hours": 5, "next": "done", "on_timeout": "letter"},
        ),
    )
    engine = Engine([plan(data)])
    engine.hear(event("Cart Viewed", START), event("Answered", hours(0.1)))
    assert engine.way() == [("letter", "sent"), ("ask", "event"), ("done", "end")]


def test_a_loop_gives_every_visit_its_own_key() -> None:
    data = definition(
        exit=[],
        **steps(
            "letter",
            letter={"type": "message", "template": "letter", "next": "ask"},
            ask={"type": "wait", "event": "Answered", "timeout_hours": 5, "next": "done", "on_timeout": "letter"},
        ),
    )
    engine = Engine([plan(data)])
    engine.hear(event("Cart Viewed", START))
    engine.tick(hours(5))
    engine.tick(hours(10))
    assert len({want.message_key for want in engine.wants}) == 3


@pytest.mark.parametrize(
    ("rule", "again_after", "runs"),
    [
        ("never", 1000, 1),
        ("after_exit", 2, 2),
        ("after_days:3", 1 + 3 * 24 - 0.1, 1),
        ("after_days:3", 1 + 3 * 24, 2),
    ],
)
def test_the_reentry_rule_says_who_may_come_again(rule: str, again_after: float, runs: int) -> None:
    engine = Engine([plan(definition(reentry=rule))])
    engine.hear(event("Cart Viewed", START))
    engine.hear(event("Order Completed", hours(1)))
    engine.hear(event("Cart Viewed", hours(again_after)))
    assert len(engine.runs) == runs


def test_one_batch_may_end_a_run_and_begin_the_next_but_never_holds_two_at_once() -> None:
    engine = Engine([plan(definition(reentry="after_exit"))])
    engine.hear(
        event("Cart Viewed", START),
        event("Cart Viewed", hours(0.1)),
        event("Order Completed", hours(0.2)),
        event("Cart Viewed", hours(0.3)),
    )
    assert [run.started_at for run in engine.runs.values()] == [START, hours(0.3)]


def test_a_run_per_order_stands_beside_another_and_needs_an_order_to_begin() -> None:
    data = definition(
        key="order",
        entry={"event": "Order Completed"},
        exit=[{"event": "Order Cancelled", "same_key": True, "reason": "cancelled"}],
    )
    engine = Engine([plan(data)])
    for order in ("A", "B", None):
        engine.hear(event("Order Completed", START, properties={"order_id": order}))
    engine.hear(event("Order Cancelled", hours(0.5), properties={"order_id": "B"}))
    assert {run.key: run.outcome for run in engine.runs.values()} == {"A": None, "B": "exited:cancelled"}


def test_the_entry_condition_is_asked_at_the_moment_of_the_event() -> None:
    data = definition(entry={"event": "Cart Viewed", "if": TREE})
    engine = Engine([plan(data)], holds=lambda _key, _customer, at: at == hours(1))
    engine.hear(event("Cart Viewed", START), event("Cart Viewed", hours(1)), event("Cart Viewed", hours(2)))
    assert engine.run().started_at == hours(1)


def test_the_event_that_began_a_run_does_not_end_it() -> None:
    engine = Engine([plan(definition(entry={"event": "Order Completed"}))])
    engine.hear(event("Order Completed", START))
    assert engine.run().ended_at is None
    engine.hear(event("Order Completed", hours(0.2)))
    assert engine.run().outcome == "goal"


def test_entering_a_segment_is_an_entry() -> None:
    engine = Engine([plan(definition(entry={"segment": "asleep", "on": "entered"}))])
    engine.hear(event("Segment Entered", START, properties={"segment": "other"}))
    engine.hear(event("Segment Left", START, properties={"segment": "asleep"}))
    assert engine.runs == {}
    engine.hear(event("Segment Entered", START, properties={"segment": "asleep"}))
    assert engine.run().journey_id == 7


class TestLateEvents:
    def test_a_late_event_counts_from_its_arrival(self) -> None:
        engine = Engine([plan(definition())])
        engine.hear(event("Cart Viewed", START, received_at=hours(6)))
        assert engine.run().due_at == hours(7)

    def test_an_event_from_a_clock_that_runs_fast_counts_from_its_arrival(self) -> None:
        engine = Engine([plan(definition())])
        engine.hear(event("Cart Viewed", hours(6), received_at=START))
        assert engine.run().started_at == START

    @pytest.mark.parametrize("how", [{"historical": True}, {"received_at": START + timedelta(days=4)}])
    def test_an_old_or_historical_event_starts_nothing(self, how: dict[str, Any]) -> None:
        engine = Engine([plan(definition())])
        engine.hear(event("Cart Viewed", START, **how))
        assert engine.runs == {}

    def test_a_historical_purchase_still_ends_a_run(self) -> None:
        engine = Engine([plan(definition())])
        engine.hear(event("Cart Viewed", START))
        engine.hear(event("Order Completed", hours(0.5), historical=True))
        assert engine.run().ended_at is not None

    def test_a_purchase_long_before_the_run_does_not_end_it(self) -> None:
        engine = Engine([plan(definition())])
        engine.hear(event("Cart Viewed", START))
        engine.hear(event("Order Completed", hours(-5), received_at=hours(0.5)))
        assert engine.run().ended_at is None


class TestHoldout:
    def test_a_run_in_the_holdout_is_left_alone_until_the_goal_window_is_over(self) -> None:
        engine = Engine([plan(definition(holdout=0.9))])
        engine.hear(*[event("Cart Viewed", START, customer=customer) for customer in range(1, 200)])
        held = {run.id for run in engine.runs.values() if run.in_holdout}
        assert 150 < len(held) < 199
        engine.tick(hours(1))
        assert {want.run_id for want in engine.wants} == engine.runs.keys() - held
        engine.tick(START + timedelta(days=7))
        assert {engine.runs[run_id].outcome for run_id in held} == {"holdout"}
        assert not any(engine.history.get(run_id) for run_id in held)

    def test_a_goal_ends_a_run_in_the_holdout(self) -> None:
        engine = Engine([plan(definition(holdout=0.9))])
        engine.hear(*[event("Cart Viewed", START, customer=customer) for customer in range(1, 20)])
        held = next(run for run in engine.runs.values() if run.in_holdout)
        engine.hear(event("Order Completed", hours(3), customer=held.customer_id))
        assert engine.runs[held.id].outcome == "goal"

    def test_a_customer_is_on_the_same_side_each_time(self) -> None:
        sides = []
        for _ in range(2):
            engine = Engine([plan(definition(holdout=0.5))])
            engine.hear(*[event("Cart Viewed", START, customer=customer) for customer in range(1, 100)])
            sides.append({run.customer_id for run in engine.runs.values() if run.in_holdout})
        assert sides[0] == sides[1]


class TestStandingStill:
    def test_a_paused_journey_lets_nobody_in_and_does_nothing_but_let_go(self) -> None:
        engine = Engine([plan(definition(**WAIT_FOR_ANSWER))])
        engine.hear(event("Cart Viewed", START))
        engine.plans = [plan(definition(**WAIT_FOR_ANSWER), active=False)]
        engine.hear(event("Answered", hours(1)), event("Cart Viewed", hours(1), customer=2))
        engine.tick(hours(9))
        assert engine.run().step == "ask"
        engine.hear(event("Order Completed", hours(10)))
        assert engine.run().ended_at == hours(10)

    def test_a_run_finishes_on_the_version_it_began_with(self) -> None:
        old = plan(definition())
        changed = definition(**steps("letter", letter={"type": "message", "template": "new", "next": "done"}))
        engine = Engine([old])
        engine.hear(event("Cart Viewed", START))
        engine.plans = [replace(old, enters=False), plan(changed, version=2)]
        engine.hear(event("Cart Viewed", START, customer=2))
        engine.tick(hours(1))
        assert engine.sent() == ["new", "letter"]

    def test_a_run_whose_definition_is_lost_ends_as_failed_and_an_unknown_version_is_left_alone(self) -> None:
        engine = Engine([plan(definition())])
        engine.hear(event("Cart Viewed", START))
        run = engine.run()

        def after(plans: dict[tuple[int, int], None]) -> list[str | None]:
            outcomes = machine.advance(
                Batch(plans, [run], [], {run.id}, hours(1)), past={}, known=Known({}, {}, {}), ids=iter(())
            )
            return [outcome.run.outcome for outcome in outcomes]

        assert after({(7, 1): None}) == ["failed:definition"]
        assert after({}) == []

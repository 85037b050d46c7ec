"""Journeys and runs in PostgreSQL."""

import threading
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from msgspec.structs import replace
from tests.journeys.machine_kit import ANNA, START, definition, event, hours, steps

from tactful.journeys import queries, services
from tactful.journeys.domain import machine
from tactful.journeys.domain.runs import Batch, Known, Outcome, Phase, RunFacts, Stimulus
from tactful.kernel.errors import Conflict, InvalidInput, NotFound

BORIS = 2


def launched(**changes: object) -> int:
    saved = services.save(definition(**changes), now=START)
    services.activate(saved.slug, now=START)
    return saved.journey_id


def advanced(
    *stimuli: Stimulus, due: Sequence[RunFacts] = (), now: datetime = START, verdict: str = "send", **how: Any
) -> list[Outcome]:
    """One batch as the engine does it; every condition is false."""
    plans = queries.plans()
    runs = {run.id: run for run in [*due, *services.take_open({one.customer_id for one in stimuli})]}
    batch = Batch(plans, list(runs.values()), stimuli, {run.id for run in due}, now)
    known = Known(dict.fromkeys(machine.needs(batch).conditions, False), {}, {})
    past = queries.past_runs(machine.possible_entries(batch))
    outcomes = machine.advance(batch, past=past, known=known, ids=services.fresh_ids())
    decided = [
        machine.after_decision(one, verdict=verdict, known=known, **how) if one.want else one for one in outcomes
    ]
    services.store(decided)
    services.reach_goals(plans, stimuli)
    return decided


@pytest.mark.django_db
class TestSaving:
    def test_a_new_journey_is_a_draft_and_each_change_is_a_version(self) -> None:
        first = services.save(definition(), now=START)
        same = services.save(definition(), now=hours(1))
        second = services.save(definition(name="Basket"), now=hours(2))
        assert [(one.version, one.changed) for one in (first, same, second)] == [(1, True), (1, False), (2, True)]
        journey = queries.journey("cart").summary
        assert (journey.status, journey.version, journey.name) == ("draft", 2, "Basket")

    def test_a_journey_that_cannot_be_read_is_not_kept(self) -> None:
        with pytest.raises(InvalidInput, match="owner"):
            services.save(definition(owner=None), now=START)
        assert queries.journeys() == []

    def test_only_an_active_journey_lets_customers_in(self) -> None:
        launched()
        entering = [plan.enters for plan in queries.plans().values() if plan]
        services.pause("cart", now=START)
        paused = [(plan.enters, plan.acts) for plan in queries.plans().values() if plan]
        assert (entering, paused) == ([True], [(False, False)])

    def test_an_archived_journey_stays_so_and_ends_its_runs(self) -> None:
        launched()
        advanced(event("Cart Viewed", START))
        assert services.archive("cart", now=hours(1)) == 1
        (run,) = queries.runs_of_customer(ANNA)
        assert (run.outcome, run.phase) == ("exited:archived", "ended")
        assert queries.journey("cart").steps["pause"].edges == {"exit": 1}
        with pytest.raises(Conflict):
            services.activate("cart", now=hours(1))

    def test_an_unknown_journey_is_not_found(self) -> None:
        with pytest.raises(NotFound):
            services.activate("nothing", now=START)
        with pytest.raises(NotFound):
            queries.journey("nothing")

    def test_ready_journeys_are_installed_once_and_keep_what_was_edited(self) -> None:
        assert services.install_ready(now=START) == ["after-first-purchase", "reactivation-by-hypothesis"]
        assert services.install_ready(now=START) == []
        listening = queries.listening_of(queries.plans())
        assert {"Order Completed", "Segment Entered", "Survey Answered"} <= listening.events
        assert listening.segments == {"asleep"}

    def test_versions_are_read_afresh_after_a_rollback(self) -> None:
        def names() -> set[str]:
            return {plan.definition.name for plan in queries.plans().values() if plan}

        launched()
        with transaction.atomic():
            services.save(definition(name="Never kept"), now=START)
            assert "Never kept" in names()
            transaction.set_rollback(True)
        services.save(definition(name="Kept"), now=START)
        assert names() == {"Cart", "Kept"}


@pytest.mark.django_db
class TestRuns:
    def test_a_run_survives_being_stored_at_every_stage(self) -> None:
        launched()
        advanced(event("Cart Viewed", START))
        (waiting,) = services.take_due(hours(1))
        assert (waiting.step, waiting.phase, waiting.due_at, waiting.came_at) == (
            "pause", Phase.WAITING, hours(1), START,
        )  # fmt: skip
        advanced(due=[waiting], now=hours(1), verdict="hold", hold_until=hours(5))
        assert services.take_due(hours(4)) == []
        (held,) = services.take_due(hours(5))
        assert (held.step, held.phase, held.arrivals) == ("letter", Phase.HELD, 2)
        advanced(due=[held], now=hours(5))
        assert services.take_due(hours(99)) == []
        assert services.take_open([ANNA]) == []
        assert queries.journey("cart").outcomes == {"finished": 1}

    def test_steps_and_edges_are_counted_and_open_to_the_customers_behind_them(self) -> None:
        journey_id = launched()
        advanced(*[event("Cart Viewed", START, customer=customer) for customer in (1, 2, 3)])
        advanced(event("Order Completed", hours(0.5), customer=1))
        advanced(due=services.take_due(hours(1), limit=1), now=hours(1))
        journey = queries.journey("cart")
        assert journey.steps["pause"].came == 3
        assert (journey.steps["pause"].here, journey.steps["pause"].edges) == (1, {"exit": 1, "next": 1})
        assert journey.steps["letter"].edges == {"sent": 1}
        counts = journey.summary.counts
        assert (counts.entered, counts.active, counts.goal, counts.ended, counts.left_early) == (3, 1, 1, 2, 0)
        assert [one.customer_id for one in queries.customers_at(journey_id, "pause")] == [3]
        assert [one.customer_id for one in queries.customers_at(journey_id, "pause", edge="exit")] == [1]
        came = queries.customers_at(journey_id, "pause", edge=queries.CAME)
        assert {one.customer_id for one in came} == {1, 2, 3}
        first, second = queries.customers_in(journey_id, "entered", limit=2)
        (third,) = queries.customers_in(journey_id, "entered", limit=2, before=second.cursor)
        assert {first.customer_id, second.customer_id, third.customer_id} == {1, 2, 3}
        assert [one.customer_id for one in queries.customers_in(journey_id, "goal")] == [1]
        with pytest.raises(InvalidInput):
            queries.customers_in(journey_id, "everybody")

    def test_due_runs_of_a_paused_journey_wait(self) -> None:
        launched()
        advanced(event("Cart Viewed", START))
        services.pause("cart", now=START)
        assert services.take_due(hours(9)) == []
        services.activate("cart", now=hours(9))
        assert len(services.take_due(hours(9))) == 1

    def test_one_batch_may_end_a_run_and_begin_the_next_in_its_place(self) -> None:
        launched(reentry="after_exit")
        advanced(event("Cart Viewed", START))
        advanced(event("Order Completed", hours(0.1)), event("Cart Viewed", hours(0.2)))
        assert [run.ended_at for run in queries.runs_of_customer(ANNA)] == [None, hours(0.1)]

    def test_the_reentry_rule_knows_runs_of_earlier_batches(self) -> None:
        launched(reentry="never")
        advanced(event("Cart Viewed", START))
        advanced(event("Order Completed", hours(0.1)))
        advanced(event("Cart Viewed", hours(0.2)))
        assert len(queries.runs_of_customer(ANNA)) == 1

    def test_the_database_refuses_a_second_open_run_in_one_place(self) -> None:
        launched()
        (outcome,) = advanced(event("Cart Viewed", START))
        twin = replace(outcome, run=replace(outcome.run, id=outcome.run.id + 10_000))
        with pytest.raises(IntegrityError), transaction.atomic():
            services.store([twin])

    def test_a_run_before_a_decision_is_never_stored(self) -> None:
        launched(**steps("letter", letter={"type": "message", "template": "x", "next": "done"}))
        batch = Batch(queries.plans(), [], [event("Cart Viewed", START)], (), START)
        undecided = machine.advance(batch, past={}, known=Known({}, {}, {}), ids=services.fresh_ids())
        with pytest.raises(ValueError, match="stands before a decision"):
            services.store(undecided)

    def test_the_holdout_is_counted_by_itself(self) -> None:
        launched(holdout=0.5)
        advanced(*[event("Cart Viewed", START, customer=customer) for customer in range(1, 101)])
        counts = queries.journey("cart").summary.counts
        assert counts.entered + counts.in_holdout == 100
        assert 30 < counts.in_holdout < 70
        assert queries.journey("cart").steps["pause"].came == counts.entered

    def test_who_is_left_alone_is_not_among_those_whose_way_ended(self) -> None:
        launched(holdout=0.9)
        advanced(*(event("Cart Viewed", START, customer=number) for number in range(1, 30)))
        with pytest.raises(Conflict, match=r"and \d+ left alone for comparison"):
            services.remove("cart", now=hours(1))
        underway = queries.journey("cart").summary.counts.active
        assert services.archive("cart", now=hours(1)) == underway
        detail = queries.journey("cart")
        assert underway + detail.summary.counts.in_holdout == 29
        assert detail.summary.counts.in_holdout > 0
        assert sum(detail.outcomes.values()) == detail.summary.counts.ended

    def test_what_is_planned_is_told_by_day(self) -> None:
        launched()
        advanced(event("Cart Viewed", START), event("Cart Viewed", START, customer=BORIS))
        assert queries.planned(hours(24)) == [(START.date(), "waiting", 2)]


@pytest.mark.django_db
class TestGoals:
    def goal_of(self, customer: int) -> datetime | None:
        return queries.runs_of_customer(customer)[0].goal_at

    def test_a_goal_after_the_end_of_the_run_counts_within_the_window_once(self) -> None:
        launched(exit=[])
        advanced(event("Cart Viewed", START), event("Cart Viewed", START, customer=BORIS))
        advanced(due=services.take_due(hours(1)), now=hours(1))
        assert {run.outcome for run in queries.runs_of_customer(ANNA)} == {"finished"}
        advanced(event("Order Completed", hours(50)), event("Order Completed", hours(40)))
        advanced(event("Order Completed", hours(30)), event("Order Completed", hours(169), customer=BORIS))
        assert (self.goal_of(ANNA), self.goal_of(BORIS)) == (hours(40), None)

    def test_the_event_that_began_the_run_is_no_goal(self) -> None:
        launched(entry={"event": "Order Completed"})
        advanced(event("Order Completed", START))
        assert self.goal_of(ANNA) is None

    def test_a_goal_bound_to_the_order_reaches_the_run_of_that_order(self) -> None:
        launched(
            key="order",
            exit=[],
            goal={"event": "Review Written", "same_key": True, "within_days": 7},
        )
        carts = [event("Cart Viewed", START, properties={"order_id": order}) for order in ("A", "B")]
        advanced(*carts)
        advanced(event("Review Written", hours(2), properties={"order_id": "B"}))
        assert {run.key: run.goal_at for run in queries.runs_of_customer(ANNA)} == {"A": None, "B": hours(2)}


@pytest.mark.django_db
class TestMerges:
    def test_runs_follow_a_merge_and_of_two_in_one_place_the_later_ends(self) -> None:
        launched()
        advanced(event("Cart Viewed", START, customer=BORIS), event("Cart Viewed", hours(0.1)))
        services.move_customers([(BORIS, ANNA)])
        told = [(run.started_at, run.outcome) for run in queries.runs_of_customer(ANNA)]
        assert told == [(hours(0.1), "exited:merged"), (START, None)]
        assert queries.runs_of_customer(BORIS) == []
        assert queries.journey("cart").steps["pause"].edges == {"exit": 1}

    def test_two_records_merged_into_a_third_at_once_leave_one_open_run(self) -> None:
        launched()
        advanced(*[event("Cart Viewed", START, customer=customer) for customer in (1, 2, 3)])
        services.move_customers([(1, 3), (2, 3)])
        assert len(services.take_open([3])) == 1
        assert len(queries.runs_of_customer(3)) == 3


@pytest.mark.django_db(transaction=True)
def test_two_clocks_never_take_the_same_run() -> None:
    launched()
    advanced(*[event("Cart Viewed", START, customer=customer) for customer in range(1, 21)])
    taken: list[list[int]] = []
    holding, finish = threading.Event(), threading.Event()

    def first() -> None:
        with transaction.atomic():
            taken.append([run.id for run in services.take_due(hours(1), limit=12)])
            holding.set()
            finish.wait(10)
        connection.close()

    other = threading.Thread(target=first)
    other.start()
    holding.wait(10)
    with transaction.atomic():
        taken.append([run.id for run in services.take_due(hours(1), limit=50)])
    finish.set()
    other.join()
    assert [len(ids) for ids in taken] == [12, 8]
    assert not set(taken[0]) & set(taken[1])

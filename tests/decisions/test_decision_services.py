"""Decisions, slots and settings in PostgreSQL."""

import threading
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from uuid import UUID, uuid4

import pytest
from django.db import connection, transaction

from tactful.consent.domain.consent import ConsentFacts
from tactful.decisions import queries, services
from tactful.decisions.domain.facts import Candidate, CapRule, Facts, Policy, Verdict
from tactful.decisions.domain.policy import decide, decide_batch
from tactful.decisions.services import Reservation
from tactful.kernel.errors import InvalidInput, NotFound
from tactful.kernel.time import QuietHours

NOON = datetime(2026, 3, 4, 12, 0, tzinfo=UTC)
DAY = timedelta(days=1)
POLICY = Policy((CapRule(2, 7),), QuietHours(time(21), time(8)), "UTC")
WILLING = Facts(address="anna@example.com", consent=ConsentFacts(topics={"tips": True}))


def letter(customer_id: int = 1, **changes: object) -> Candidate:
    plain = Candidate(uuid4(), customer_id, "email", "tips", "information", NOON + 3 * DAY, journey_id=5, step="hi")
    return replace(plain, **changes)  # type: ignore[arg-type]


def message(customer_id: int = 1, category: str = "information") -> Reservation:
    return Reservation(uuid4(), customer_id, "email", "tips", category)


@pytest.mark.django_db
class TestDecisions:
    def test_a_decision_is_kept_with_every_reason(self) -> None:
        decided = decide(letter(), replace(WILLING, zone="America/New_York"), POLICY, NOON)
        (decision_id,) = services.record([decided], now=NOON)
        row = queries.decision(decision_id)
        assert row.reasons == decided.reasons
        assert (row.verdict, row.reason, row.hold_until) == ("hold", "quiet_hours", NOON + timedelta(hours=1))
        assert row.settled_by is not None
        assert row.settled_by.saw["zone"] == "America/New_York"
        assert queries.of_message(decided.candidate.key) == [row]

    def test_ids_come_in_the_order_of_the_decisions(self) -> None:
        decided = [decide(letter(customer), WILLING, POLICY, NOON) for customer in (3, 1, 2)]
        ids = services.record(decided, now=NOON)
        assert ids == sorted(ids)
        assert [queries.decision(one).customer_id for one in ids] == [3, 1, 2]

    def test_a_decision_that_is_not_there_is_not_found(self) -> None:
        with pytest.raises(NotFound):
            queries.decision(1)
        assert services.record([], now=NOON) == []

    def test_the_stream_is_filtered_and_paged(self) -> None:
        for day in range(3):
            now = NOON + day * DAY
            facts = {(1, "email"): WILLING, (2, "email"): replace(WILLING, suppressed=True)}
            both = [letter(1, expires_at=now), letter(2, journey_id=6, expires_at=now)]
            services.record(decide_batch(both, facts, POLICY, now), now=now)

        def found(**filters: object) -> int:
            return len(queries.page(queries.Filters(**filters)).rows)  # type: ignore[arg-type]

        assert found() == 6
        assert (found(verdict="send"), found(reason="suppression"), found(journey_id=6)) == (3, 3, 3)
        assert (found(customer_id=2, verdict="send"), found(channel="sms")) == (0, 0)
        assert (found(since=NOON + DAY), found(until=NOON + DAY), found(since=NOON, until=NOON)) == (4, 2, 0)
        first = queries.page(queries.Filters(), limit=4)
        rest = queries.page(queries.Filters(), before=first.before, limit=4)
        assert (len(first.rows), len(rest.rows), rest.before) == (4, 2, None)
        assert first.rows[0].at == NOON + 2 * DAY
        assert len(queries.of_customer(1).rows) == 3

    def test_reasons_are_counted_by_day_and_people_once_each(self) -> None:
        def kept(customer: int, facts: Facts, now: datetime) -> None:
            services.record([decide(letter(customer, expires_at=now), facts, POLICY, now)], now=now)

        kept(1, replace(WILLING, suppressed=True), NOON)
        kept(1, WILLING, NOON + timedelta(hours=1))
        kept(1, replace(WILLING, address=None), NOON + timedelta(hours=2))
        kept(2, replace(WILLING, address=None), NOON)
        kept(2, replace(WILLING, suppressed=True), NOON + timedelta(hours=20))
        counted = queries.reason_counts(queries.Filters(since=NOON, until=NOON + DAY), zone="Europe/Berlin")
        assert [(one.day.day, one.verdict, one.reason, one.decisions, one.customers) for one in counted] == [
            (4, "drop", "reachability", 2, 2),
            (4, "drop", "suppression", 1, 1),
            (4, "send", "clear", 1, 1),
            (5, "drop", "suppression", 1, 1),
        ]
        assert queries.people(since=NOON, until=NOON + DAY) == {("send", "clear"): 1, ("drop", "suppression"): 1}


@pytest.mark.django_db
class TestSlots:
    def test_slots_are_taken_until_the_cap_is_reached_in_the_order_given(self) -> None:
        messages = [message(), message(2), message(), message()]
        granted = services.reserve(messages, caps=POLICY.caps, now=NOON)
        assert granted == {messages[0].key, messages[1].key, messages[2].key}

    def test_slots_of_earlier_transactions_count_until_they_leave_the_window(self) -> None:
        services.reserve([message(), message()], caps=POLICY.caps, now=NOON)
        assert services.reserve([message()], caps=POLICY.caps, now=NOON + 6.9 * DAY) == set()
        assert len(services.reserve([message()], caps=POLICY.caps, now=NOON + 7 * DAY)) == 1

    def test_a_key_keeps_its_slot_and_takes_no_second(self) -> None:
        one = message()
        for _ in range(3):
            assert services.reserve([one, one], caps=POLICY.caps, now=NOON) == {one.key}
        assert len(queries.pressure([1], since=NOON - DAY)[1]) == 1

    def test_service_messages_take_no_slot_and_need_none(self) -> None:
        needed = [message(category="service") for _ in range(3)]
        assert len(services.reserve([*needed, message(), message()], caps=POLICY.caps, now=NOON)) == 5
        assert queries.pressure_histogram(since=NOON, until=NOON + DAY) == {2: 1}

    def test_a_slot_can_be_given_back(self) -> None:
        messages = [message(), message()]
        services.reserve(messages, caps=POLICY.caps, now=NOON)
        assert services.release([messages[0].key]) == 1
        assert len(services.reserve([message()], caps=POLICY.caps, now=NOON)) == 1

    def test_no_caps_let_everything_pass_and_nothing_costs_nothing(self) -> None:
        assert len(services.reserve([message() for _ in range(5)], caps=(), now=NOON)) == 5
        assert services.reserve([], caps=POLICY.caps, now=NOON) == set()

    def test_a_transaction_holds_the_locks_of_a_bounded_number_of_customers(self) -> None:
        too_many = [message(customer) for customer in range(services.LARGEST_RESERVATION + 1)]
        with pytest.raises(ValueError, match="at most"):
            services.reserve(too_many, caps=POLICY.caps, now=NOON)

    def test_what_is_decided_from_the_pressure_agrees_with_what_is_reserved(self) -> None:
        sent: list[UUID] = []
        for hour in range(0, 24 * 12, 9):
            now = NOON + timedelta(hours=hour)
            touches = queries.pressure([1], since=now - POLICY.memory).get(1, ())
            candidate = letter(expires_at=now + 30 * DAY)
            quiet_free = replace(POLICY, quiet=QuietHours(time(0), time(0)))
            decided = decide(candidate, replace(WILLING, touches=touches), quiet_free, now)
            wanted = Reservation(candidate.key, 1, "email", "tips", "information")
            granted = services.reserve([wanted], caps=POLICY.caps, now=now)
            assert (decided.verdict is Verdict.SEND) == bool(granted)
            sent += granted
        assert len(sent) == 4

    def test_pressure_and_decisions_follow_a_merge(self) -> None:
        services.reserve([message(1), message(2)], caps=POLICY.caps, now=NOON)
        services.record([decide(letter(1), WILLING, POLICY, NOON)], now=NOON)
        services.move_customers([(1, 2)])
        services.move_customers([])
        assert len(queries.of_customer(2).rows) == 1
        assert services.reserve([message(2)], caps=POLICY.caps, now=NOON) == set()


@pytest.mark.django_db(transaction=True)
def test_connections_that_reserve_at_once_never_exceed_the_cap() -> None:
    customers = list(range(1, 9))
    start = threading.Barrier(3)
    granted: list[UUID] = []
    owner: dict[UUID, int] = {}

    def engine(backwards: bool) -> None:
        start.wait(20)
        for _ in range(6):
            order = customers[::-1] if backwards else customers
            messages = [message(customer) for customer in order]
            owner.update({one.key: one.customer_id for one in messages})
            with transaction.atomic():
                granted.extend(services.reserve(messages, caps=POLICY.caps, now=NOON))
        connection.close()

    engines = [threading.Thread(target=engine, args=(number % 2 == 0,)) for number in range(3)]
    for thread in engines:
        thread.start()
    for thread in engines:
        thread.join(60)
    assert Counter(owner[key] for key in granted) == dict.fromkeys(customers, 2)
    assert {len(seen) for seen in queries.pressure(customers, since=NOON - DAY).values()} == {2}


@pytest.mark.django_db(transaction=True)
def test_a_slot_in_an_unfinished_transaction_is_waited_for() -> None:
    services.reserve([message()], caps=POLICY.caps, now=NOON)
    holding, finish = threading.Event(), threading.Event()
    granted: list[int] = []

    def slow() -> None:
        with transaction.atomic():
            granted.append(len(services.reserve([message()], caps=POLICY.caps, now=NOON)))
            holding.set()
            finish.wait(10)
        connection.close()

    def second() -> None:
        granted.append(len(services.reserve([message()], caps=POLICY.caps, now=NOON)))
        connection.close()

    first = threading.Thread(target=slow)
    first.start()
    holding.wait(10)
    other = threading.Thread(target=second)
    other.start()
    other.join(0.3)
    assert other.is_alive()
    finish.set()
    first.join(10)
    other.join(10)
    assert granted == [1, 0]


@pytest.mark.django_db
class TestSettings:
    def test_a_new_house_is_restrained_and_what_is_set_stays(self) -> None:
        with pytest.raises(NotFound):
            queries.policy(fallback_zone="Europe/Berlin")
        services.set_up(now=NOON)
        policy = queries.policy(fallback_zone="Europe/Berlin")
        assert policy.caps == (CapRule(2, 7), CapRule(6, 30))
        assert policy.quiet == QuietHours(time(21), time(8))
        assert policy.memory == 30 * DAY
        services.save_caps([])
        services.save_quiet_hours(QuietHours(time(0), time(0)))
        services.set_up(now=NOON)
        assert (queries.caps(), queries.quiet_hours()) == ((), QuietHours(time(0), time(0)))

    @pytest.mark.parametrize(
        "caps",
        [[CapRule(-1, 7)], [CapRule(1, 0)], [CapRule(1, 367)], [CapRule(1, 7), CapRule(2, 7)]],
    )
    def test_impossible_caps_are_refused_and_the_old_ones_stay(self, caps: list[CapRule]) -> None:
        services.set_up(now=NOON)
        with pytest.raises(InvalidInput):
            services.save_caps(caps)
        assert len(queries.caps()) == 2

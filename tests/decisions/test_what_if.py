"""Another cap on what is recorded: each decision judged again on the touches that it saw."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tactful.consent.domain.consent import ConsentFacts
from tactful.decisions import queries, services, what_if
from tactful.decisions.domain.facts import Candidate, CapRule, Facts, Policy, TouchSeen, Verdict
from tactful.decisions.domain.policy import decide_batch
from tactful.decisions.domain.pressure import has_slot
from tactful.decisions.domain.what_if import Judged, Recorded, judge, with_cap
from tactful.decisions.services import Reservation
from tactful.kernel.time import QuietHours

NOON = datetime(2026, 3, 4, 12, 0, tzinfo=UTC)
DAY = timedelta(days=1)
WEEKLY, MONTHLY = CapRule(2, 7), CapRule(6, 30)
POLICY = Policy((WEEKLY,), QuietHours(time(21), time(8)), "UTC")
WILLING = Facts(address="anna@example.com", consent=ConsentFacts(topics={"tips": True}))


@pytest.mark.parametrize(
    ("caps", "other", "left"),
    [
        ((WEEKLY, MONTHLY), CapRule(3, 7), (MONTHLY, CapRule(3, 7))),
        ((WEEKLY,), CapRule(1, 3), (WEEKLY, CapRule(1, 3))),
        ((CapRule(1, 7, "sms"),), CapRule(3, 7), (CapRule(1, 7, "sms"), CapRule(3, 7))),
        ((), WEEKLY, (WEEKLY,)),
    ],
)
def test_another_cap_takes_the_place_that_saving_it_would_give_it(
    caps: tuple[CapRule, ...], other: CapRule, left: tuple[CapRule, ...]
) -> None:
    assert with_cap(caps, other) == left


def recorded(number: int, day: float, *, sent: bool = True, priority: int = 0, journey: int = 5) -> Recorded:
    return Recorded(number, 1, journey, "email", "information", priority, NOON + day * DAY, sent)


def touches(*days: float) -> dict[int, list[TouchSeen]]:
    return {1: [TouchSeen(NOON + day * DAY, "email") for day in days]}


def judged(rows: Sequence[Recorded], *days: float, cap: CapRule) -> tuple[tuple[int, ...], tuple[int, ...]]:
    found = judge(rows, touches(*days), [cap])
    return found.go, found.wait


def test_a_message_that_the_cap_stopped_would_go_under_a_wider_one() -> None:
    rows = [recorded(1, 0, sent=False)]
    assert judged(rows, -3, -1, cap=CapRule(3, 7)) == ((1,), ())
    assert judged(rows, -3, -1, cap=CapRule(2, 7)) == ((), ())
    assert judged(rows, -8, -1, cap=CapRule(2, 7)) == ((1,), ())


def test_a_message_that_went_would_wait_under_a_narrower_one_and_its_own_touch_does_not_count() -> None:
    rows = [recorded(1, 0)]
    assert judged(rows, 0, cap=CapRule(1, 7)) == ((), ())
    assert judged(rows, -1, 0, cap=CapRule(1, 7)) == ((), (1,))
    assert judged(rows, 0, 1, cap=CapRule(1, 7)) == ((), ())
    assert judged(rows, cap=CapRule(0, 7)) == ((), (1,))


def test_of_one_moment_the_most_important_takes_its_slot_first() -> None:
    rows = [recorded(1, 0, priority=1), recorded(2, 0, priority=9)]
    assert judged(rows, 0, 0, cap=CapRule(1, 7)) == ((), (1,))


def test_among_equals_the_one_expected_to_bring_more_took_its_slot_first() -> None:
    rows = [replace(recorded(number, 0), expected_minor=minor) for number, minor in ((1, 10), (2, 90))]
    found = judge(rows, touches(0, 0), [CapRule(1, 7)])
    assert (found.wait, found.wait_minor) == ((1,), 10)


def test_the_margin_of_a_customer_counts_once_for_a_journey() -> None:
    rows = [
        replace(recorded(number, number, sent=False, journey=journey), expected_minor=100 * journey)
        for number, journey in ((1, 5), (2, 5), (3, 6))
    ]
    assert judge(rows, {}, [CapRule(9, 7)]).go_minor == 1100


def test_of_one_journey_its_own_messages_count_and_those_of_others_still_take_slots() -> None:
    rows = [recorded(1, 0, priority=9, journey=6), recorded(2, 0)]
    assert judge(rows, touches(0, 0), [CapRule(1, 7)], journey_id=5) == Judged(0, 1, (), (2,))


@given(
    st.lists(st.tuples(st.integers(0, 40), st.integers(0, 3)), max_size=12), st.integers(0, 4), st.integers(1, 9)
)
def test_the_cap_under_which_it_was_decided_changes_nothing(
    wanted: list[tuple[int, int]], count: int, days: int
) -> None:
    cap = CapRule(count, days)
    rows: list[Recorded] = []
    log: list[TouchSeen] = []
    for number, (hours, priority) in enumerate(sorted(wanted, key=lambda one: (one[0], -one[1])), start=1):
        one = recorded(number, hours / 6, priority=priority)
        sent = has_slot([cap], log, message=one.touch)
        rows.append(replace(one, sent=sent))
        log += [one.touch] * sent
    found = judge(rows, {1: log}, [cap])
    assert (found.go, found.wait) == ((), ())


def letter(customer_id: int, **changes: object) -> Candidate:
    plain = Candidate(
        uuid4(), customer_id, "email", "tips", "information", NOON + 30 * DAY, journey_id=5, step="hi"
    )
    return replace(plain, **changes)  # type: ignore[arg-type]


def happen(candidates: Sequence[Candidate], now: datetime) -> list[int]:
    """Decided by the engine's own code, with slots taken as it takes them; the decisions' ids."""
    seen = queries.pressure({one.customer_id for one in candidates}, since=now - 30 * DAY)
    known = {
        (one.customer_id, one.channel): replace(WILLING, touches=seen.get(one.customer_id, ()))
        for one in candidates
    }
    decided = decide_batch(candidates, known, POLICY, now)
    going = [one.candidate for one in decided if one.verdict is Verdict.SEND]
    slots = [Reservation(one.key, one.customer_id, one.channel, one.topic, one.category) for one in going]
    services.reserve(slots, caps=POLICY.caps, now=now)
    return services.record(decided, now=now)


def ask(count: int, days: int = 7, **more: int) -> Judged:
    return what_if.answer(CapRule(count, days), since=NOON - DAY, until=NOON + 30 * DAY, **more).judged


@pytest.mark.django_db
class TestRecorded:
    @pytest.fixture(autouse=True)
    def caps(self) -> None:
        services.save_caps([WEEKLY])

    def test_what_the_engine_recorded_is_judged_again(self) -> None:
        days = [happen([letter(1)], NOON + day * DAY)[0] for day in range(4)]  # two go, two are held
        assert ask(2) == Judged(stopped=2, sent=2, go=(), wait=())
        assert set(ask(3).go) == {days[2], days[3]}
        assert ask(1).wait == (days[1],)
        assert set(ask(0).wait) == {days[0], days[1]}

    def test_a_message_held_again_and_again_counts_once(self) -> None:
        for hours in (3, 2):
            happen([letter(1)], NOON - timedelta(hours=hours))
        again = letter(1)
        first = happen([again], NOON)[0]
        happen([again], NOON + DAY)
        assert ask(9) == Judged(stopped=1, sent=2, go=(first,), wait=())

    def test_what_something_else_forbade_too_would_not_have_gone(self) -> None:
        happen([letter(1)], NOON)
        both = happen([letter(1, priority=9), letter(1)], NOON + DAY)  # the second has no slot and a rival
        assert queries.decision(both[1]).reason == "frequency_cap"
        assert ask(9) == Judged(stopped=0, sent=2, go=(), wait=())

    def test_service_messages_are_no_part_of_it(self) -> None:
        happen([letter(1, category="service")], NOON)
        assert ask(0) == Judged(0, 0, (), ())

    def test_one_journey_is_asked_by_itself(self) -> None:
        happen([letter(1)], NOON)
        other = happen([letter(1, journey_id=6)], NOON + DAY)
        assert ask(1, journey_id=6) == Judged(0, 1, (), (other[0],))
        assert ask(1, journey_id=5).wait == ()

    def test_the_other_caps_stay_as_they_are(self) -> None:
        services.save_caps([WEEKLY, CapRule(2, 30)])
        for day in range(3):
            happen([letter(1)], NOON + day * DAY)
        found = what_if.answer(CapRule(9, 7), since=NOON - DAY, until=NOON + 30 * DAY)
        assert (found.others, found.judged.stopped, found.judged.go) == ((CapRule(2, 30),), 1, ())

    def test_the_decisions_behind_a_number_are_paged_the_latest_first(self) -> None:
        ids = [happen([letter(customer)], NOON)[0] for customer in (1, 2, 3)]
        first = what_if.page(ids, limit=2)
        assert [row.id for row in first.rows] == ids[:0:-1]
        rest = what_if.page(ids, before=first.before, limit=2)
        assert ([row.id for row in rest.rows], rest.before) == ([ids[0]], None)
        assert what_if.page(()).rows == ()

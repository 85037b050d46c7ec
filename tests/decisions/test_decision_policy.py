"""The policy: every rule looks, the first that forbids settles it."""

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from tactful.consent.domain.consent import ConsentFacts
from tactful.decisions.domain.facts import (
    Candidate,
    CapRule,
    Decided,
    Facts,
    Guards,
    OpenMatter,
    Policy,
    Profile,
    Spending,
    StaffHold,
    TouchSeen,
    Verdict,
)
from tactful.decisions.domain.policy import decide, decide_batch, without_slot
from tactful.decisions.domain.pressure import fullness
from tactful.decisions.domain.rechecking import AGAIN, recheck
from tactful.decisions.domain.rules import CLEAR, RULES
from tactful.kernel.time import DAY, QuietHours, zone

NOON = datetime(2026, 3, 4, 12, 0, tzinfo=UTC)  # a Wednesday, 13:00 in Berlin
POLICY = Policy(
    caps=(CapRule(count=2, days=7), CapRule(count=6, days=30)),
    quiet=QuietHours(time(21), time(8)),
    fallback_zone="Europe/Berlin",
)
WILLING = Facts(address="anna@example.com", consent=ConsentFacts(topics={"tips": True}))
LETTER = Candidate(
    key=UUID(int=1),
    customer_id=1,
    channel="email",
    topic="tips",
    category="information",
    expires_at=NOON + timedelta(days=3),
)


def days_ago(days: float, **more: Any) -> TouchSeen:
    return TouchSeen(NOON - timedelta(days=days), "email", **more)


def knowing(**facts: Any) -> Decided:
    return decide(LETTER, replace(WILLING, **facts), POLICY, NOON)


def settled(decided: Decided) -> tuple[Verdict, str]:
    return decided.verdict, decided.reason


def test_nothing_forbids_a_wanted_message_at_a_good_moment() -> None:
    decided = knowing()
    assert settled(decided) == (Verdict.SEND, CLEAR)
    assert {seen.verdict for seen in decided.reasons} == {"pass"}


@pytest.mark.parametrize(
    ("facts", "verdict", "reason"),
    [
        ({"profile": Profile.ERASED}, "drop", "erased"),
        ({"profile": Profile.MERGED}, "drop", "erased"),
        ({"is_test": True}, "drop", "test_person"),
        ({"suppressed": True}, "drop", "suppression"),
        ({"consent": ConsentFacts()}, "drop", "consent"),
        ({"consent": ConsentFacts(topics={"tips": False})}, "drop", "consent"),
        ({"consent": ConsentFacts(topics={"tips": True, "*": False})}, "drop", "consent"),
        ({"consent": ConsentFacts(topics={"news": True})}, "drop", "consent"),
        ({"consent": ConsentFacts(topics={"tips": True}, retired={"tips"})}, "drop", "status"),
        ({"consent": ConsentFacts(topics={"tips": True}, retired={"news"})}, "send", CLEAR),
        ({"address": None}, "drop", "reachability"),
        ({"in_holdout": True}, "drop", "holdout"),
        ({"zone": "America/New_York"}, "hold", "quiet_hours"),
        ({"zone": "Nowhere/Land"}, "send", CLEAR),
        ({"touches": (days_ago(1), days_ago(2))}, "drop", "frequency_cap"),
        ({"touches": (days_ago(1), days_ago(6))}, "hold", "frequency_cap"),
        ({"touches": (days_ago(1), days_ago(7))}, "send", CLEAR),
        ({"touches": (days_ago(1), days_ago(2, category="service"))}, "send", CLEAR),
        ({"touches": (days_ago(-0.1), days_ago(0))}, "drop", "frequency_cap"),
        ({"touches": tuple(days_ago(days) for days in (8, 9, 10, 11, 12, 28))}, "hold", "frequency_cap"),
    ],
)
def test_each_fact_has_its_verdict(facts: dict[str, Any], verdict: str, reason: str) -> None:
    assert settled(knowing(**facts)) == (verdict, reason)


def test_a_message_that_is_no_longer_true_is_dropped_and_says_why() -> None:
    decided = decide(replace(LETTER, status="bought"), WILLING, POLICY, NOON)
    assert settled(decided) == (Verdict.DROP, "status")
    assert "bought" in next(seen.reason for seen in decided.reasons if seen.rule == "status")


def test_nothing_about_a_retired_topic_is_sent_not_even_as_service() -> None:
    knowing_of_it = replace(WILLING, consent=ConsentFacts(topics={"tips": True}, retired=frozenset({"tips"})))
    for category in ("information", "service"):
        decided = decide(replace(LETTER, category=category), knowing_of_it, POLICY, NOON)
        assert settled(decided) == (Verdict.DROP, "status")
        told = {seen.rule: seen.reason for seen in decided.reasons}
        assert told["status"] == "The topic tips is retired: nobody is written to about it"


def test_a_text_that_needs_what_nobody_knows_is_dropped_with_the_names() -> None:
    asked = replace(LETTER, lacking=("customer.city", "product.name"))
    decided = decide(asked, WILLING, POLICY, NOON)
    assert settled(decided) == (Verdict.DROP, "personalisation")
    (seen,) = [seen for seen in decided.reasons if seen.rule == "personalisation"]
    assert seen.saw == {"lacking": ["customer.city", "product.name"]}
    receipt = replace(asked, category="service", topic="service")
    assert decide(receipt, WILLING, POLICY, NOON).verdict is Verdict.SEND


@pytest.mark.parametrize(
    ("consent", "verdict", "until"),
    [
        ({"paused_until": NOON + timedelta(days=1)}, "hold", NOON + timedelta(days=1)),
        ({"paused_until": NOON + timedelta(days=9)}, "drop", None),
        ({"paused_until": NOON}, "send", None),
        ({"per_week": 0}, "drop", None),
        ({"per_week": 1}, "hold", NOON + timedelta(days=2)),
        ({"per_week": 2}, "send", None),
    ],
)
def test_a_persons_own_choice_counts(consent: dict[str, Any], verdict: str, until: datetime | None) -> None:
    decided = knowing(consent=ConsentFacts(topics={"tips": True}, **consent), touches=(days_ago(5),))
    assert (decided.verdict, decided.hold_until) == (verdict, until)
    assert decided.reason == (CLEAR if verdict == "send" else "own_choice")


@pytest.mark.parametrize(
    ("days", "verdict"),
    [(-1, "send"), (0, "send"), (1, "hold"), (3, "hold"), (9, "drop")],
)
def test_a_hold_by_staff_counts_until_its_moment(days: int, verdict: str) -> None:
    until = NOON + timedelta(days=days)
    decided = knowing(sales_hold=StaffHold(until, by="max@example.com", reason="talks"))
    assert settled(decided) == (verdict, CLEAR if verdict == "send" else "sales_hold")
    assert decided.hold_until == (until if verdict == "hold" else None)


def test_a_hold_by_staff_says_who_and_why_and_stands_behind_the_persons_own_choice() -> None:
    hold = StaffHold(NOON + timedelta(days=1), by="max@example.com", reason="talks")
    paused = ConsentFacts(topics={"tips": True}, paused_until=NOON + timedelta(days=2))
    decided = knowing(sales_hold=hold, consent=paused)
    assert decided.reason == "own_choice"
    (seen,) = [one for one in decided.reasons if one.rule == "sales_hold"]
    assert seen.reason == "Held by max@example.com: talks"
    assert (seen.saw["by"], seen.saw["why"]) == ("max@example.com", "talks")


def test_a_message_queued_before_the_hold_is_held_at_the_second_look() -> None:
    hold = StaffHold(NOON + timedelta(days=1))
    found = recheck(LETTER, replace(WILLING, sales_hold=hold), POLICY, NOON)
    assert found
    assert (found.verdict, found.reason, found.hold_until) == ("hold", "sales_hold", hold.until)
    assert recheck(replace(LETTER, category="service"), replace(WILLING, sales_hold=hold), POLICY, NOON) is None


CHANGED_MEANWHILE: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
    ("erased", {"profile": Profile.ERASED}, {}),
    ("test_person", {"is_test": True}, {}),
    ("suppression", {"suppressed": True}, {}),
    ("consent", {"consent": ConsentFacts(topics={"tips": True, "*": False})}, {}),
    ("region", {"country": "DE"}, {}),
    ("reachability", {"address": None}, {}),
    ("own_choice", {"consent": ConsentFacts(topics={"tips": True}, per_week=0)}, {}),
    ("sales_hold", {"sales_hold": StaffHold(NOON + timedelta(days=1))}, {}),
    ("sales_sync", {"matters": (OpenMatter("ticket", NOON),)}, {}),
    ("sales_sync", {"touches": (TouchSeen(NOON, "call"),)}, {}),
    ("status", {}, {"status": "bought"}),
    ("quiet_hours", {"zone": "Asia/Tokyo"}, {}),
    ("public_holiday", {"country": "NO", "agreed_how": {"tips": "form"}}, {}),
    ("sender_health", {"stream_paused": "complaints"}, {}),
]


@pytest.mark.parametrize(("reason", "facts", "letter"), CHANGED_MEANWHILE)
def test_what_has_changed_since_it_was_queued_is_heeded(
    reason: str, facts: dict[str, Any], letter: dict[str, Any]
) -> None:
    now = datetime(2026, 5, 17, 12, tzinfo=UTC) if reason == "public_holiday" else NOON
    found = recheck(replace(LETTER, expires_at=now + DAY * 3, **letter), replace(WILLING, **facts), POLICY, now)
    assert found
    assert found.reason == reason


def test_every_rule_of_the_second_look_has_a_case_and_what_was_settled_is_not_asked_again() -> None:
    assert {name for name, _ in AGAIN} == {reason for reason, *_ in CHANGED_MEANWHILE}
    full = replace(WILLING, in_holdout=True, touches=(days_ago(0), days_ago(1)))
    assert recheck(LETTER, full, POLICY, NOON) is None


def test_the_first_rule_that_forbids_settles_it_and_all_others_still_look() -> None:
    decided = knowing(suppressed=True, address=None, in_holdout=True, zone="Asia/Tokyo")
    assert settled(decided) == (Verdict.DROP, "suppression")
    assert [seen.rule for seen in decided.reasons] == [name for name, _ in RULES]
    forbidding = [seen.rule for seen in decided.reasons if seen.verdict != "pass"]
    assert forbidding == ["suppression", "reachability", "quiet_hours", "holdout"]


def test_a_held_message_comes_back_when_the_slot_frees_or_the_night_ends() -> None:
    assert knowing(touches=(days_ago(1), days_ago(6))).hold_until == NOON + timedelta(days=1)
    # 07:00 in New York: quiet for another hour.
    assert knowing(zone="America/New_York").hold_until == NOON + timedelta(hours=1)


def test_of_several_full_caps_the_one_that_frees_last_counts() -> None:
    policy = replace(POLICY, caps=(CapRule(count=1, days=1), CapRule(count=1, days=2)))
    decided = decide(LETTER, replace(WILLING, touches=(days_ago(0.5),)), policy, NOON)
    assert decided.hold_until == NOON + timedelta(days=1.5)


def test_a_cap_for_one_channel_counts_that_channel_only() -> None:
    policy = replace(POLICY, caps=(CapRule(count=1, days=7, channel="sms"),))
    facts = replace(WILLING, touches=(TouchSeen(NOON, "sms"),))
    assert decide(LETTER, facts, policy, NOON).verdict is Verdict.SEND


@pytest.mark.parametrize(
    ("facts", "guards", "verdict", "reason"),
    [
        ({"matters": (OpenMatter("ticket", NOON - timedelta(days=3)),)}, Guards(), "hold", "sales_sync"),
        ({"matters": (OpenMatter("ticket", NOON - timedelta(days=3)),)}, Guards(ticket_days=0), "send", CLEAR),
        ({"matters": (OpenMatter("proposal", NOON - timedelta(days=20)),)}, Guards(), "send", CLEAR),
        ({"touches": (TouchSeen(NOON - timedelta(days=1), "call"),)}, Guards(), "hold", "sales_sync"),
        ({"country": "PL"}, Guards(), "drop", "region"),
        ({"country": "PL", "agreed_how": {"tips": "form"}}, Guards(), "send", CLEAR),
        ({"country": "PL", "agreed_how": {"*": "form"}}, Guards(), "send", CLEAR),
        ({"country": "DE", "spending": Spending(orders=1)}, Guards(), "send", CLEAR),
        ({"agreed_how": {"tips": "form"}}, Guards(double_opt_in=True), "drop", "region"),
        ({"spending": Spending(100, 60, 2, 2)}, Guards(discount_percent=50), "drop", "budget"),
        ({"spending": Spending(100, 60, 2, 2)}, Guards(budget_minor=50), "drop", "budget"),
        ({"spending": Spending(100_000, 60, 2, 2)}, Guards(budget_percent=5), "send", CLEAR),
        ({"stream_paused": "bounces"}, Guards(), "hold", "sender_health"),
    ],
)
def test_what_is_under_way_the_law_and_the_budget_count(
    facts: dict[str, Any], guards: Guards, verdict: str, reason: str
) -> None:
    decided = decide(LETTER, replace(WILLING, **facts), replace(POLICY, guards=guards), NOON)
    assert settled(decided) == (verdict, reason)


def test_a_message_that_a_proposal_began_does_not_wait_for_it() -> None:
    facts = replace(WILLING, matters=(OpenMatter("proposal", NOON - timedelta(days=3)),))
    assert decide(replace(LETTER, about="proposal"), facts, POLICY, NOON).verdict is Verdict.SEND


def test_a_public_holiday_is_waited_for() -> None:
    christmas = datetime(2026, 12, 25, 12, 0, tzinfo=UTC)
    letter = replace(LETTER, expires_at=christmas + timedelta(days=5))
    facts = replace(WILLING, country="DE", agreed_how={"tips": "form"})
    decided = decide(letter, facts, POLICY, christmas)
    assert settled(decided) == (Verdict.HOLD, "public_holiday")
    assert decided.hold_until == datetime(2026, 12, 26, 23, 0, tzinfo=UTC)


@pytest.mark.parametrize(("ago", "counted"), [(2, 1), (4, 0)])
def test_a_calendar_week_begins_on_monday_where_he_is(ago: float, counted: int) -> None:
    week = fullness(CapRule(1, 7, period="week"), (days_ago(ago),), NOON, zone("Europe/Berlin"))
    assert week.counted == counted
    assert week.free_at == (datetime(2026, 3, 8, 23, 0, tzinfo=UTC) if counted else NOON)


def test_a_service_message_passes_what_concerns_marketing_but_not_a_suppression() -> None:
    needed = replace(LETTER, category="service")
    facts = Facts(
        address="anna@example.com",
        consent=ConsentFacts(topics={"*": False}, paused_until=NOON + timedelta(days=9), per_week=0),
        touches=(days_ago(1), days_ago(2)),
        zone="America/Los_Angeles",
        in_holdout=True,
        sales_hold=StaffHold(NOON + timedelta(days=9)),
    )
    assert decide(needed, facts, POLICY, NOON).verdict is Verdict.SEND
    assert decide(needed, replace(facts, suppressed=True), POLICY, NOON).reason == "suppression"


def candidates(*priorities: int, **changes: Any) -> list[Candidate]:
    return [
        replace(LETTER, key=UUID(int=number), priority=priority, **changes)
        for number, priority in enumerate(priorities)
    ]


class TestBatch:
    def test_of_several_messages_for_one_customer_the_most_important_goes_first(self) -> None:
        decided = decide_batch(candidates(10, 30, 20), {(1, "email"): WILLING}, POLICY, NOON)
        assert [one.verdict for one in decided] == ["hold", "send", "hold"]
        # The third finds one slot left and steps back for a day; so does the last, which finds the same.
        assert [one.reason for one in decided] == ["arbitration", "clear", "arbitration"]
        assert decided[2].hold_until == NOON + timedelta(days=1)

    def test_among_equals_the_message_that_is_expected_to_bring_more_goes_first(self) -> None:
        asked = [
            replace(one, expected_minor=minor, expected_by="uplift")
            for one, minor in zip(candidates(10, 10, 10, 5), (-40, 300, 120, 9000), strict=True)
        ]
        decided = decide_batch(asked, {(1, "email"): WILLING}, POLICY, NOON)
        assert [one.verdict for one in decided] == ["hold", "send", "hold", "hold"]
        (seen,) = [seen for seen in decided[0].reasons if seen.rule == "arbitration"]
        assert (seen.saw["expected_minor"], seen.saw["expected_by"]) == (-40, "uplift")

    def test_a_slot_taken_in_the_batch_is_taken(self) -> None:
        facts = {(1, "email"): replace(WILLING, touches=(days_ago(3),))}
        decided = decide_batch(candidates(1, 1, expires_at=NOON + timedelta(days=5)), facts, POLICY, NOON)
        assert [settled(one) for one in decided] == [("send", "clear"), ("hold", "frequency_cap")]
        assert decided[1].hold_until == NOON + timedelta(days=4)

    def test_a_message_that_is_dropped_takes_nobodys_place(self) -> None:
        first, second = candidates(9, 1)
        decided = decide_batch([replace(first, topic="offers"), second], {(1, "email"): WILLING}, POLICY, NOON)
        assert [one.verdict for one in decided] == ["drop", "send"]

    def test_service_messages_neither_take_a_slot_nor_wait_for_one(self) -> None:
        service, marketing = candidates(9, 1)
        decided = decide_batch(
            [replace(service, category="service"), marketing], {(1, "email"): WILLING}, POLICY, NOON
        )
        assert [one.verdict for one in decided] == ["send", "send"]

    def test_customers_do_not_disturb_each_other(self) -> None:
        one, other = candidates(1, 1)
        facts = {(1, "email"): WILLING, (2, "email"): WILLING}
        decided = decide_batch([one, replace(other, customer_id=2)], facts, POLICY, NOON)
        assert [each.verdict for each in decided] == ["send", "send"]

    def test_a_message_to_nobody_is_dropped(self) -> None:
        (decided,) = decide_batch(candidates(1), {}, POLICY, NOON)
        assert settled(decided) == ("drop", "erased")


def test_who_loses_the_slot_to_another_process_is_held_shortly_under_the_same_reason() -> None:
    lost = without_slot(knowing(), NOON)
    assert settled(lost) == (Verdict.HOLD, "frequency_cap")
    assert lost.hold_until == NOON + timedelta(minutes=10)
    assert len(lost.reasons) == len(RULES)
    late = without_slot(decide(replace(LETTER, expires_at=NOON), WILLING, POLICY, NOON), NOON)
    assert (late.verdict, late.hold_until) == (Verdict.DROP, None)


def test_every_reason_is_documented() -> None:
    text = (Path(__file__).parents[2] / "docs" / "reasons.md").read_text(encoding="utf-8")
    documented = [line.split("`")[1] for line in text.splitlines() if line.startswith("| `")]
    assert documented == [*(name for name, _ in RULES), CLEAR]

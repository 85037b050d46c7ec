"""Laws of restraint, on random customers, messages and times."""

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from uuid import UUID

from hypothesis import given, settings
from hypothesis import strategies as st

from tactful.consent.domain.consent import ConsentFacts
from tactful.decisions.domain.facts import Candidate, CapRule, Facts, Policy, TouchSeen, Verdict
from tactful.decisions.domain.policy import decide, decide_batch
from tactful.decisions.domain.rules import CLEAR, RULES
from tactful.kernel.time import QuietHours

START = datetime(2026, 1, 1, tzinfo=UTC)
ZONES = ["Europe/Berlin", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe", "America/Santiago", None, "?"]
NO_QUIET = QuietHours(time(0), time(0))

_caps = st.lists(
    st.builds(CapRule, count=st.integers(0, 4), days=st.integers(1, 30), channel=st.sampled_from(["", "email"])),
    max_size=3,
).map(tuple)
_moments = st.integers(0, 366 * 24 * 60).map(lambda minutes: START + timedelta(minutes=minutes))
_minutes = st.times().map(lambda at: at.replace(second=0, microsecond=0))
_quiet = st.builds(QuietHours, _minutes, _minutes)


def letter(number: int, **changes: object) -> Candidate:
    plain = Candidate(
        key=UUID(int=number),
        customer_id=1,
        channel="email",
        topic="tips",
        category="information",
        expires_at=START + timedelta(days=4000),
    )
    return replace(plain, **changes)  # type: ignore[arg-type]


WILLING = Facts(address="a@example.com", consent=ConsentFacts(topics={"tips": True}))


_short_caps = st.lists(st.builds(CapRule, count=st.integers(0, 3), days=st.integers(1, 3)), min_size=1, max_size=2)
# Steps that meet the ends of windows and their neighbourhood.
_steps = st.builds(
    lambda hours, minutes: timedelta(hours=hours, minutes=minutes),
    st.sampled_from([0, 1, 12, 23, 24, 47, 48]),
    st.sampled_from([0, 1, 30, 59]),
)


@settings(max_examples=120, deadline=None)
@given(
    _short_caps.map(tuple),
    st.lists(st.tuples(_steps, st.lists(st.integers(-5, 5), min_size=1, max_size=3)), min_size=5, max_size=30),
)
def test_no_sequence_of_batches_ever_exceeds_a_cap_in_any_window(
    caps: tuple[CapRule, ...], batches: list[tuple[timedelta, list[int]]]
) -> None:
    policy = Policy(caps, NO_QUIET, "UTC")
    touches: list[TouchSeen] = []
    now = START
    for step, priorities in batches:
        now += step
        facts = {(1, "email"): replace(WILLING, touches=tuple(touches))}
        messages = [letter(number, priority=priority) for number, priority in enumerate(priorities)]
        sent = [one for one in decide_batch(messages, facts, policy, now) if one.verdict is Verdict.SEND]
        touches += [TouchSeen(now, "email") for _ in sent]
    for cap in caps:
        for last in touches:
            window = [touch for touch in touches if last.at - cap.span < touch.at <= last.at]
            assert len(window) <= cap.count


@settings(max_examples=120, deadline=None)
@given(_caps, st.lists(_moments, max_size=12), _moments)
def test_the_cap_that_held_a_message_lets_it_pass_when_the_hold_ends(
    caps: tuple[CapRule, ...], touched: list[datetime], now: datetime
) -> None:
    policy = Policy(caps, NO_QUIET, "UTC")
    facts = replace(WILLING, touches=tuple(TouchSeen(at, "email") for at in touched if at <= now))
    held = decide(letter(1), facts, policy, now)
    if held.verdict is Verdict.HOLD:
        assert held.hold_until is not None
        assert decide(letter(1), facts, policy, held.hold_until).verdict is Verdict.SEND
        just_before = held.hold_until - timedelta(microseconds=1)
        assert decide(letter(1), facts, policy, just_before).verdict is Verdict.HOLD


@settings(max_examples=150, deadline=None)
@given(_quiet, st.sampled_from(ZONES), _moments)
def test_quiet_hours_are_over_when_the_hold_ends(quiet: QuietHours, zone: str | None, now: datetime) -> None:
    policy = Policy((), quiet, "Europe/Berlin")
    facts = replace(WILLING, zone=zone)
    decided = decide(letter(1), facts, policy, now)
    if decided.verdict is Verdict.HOLD:
        assert decided.hold_until is not None
        assert now < decided.hold_until <= now + timedelta(hours=26)
        assert decide(letter(1), facts, policy, decided.hold_until).verdict is Verdict.SEND


_facts = st.builds(
    Facts,
    is_test=st.booleans(),
    address=st.sampled_from([None, "a@example.com"]),
    suppressed=st.booleans(),
    consent=st.builds(
        ConsentFacts,
        topics=st.dictionaries(st.sampled_from(["tips", "news", "*"]), st.booleans()),
        paused_until=st.none() | _moments,
        per_week=st.none() | st.integers(0, 3),
    ),
    touches=st.lists(st.builds(TouchSeen, _moments, st.just("email"))).map(tuple),
    zone=st.sampled_from(ZONES),
    in_holdout=st.booleans(),
)


@settings(max_examples=150, deadline=None)
@given(_facts, _caps, _quiet, _moments, st.sampled_from(["information", "activation", "service"]), _moments)
def test_every_decision_has_every_rule_and_agrees_with_the_first_that_forbids(
    facts: Facts, caps: tuple[CapRule, ...], quiet: QuietHours, now: datetime, category: str, expires_at: datetime
) -> None:
    decided = decide(letter(1, category=category, expires_at=expires_at), facts, Policy(caps, quiet, "UTC"), now)
    assert [seen.rule for seen in decided.reasons] == [name for name, _ in RULES]
    forbidding = [seen for seen in decided.reasons if seen.verdict != "pass"]
    if forbidding:
        assert (decided.verdict, decided.reason) == (forbidding[0].verdict, forbidding[0].rule)
    else:
        assert (decided.verdict, decided.reason) == (Verdict.SEND, CLEAR)
    assert (decided.hold_until is not None) == (decided.verdict is Verdict.HOLD)
    assert decided.hold_until is None or now < decided.hold_until <= expires_at

"""Limits, warm-up and pauses: what may not go yet stays, others pass."""

from collections import Counter
from collections.abc import Callable
from datetime import date, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.delivery.outbox_kit import NOW, intent

from tactful.delivery import paces, queries, services
from tactful.delivery.domain import pacing, retry
from tactful.delivery.domain.codes import Meaning
from tactful.delivery.domain.pacing import Plan
from tactful.delivery.domain.values import Claimed
from tactful.delivery.models import Delivery
from tactful.delivery.paces import ProviderLimits
from tactful.delivery.port import Outcome, Result, SenderSettings
from tactful.kernel.errors import InvalidInput

Queued = Callable[..., list[UUID]]


@pytest.fixture(autouse=True)
def by_smtp(db: None) -> None:
    services.save_sender(SenderSettings(provider="smtp", smtp_host="mail.example"))


def put(domain: str, count: int, *, begin: int = 0, **changes: object) -> None:
    intents = [
        intent(begin + number, address=f"p{begin + number}@{domain}", **changes) for number in range(1, count + 1)
    ]
    services.queue(intents, now=NOW)


def claim(now: datetime = NOW, limit: int = 100) -> list[Claimed]:
    return services.claim(limit=limit, worker="w", now=now)


def domains(found: list[Claimed]) -> dict[str, int]:
    return dict(Counter(item.address.partition("@")[2] for item in found))


@given(st.integers(1, 5_000), st.lists(st.floats(0.01, 30), min_size=1, max_size=200))
def test_a_minute_never_sees_more_than_its_limit(limit: int, waits: list[float]) -> None:
    bucket, left, since, now = pacing.per_minute(limit), None, None, NOW
    gone: list[tuple[datetime, int]] = []
    for wait in waits:
        now += timedelta(seconds=wait)
        tokens = bucket.tokens(left, since, now)
        gone.append((now, int(tokens)))
        left, since = tokens - int(tokens), now
    for moment, _ in gone:
        assert sum(count for at, count in gone if moment <= at < moment + timedelta(minutes=1)) <= max(limit, 2)


def test_a_warm_up_grows_until_its_goal_and_then_is_over() -> None:
    plan = Plan(date(2026, 3, 1), first=100, growth=50, goal=400)
    days = [plan.limit(date(2026, 3, 1) + timedelta(days=day)) for day in range(6)]
    assert days == [100, 150, 225, 337, None, None]
    assert plan.days == 4


def test_pauses_grow_while_a_receiver_goes_on_saying_no() -> None:
    level, until = pacing.slower(0, None, NOW)
    assert (level, until) == (0, NOW + timedelta(minutes=1))
    assert pacing.slower(level, until, NOW + timedelta(seconds=30)) == (level, until), "said within the pause"
    level, until = pacing.slower(level, until, until)
    assert (level, until) == (1, NOW + timedelta(minutes=3))
    assert pacing.slower(level, until, until + timedelta(hours=3))[0] == 0, "long ago"


@pytest.mark.parametrize(
    ("means", "first"),
    [(Meaning.UNKNOWN, 1), (Meaning.GREYLISTED, 5), (Meaning.RATE, 5), (Meaning.SOFT, 30), (Meaning.POLICY, 30)],
)
def test_the_wait_before_the_next_attempt_follows_the_meaning(means: Meaning, first: int) -> None:
    assert retry.wait_after(1, means) == timedelta(minutes=first)
    waits = [retry.wait_after(number, means) for number in range(1, 12)]
    known = [wait for wait in waits if wait is not None]
    assert known == sorted(known)
    assert waits[-1] is None
    assert timedelta(hours=20) < sum(known, timedelta()) < timedelta(hours=36)


def test_a_receiver_gets_no_more_than_its_pace_and_others_pass() -> None:
    put("t-online.de", 50)
    put("example.org", 50, begin=50)
    assert domains(claim()) == {"t-online.de": 6, "example.org": 50}
    assert claim() == []
    assert domains(claim(NOW + timedelta(seconds=10))) == {"t-online.de": 6}
    assert queries.state_counts()["queued"] == 38


def test_domains_of_one_receiver_share_its_pace() -> None:
    put("orange.fr", 10)
    put("wanadoo.fr", 10, begin=10)
    assert sum(domains(claim()).values()) == 6


def test_a_limit_of_the_company_counts_at_once_and_its_end_too() -> None:
    put("firma.example", 30)
    assert paces.save_pace("@Firma.example", 10, now=NOW) == "firma.example"
    assert domains(claim()) == {"firma.example": 1}
    put("firma.example", 5, begin=30)
    assert claim() == []
    paces.save_pace("firma.example", None, now=NOW)
    assert domains(claim()) == {"firma.example": 34}


def test_a_limit_for_a_known_receiver_replaces_the_usual_one() -> None:
    put("googlemail.com", 100)
    paces.save_pace("googlemail.com", 20, now=NOW)
    assert domains(claim()) == {"googlemail.com": 2}
    (row,) = [row for row in paces.paces(NOW) if row.name == "gmail.com"]
    assert (row.per_minute, row.own, row.waiting) == (20, True, 98)


def test_a_provider_keeps_its_limits_by_second_and_minute() -> None:
    put("example.org", 100)
    paces.save_provider_limits("smtp", ProviderLimits(per_second=14))
    assert len(claim()) == 14
    assert len(claim()) == 0
    assert len(claim(NOW + timedelta(seconds=0.5))) == 7
    paces.save_provider_limits("smtp", ProviderLimits(per_second=14, per_minute=100))
    assert len(claim(NOW + timedelta(seconds=10))) == 10


def test_service_mail_goes_first_when_there_is_little_room() -> None:
    put("example.org", 10)
    put("example.org", 5, begin=10, category="service")
    paces.save_provider_limits("smtp", ProviderLimits(per_second=6))
    assert Counter(item.category for item in claim()) == {"service": 5, "marketing": 1}


def test_a_warm_up_holds_marketing_and_lets_service_pass() -> None:
    put("example.org", 30)
    put("example.org", 5, begin=30, category="service")
    paces.save_provider_limits("smtp", ProviderLimits(warm_up=Plan(NOW.date(), first=10, growth=100, goal=1000)))
    assert Counter(item.category for item in claim()) == {"service": 5, "marketing": 10}
    assert claim(NOW + timedelta(hours=3)) == []
    state = paces.warm_up("smtp", NOW)
    assert state is not None
    assert (state.day, state.limit, state.today, state.waiting) == (1, 10, 10, 20)
    assert len(claim(NOW + timedelta(days=1))) == 20
    assert paces.warm_up("mailbox", NOW) is None


def test_a_service_with_an_api_keeps_to_receivers_itself() -> None:
    services.save_sender(SenderSettings(provider="postmark", options={"server_token": "x"}))
    put("t-online.de", 50)
    assert len(claim()) == 50


@pytest.mark.parametrize("domain", ["t-online.de", "small.example"])
def test_a_receiver_that_says_it_is_too_much_is_left_in_peace_a_while(domain: str) -> None:
    put(domain, 5)
    first = claim(limit=2)
    put("example.org", 2, begin=10)
    results = [
        Result(item.id, item.attempt, Outcome.RETRY, "421 4.7.0 slow down", provider="smtp", means=Meaning.RATE)
        for item in first
    ]
    services.record(results, claimed=first, now=NOW)
    later = NOW + timedelta(seconds=50)
    assert set(domains(claim(later))) == {"example.org"}
    (row,) = [row for row in paces.paces(later) if row.slowed_until]
    assert row.name == domain
    assert "slow down" in row.slowed_by
    assert set(domains(claim(NOW + timedelta(seconds=61)))) == {domain}
    assert Delivery.objects.filter(state="queued").count() == len(first), "these wait for their own next attempt"


@pytest.mark.parametrize(
    "limits",
    [
        ProviderLimits(per_second=0),
        ProviderLimits(per_minute=-1),
        ProviderLimits(warm_up=Plan(NOW.date(), 100, 50, 50)),
        ProviderLimits(warm_up=Plan(NOW.date(), 100, 0, 500)),
    ],
)
def test_limits_that_cannot_be_are_refused(limits: ProviderLimits) -> None:
    with pytest.raises(InvalidInput):
        paces.save_provider_limits("smtp", limits)


@pytest.mark.parametrize(("domain", "count"), [("no domain", 5), ("com", 5), ("example.org", 0), ("", 1)])
def test_a_pace_that_cannot_be_is_refused(domain: str, count: int) -> None:
    with pytest.raises(InvalidInput):
        paces.save_pace(domain, count, now=NOW)

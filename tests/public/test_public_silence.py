"""What a customer may read on his page of the messages that he did not get: his own, in plain words."""

from dataclasses import replace
from datetime import datetime, timedelta
from html import unescape
from uuid import UUID

import pytest
from tests.public.visitors import Visit

from tactful.decisions import services as decisions
from tactful.decisions.domain.facts import Candidate, Decided, Verdict
from tactful.decisions.domain.rules import RULES
from tactful.decisions.queries import Stopped
from tactful.flows.silence import Silence
from tactful.public import words

NEVER_TOLD = {"erased", "test_person"}  # the one has no page, the other is no customer


def decide(
    visit: Visit,
    number: int,
    verdict: str,
    reason: str,
    *,
    ago: timedelta = timedelta(days=1),
    until: datetime | None = None,
    **changes: object,
) -> None:
    now = visit.clock.now() - ago
    plain = Candidate(UUID(int=number), visit.customer_id, "email", "news", "information", now, journey_id=77)
    candidate = replace(plain, **changes)  # type: ignore[arg-type]
    decisions.record([Decided(candidate, Verdict(verdict), reason, (), until)], now=now)


def page(visit: Visit) -> str:
    return unescape(visit.client.get(visit.preferences).content.decode())


def test_nothing_considered_is_said_so(visit: Visit) -> None:
    found = page(visit)
    assert "Why nothing came lately" in found
    assert "In the last 30 days we sent you nothing. There was nothing that fitted you." in found


def test_what_was_held_or_dropped_is_told_by_its_reason_most_frequent_first(visit: Visit) -> None:
    decide(visit, 1, "drop", "holdout")
    for number in (2, 3):
        decide(visit, number, "drop", "frequency_cap")
    decide(visit, 4, "hold", "own_choice", until=visit.clock.now() + timedelta(days=3))
    found = page(visit)
    assert "2 messages did not go: you had heard from us often enough in the days before." in found
    assert (
        "One message did not go: you asked for a pause, or for fewer messages. We look at it again on 4 March"
        in found
    )
    assert found.index("often enough") < found.index("by lot")


def test_a_message_that_was_held_and_went_later_an_old_one_and_a_service_message_are_not_told(visit: Visit) -> None:
    decide(visit, 1, "hold", "quiet_hours", ago=timedelta(days=2))
    decide(visit, 1, "send", "clear")
    decide(visit, 2, "drop", "status", ago=timedelta(days=31))
    decide(visit, 3, "drop", "suppression", category="service")
    assert "did not go" not in page(visit)


def test_only_his_own_are_told_and_nothing_of_what_we_call_them(visit: Visit) -> None:
    decide(visit, 1, "drop", "arbitration")
    decide(visit, 2, "drop", "budget", customer_id=visit.customer_id + 1)
    found = page(visit)
    assert "another message to you was more important" in found
    assert "as much as we allow ourselves" not in found
    assert not [name for name, _ in RULES if name in found and "_" in name]


def test_who_heard_from_us_reads_how_often(visit: Visit) -> None:
    now = visit.clock.now()
    assert words.silence_heading(Silence(2, now, ())) == "What came lately"
    told = words.silence(Silence(2, now, (Stopped("frequency_cap", 1, now, now),)), now=now)
    assert told == [
        "In the last 30 days you got 2 messages from us, the last on 1 March 2026.",
        "One message did not go: you had heard from us often enough in the days before.",
    ]


@pytest.mark.parametrize("name", [name for name, _ in RULES if name not in NEVER_TOLD])
def test_every_reason_has_plain_words(name: str) -> None:
    now = datetime.fromisoformat("2026-03-01T00:00:00Z")
    assert words._OTHERWISE not in words.silence(Silence(0, None, (Stopped(name, 1, now, None),)), now=now)[1]

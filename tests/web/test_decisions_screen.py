"""The stream of decisions: what stands above the list speaks of the list, and each number opens those it counts."""

import re
from datetime import UTC, datetime, timedelta
from html import unescape
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse
from tests.journeys.machine_kit import definition
from tests.web.staff import signed_in

from tactful.decisions.models import Decision
from tactful.flows import setting_up
from tactful.journeys import services as journeys
from tactful.web import verdicts
from tactful.web.shell import Reader
from tactful.web.spans import around, asked

NOW = datetime.now(UTC)
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def reader() -> Client:
    setting_up.prepare(now=NOW)
    return signed_in("analyst")


def _decided(customer: int, verdict: str, reason: str, *, days: int = 0, journey: int | None = None) -> None:
    Decision.objects.create(
        customer_id=customer,
        journey_id=journey,
        channel="email",
        topic="offers",
        verdict=verdict,
        reason=reason,
        reasons=[{"rule": reason, "verdict": verdict, "reason": f"It was {reason}", "saw": {}}],
        at=NOW - timedelta(days=days, minutes=1),
        message_key=uuid4(),
    )


def _text(client: Client, address: str) -> tuple[str, str]:
    """What stands above the list, and the page."""
    page = unescape(client.get(address).content.decode())
    found = re.search(r'<div class="answer">(.*?)</div>', page, re.S)
    return " ".join(re.sub(r"<[^>]+>", "", found.group(1) if found else "").split()), page


def _listed(page: str) -> int:
    return page.count('aria-label="Open decision ')


def test_what_stands_above_the_list_speaks_of_one_customer_one_verdict_or_one_reason(reader: Client) -> None:
    for customer in (1, 1, 2):
        _decided(customer, "drop", "suppression")
    _decided(1, "send", "clear")
    _decided(3, "hold", "quiet_hours")
    stream = reverse("decisions")
    assert _text(reader, stream)[0].startswith("3 people had a reason to hear from us; 1 did. 2 did not")
    said, page = _text(reader, f"{stream}?customer=1")
    assert said == "3 decisions about this customer: 1 sent, 0 held and 2 not sent."
    assert "had a reason to hear" not in page
    assert _text(reader, f"{stream}?verdict=drop")[0] == "3 decisions about 2 customers."
    assert _text(reader, f"{stream}?reason=suppression")[0] == (
        "3 decisions about 2 customers: 0 sent, 0 held and 3 not sent."
    )
    chart = re.search(r'<ul class="legend">(.*?)</ul>', _text(reader, f"{stream}?reason=suppression")[1], re.S)
    assert chart
    assert re.sub(r"<[^>]+>", "", chart.group(1)) == "Suppressed"


def test_each_number_of_the_sentence_opens_exactly_the_customers_it_counts(reader: Client) -> None:
    for customer in range(1, 5):
        _decided(customer, "drop", "suppression")
    _decided(4, "drop", "consent")  # the latest settles it
    _decided(1, "send", "clear")  # and what was sent settles it before anything
    _decided(7, "drop", "suppression", days=40)
    page = _text(reader, reverse("decisions"))[1]
    sentence = re.search(r'<div class="answer">(.*?)</p>', page, re.S)
    assert sentence
    opened = re.findall(r'<a [^>]*href="([^"]+)"[^>]*><b>(\d+)</b>', sentence.group(1))
    assert [int(count) for _, count in opened] == [4, 1, 3, 2, 1]
    for address, count in opened:
        said, behind = _text(reader, address)
        assert (address, _listed(behind)) == (address, int(count))
        assert said.startswith("4 people had a reason to hear from us")  # the sentence that it was opened from


def test_number_and_verb_of_the_sentence_agree(reader: Client) -> None:
    for customer, reason in ((1, "suppression"), (2, "quiet_hours"), (3, "quiet_hours"), (4, "some_rule")):
        _decided(customer, "drop", reason)
    said = _text(reader, reverse("decisions"))[0]
    assert "1 is on the suppression list" in said
    assert "2 were asleep in their night" in said
    assert "1 was stopped by some rule" in said


@pytest.mark.parametrize("name", sorted(verdicts.REASONS))
def test_no_clause_about_one_customer_speaks_of_several(name: str) -> None:
    assert verdicts.reason(name).after(1).split()[0] not in {"are", "were", "have", "live"}


def test_the_numbers_of_one_journey_and_its_days_open_in_that_journey_and_those_days(reader: Client) -> None:
    journey = journeys.save(definition(), now=NOW - timedelta(days=50)).journey_id
    _decided(1, "drop", "consent", days=45, journey=journey)
    _decided(2, "drop", "consent", days=45)
    page = reader.get(reverse("journey", args=["cart"])).content.decode()
    (address,) = re.findall(r'href="([^"]+reason=consent[^"]+)"', unescape(page))
    assert _listed(_text(reader, address)[1]) == 1


def test_a_span_of_days_is_read_from_an_address_as_it_was_written() -> None:
    who = Reader(datetime(2026, 11, 29, 15, tzinfo=UTC), "Europe/Berlin", "EUR")
    yesterday = around(datetime(2026, 11, 27, 23, tzinfo=UTC), datetime(2026, 11, 28, 23, tzinfo=UTC), who)
    assert asked(yesterday.asked, who) == yesterday
    assert yesterday.offered(who)[yesterday.asked] == "28 Nov"
    assert around(yesterday.since, who.now, who).until == who.now
    for senseless in ("", "31", "2026-11-29..2026-11-01", "..", "0001-01-01..9999-12-31"):
        assert asked(senseless, who).asked == "30", senseless

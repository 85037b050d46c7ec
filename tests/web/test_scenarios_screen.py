"""The ready scenarios and the findings of lint as their pages answer, without a browser."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from tests.web.staff import signed_in

from tactful.flows import scenarios, setting_up
from tactful.journeys import queries as journeys
from tactful.journeys import services
from tactful.kernel.errors import NotFound

NOW = datetime.now(UTC)
pytestmark = pytest.mark.django_db


@pytest.fixture
def client(db: None) -> Client:
    setting_up.prepare(now=NOW)
    return signed_in("marketer")


def text_of(answer: Any, status: int = 200) -> str:
    assert answer.status_code == status
    return str(answer.content.decode())


def listed(client: Client, **asked: str) -> list[str]:
    page = text_of(client.get(reverse("scenarios"), asked))
    return [each.scenario.slug for each in scenarios.offers(now=NOW) if f"/scenarios/{each.scenario.slug}/" in page]


def test_what_waits_for_sms_is_taken_as_a_draft_and_refused_at_its_launch(client: Client) -> None:
    slug, sentence = "unopened-mail-then-sms", "SMS arrives with another release; cannot be launched"
    assert sentence in text_of(client.get(reverse("scenarios"), {"q": "sms"}))
    taken = client.post(reverse("scenario-install", args=[slug]), follow=True)
    assert text_of(taken).count(sentence) == 2  # the message, and what lint says
    refused = client.post(reverse("journey-switch", args=[slug, "activate"]), follow=True)
    assert f"steps.by-sms: {sentence}" in text_of(refused)
    assert journeys.journey(slug).summary.status == "draft"
    assert f"{sentence}." in text_of(client.get(reverse("journey-edit", args=[slug])))


def test_the_list_is_searched_and_filtered_by_business_and_state(client: Client) -> None:
    assert len(listed(client)) == 14
    assert listed(client, q="RENEWAL") == ["renewal"]
    assert "seasonal" not in listed(client, business="b2b")
    assert "stalled-proposal" in listed(client, business="b2b")
    assert listed(client, state="here") == []
    scenarios.install("welcome", now=NOW)
    assert listed(client, state="here") == ["welcome"]
    assert "No scenario fits" in text_of(client.get(reverse("scenarios"), {"q": "moon"}))


def test_the_list_says_which_data_is_still_needed(client: Client) -> None:
    page = text_of(client.get(reverse("scenarios"), {"q": "renewal"}))
    assert "the attribute renewal_date, which no customer has" in page
    assert "the event Request Received, which has never arrived" in text_of(client.get(reverse("scenarios")))


def test_one_click_installs_a_draft_with_its_segments_and_another_takes_it_away(client: Client) -> None:
    installing = reverse("scenario-install", args=["repurchase-date"])
    assert "It is a draft now, with 2 segments" in text_of(client.post(installing, follow=True))
    assert journeys.journey("repurchase-date").summary.status == "draft"
    assert "installed already" in text_of(
        client.post(reverse("scenario-install", args=["repurchase-date"]), follow=True)
    )
    assert "is removed" in text_of(client.post(reverse("scenario-remove", args=["repurchase-date"]), follow=True))
    with pytest.raises(NotFound):
        journeys.journey("repurchase-date")


def test_only_those_who_may_edit_install_and_what_is_unknown_is_not_found(client: Client) -> None:
    analyst = signed_in("analyst")
    assert analyst.post(reverse("scenario-install", args=["welcome"])).status_code == 403
    assert "/scenarios/welcome/install/" not in text_of(analyst.get(reverse("scenarios")))
    for act in ("install", "remove"):
        assert client.post(reverse(f"scenario-{act}", args=["nothing"])).status_code == 404
        assert client.get(reverse(f"scenario-{act}", args=["welcome"])).status_code == 405


def test_findings_stand_on_the_journey_and_are_counted_in_the_list(client: Client) -> None:
    scenarios.install("welcome", now=NOW)
    source = journeys.journey("welcome").summary.source
    services.save(source | {"topic": "gossip", "review_by": str((NOW - timedelta(days=2)).date())}, now=NOW)
    page = text_of(client.get(reverse("journey", args=["welcome"])))
    assert "customers have no topic &#x27;gossip&#x27; on their page" in page
    assert "What to mend" in page
    assert "<b>To be reviewed by</b>" in page
    assert "findings</a>" in text_of(client.get(reverse("journeys")))

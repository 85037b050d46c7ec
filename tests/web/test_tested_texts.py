"""Texts under test in the form of a broadcast, and on the pages of broadcasts and journeys."""

from datetime import UTC, datetime
from uuid import uuid4

import pytest
from django.test import Client
from tests.web.test_journey_editing import client, typed

from tactful.content import queries as content
from tactful.experiments import assigning, queries
from tactful.experiments.domain.values import Arm, Ask, Design, Metric
from tactful.journeys import queries as journeys
from tactful.journeys.domain.steps import Message
from tactful.kernel.time import DAY

__all__ = ["client"]
pytestmark = pytest.mark.django_db


def several(**changes: object) -> dict[str, object]:
    two, three = (row.slug for row in content.templates()[1:3])
    said = {"text_name_1": "short", "text_name_2": "long", "decides": "margin", "decides_days": 7}
    return typed(template_2=two, template_3=three, **{**said, **changes})


def letter(version: int = 1) -> Message:
    step = journeys.version("winter-tea", version).steps["letter"]
    assert isinstance(step, Message)
    return step


def test_a_broadcast_tests_texts_for_equal_shares(client: Client) -> None:
    client.post("/broadcasts/new/", several())
    assert [(arm.name, arm.share) for arm in letter().arms] == [("short", 0.34), ("long", 0.33), ("C", 0.33)]
    assert letter().winner is not None
    shown = client.get("/broadcasts/winter-tea/").content.decode()
    assert "The test begins with the first who comes" in shown
    assert all(f"<dt>{name}</dt>" in shown for name in ("short", "long", "C"))
    assert "margin per customer within 7 days after sending" in shown


def test_the_form_shows_them_again_and_takes_them_away(client: Client) -> None:
    client.post("/broadcasts/new/", several(decides="event", decides_event="Order Completed"))
    form = client.get("/broadcasts/winter-tea/change/").context["form"]
    assert form.tests
    assert (form["text_name_2"].value(), form["decides_event"].value()) == ("long", "Order Completed")
    client.post("/broadcasts/winter-tea/change/", typed(version=1))
    assert (letter(2).arms, letter(2).winner) == ((), None)


def test_a_broadcast_with_tested_texts_can_be_copied(client: Client) -> None:
    client.post("/broadcasts/new/", several())
    form = client.get("/broadcasts/new/?copy=winter-tea").context["form"]
    assert form["template_3"].value() == letter().arms[2].template


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"text_name_2": "short"}, "Two texts are called short"),
        ({"decides": "event"}, "Name the event that decides"),
    ],
)
def test_a_test_that_cannot_be_says_how_to_mend_it(client: Client, changes: dict[str, object], words: str) -> None:
    answer = client.post("/broadcasts/new/", several(**changes))
    assert answer.status_code == 422
    assert words in answer.content.decode()


def test_the_same_text_twice_is_no_test(client: Client) -> None:
    answer = client.post("/broadcasts/new/", typed(template_2=typed()["template"]))
    assert "a test needs different ones" in answer.content.decode()


def test_the_pages_name_all_texts_and_lead_to_the_experiment(client: Client) -> None:
    client.post("/broadcasts/new/", several())
    found, now = journeys.journey("winter-tea").summary, datetime.now(UTC)
    arms = tuple(Arm(arm.name, arm.template, arm.share) for arm in letter().arms)
    design = Design(arms, Metric("margin", 7 * DAY))
    assigning.assign([Ask(found.id, "letter", 1, 1, uuid4(), design)], now=now)
    for address in ("/broadcasts/winter-tea/", "/journeys/winter-tea/"):
        shown = client.get(address).content.decode()
        assert f'href="/experiments/{queries.experiments()[0].id}/"' in shown, address
        assert all(row.name in shown for row in content.templates()[:3]), address
    assert " or “" in client.get("/journeys/winter-tea/").content.decode()

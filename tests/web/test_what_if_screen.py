"""“What if the cap were another?” on the screen of decisions: asked badly it says so, asked well it answers."""

from datetime import UTC, datetime

import pytest
from django.test import Client
from django.urls import reverse
from tests.web.staff import signed_in

from tactful.flows import setting_up
from tactful.web.what_if import ask

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def reader() -> Client:
    setting_up.prepare(now=NOW)
    return signed_in("analyst")


@pytest.mark.parametrize(
    "asked",
    [
        {"cap": "x", "window": "7"},
        {"cap": "3"},
        {"cap": "3", "window": "0"},
        {"cap": "-1", "window": "7"},
        {"cap": "3", "window": "9999999999999999999"},
    ],
)
def test_a_question_without_sense_gets_no_answer_and_is_no_fault(reader: Client, asked: dict[str, str]) -> None:
    answer = reader.get(reverse("decisions"), asked | {"would": "go", "before": "99999999999999999999"})
    assert answer.status_code == 200
    hypothesis = ask(asked | {"would": "go"}, since=NOW, until=NOW, journey_id=None)
    assert hypothesis.form.errors
    assert (hypothesis.answer, hypothesis.opened) == (None, "")


def test_the_first_cap_stands_there_to_begin_with(reader: Client) -> None:
    form = ask({}, since=NOW, until=NOW, journey_id=None).form
    assert (form.initial, form.is_bound) == ({"cap": 2, "window": 7}, False)


def test_a_company_without_decisions_is_answered_too(reader: Client) -> None:
    asked = {"cap": "3", "window": "7", "would": "everything"}
    hypothesis = ask(asked, since=NOW, until=NOW, journey_id=None)
    assert hypothesis.answer is not None
    assert (hypothesis.answer.judged.sent, hypothesis.opened) == (0, "")
    assert hypothesis.page(before=None).rows == ()
    assert reader.get(reverse("decisions"), asked | {"would": "wait"}).status_code == 200

"""What is found wrong with segments is the same on the screens and in `tactful segment lint`."""

import argparse
import html
import json
import re
from datetime import UTC, datetime
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.test import Client
from django.urls import reverse
from tests.segments.segments_kit import base_of, put

from tactful.cli.commands import segment as command
from tactful.consent import topics
from tactful.flows import setting_up
from tactful.flows.nightly import FOLDER
from tactful.flows.tables import TABLES
from tactful.segments import services
from tactful.segments.domain.lint import TOO_MANY, Fault
from tactful.team import services as staff

NOW = datetime.now(UTC)
DE: dict[str, Any] = {"attribute": "country", "is": "DE"}
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def client(transactional_db: None) -> Client:
    setting_up.prepare(now=NOW)
    put(base_of({"customers": [{"id": 1, "country": "DE"}, {"id": 2, "country": "FR"}]}))
    staff.create_user(email="m@example.com", password="tea-without-spam", role="marketer", now=NOW)
    browser = Client()
    user = get_user_model().objects.get(email="m@example.com")
    browser.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return browser


def kept(**rules: object) -> None:
    """Segments by name, each said to be for something and to change something unless its name says otherwise."""
    for slug, rule in rules.items():
        said = {
            "goal": "" if slug == "aimless" else "Keep them",
            "action": "" if slug == "idle" else f"A letter to {slug[:4]}",
        }
        services.save(slug=slug, name=slug.title(), definition=rule, now=NOW, **said)
    services.fill(now=NOW, tables=TABLES, folder=FOLDER)


def of_command(capsys: pytest.CaptureFixture[str]) -> set[tuple[str, str]]:
    """(segment, words); those about all segments together name none."""
    capsys.readouterr()
    command.run(argparse.Namespace(action="lint", json=True), None)  # type: ignore[arg-type]  # it asks nothing of it
    return {(each["segment"], each["message"]) for each in json.loads(capsys.readouterr().out)}


def of_list(client: Client) -> set[tuple[str, str]]:
    page = client.get(reverse("segments"), {"show": "decide"}).content.decode()
    found = set()
    for row in re.findall(r"<tr>(.*?)</tr>", page, re.DOTALL):
        slug = re.search(r'href="/segments/([a-z0-9-]+)/"', row)
        decide = row.partition('data-label="To decide"')[2]
        if slug:
            found |= {(slug[1], html.unescape(words)) for words in re.findall(r"<li>(.*?)</li>", decide)}
    found |= {("", html.unescape(words)) for words in re.findall(r"</span> (\d+ segments are more[^<]*)</p>", page)}
    return found


def of_page(client: Client, slug: str) -> set[tuple[str, str]]:
    page = client.get(reverse("segment", args=[slug])).content.decode()
    block = re.search(r'id="findings">(.*?)</ul>', page, re.DOTALL)
    said = re.findall(r"</svg> (.*?)</li>", block[1] if block else "", re.DOTALL)
    return {(slug, html.unescape(words)) for words in said}


def test_every_finding_of_the_screens_is_in_the_command_and_the_other_way_round(
    client: Client, capsys: pytest.CaptureFixture[str]
) -> None:
    many = [DE, {"orders": "count", "at_least": 0}, {"attribute": "email", "set": False}]
    rules: dict[str, object] = {
        "aimless": DE,
        "idle": DE,
        "wordy": {"all": [*many, {"reachable": "email", "topic": "news"}]},
        "empty": {"attribute": "country", "is": "XX"},
        "everyone": {"everyone": True},
        "twins": DE,
        "twin2": {"attribute": "country", "in": ["DE"]},
        "strange": {"message": "opened", "topic": "nosuch"},
        "gone": {"consent": {"channel": "email", "topic": "tips"}, "is": "given"},
        "heavy": {"any": [{"event": "Viewed", "in_last_days": day} for day in range(1, 200)]},
    }
    topics.retire("tips", now=NOW)
    kept(**rules)
    told = of_command(capsys)
    slugs = {slug for slug, _ in told}
    assert set(rules) <= slugs
    assert of_list(client) == told
    assert set().union(*(of_page(client, slug) for slug in slugs)) == told
    assert set(Fault) - faults(capsys) == {Fault.TOO_MANY}


def faults(capsys: pytest.CaptureFixture[str]) -> set[str]:
    command.run(argparse.Namespace(action="lint", json=True), None)  # type: ignore[arg-type]  # as above
    return {each["fault"] for each in json.loads(capsys.readouterr().out)}


def test_too_many_segments_are_told_by_both_and_stages_by_neither(
    client: Client, capsys: pytest.CaptureFixture[str]
) -> None:
    kept(**{f"n{number}": {"sample": 0.5, "seed": str(number)} for number in range(TOO_MANY + 1)})
    told = of_command(capsys)
    assert next(words for slug, words in told if not slug).startswith(f"{TOO_MANY + 1} segments are more")
    assert of_list(client) == told
    assert of_page(client, "lost-customer") == set()
    assert "lost-customer" not in {slug for slug, _ in told}


def test_where_nothing_is_wrong_both_say_nothing(client: Client, capsys: pytest.CaptureFixture[str]) -> None:
    assert of_command(capsys) == set() == of_list(client)


def test_before_it_is_archived_a_segment_says_who_leaves_it_and_that_it_can_come_back(client: Client) -> None:
    kept(german=DE, nowhere={"attribute": "country", "is": "XX"})
    for slug, said in (
        ("german", "1 member leaves it now, and the history says so."),
        ("nowhere", "Nobody is in it now."),
    ):
        text = client.get(reverse("segment", args=[slug])).content.decode()
        assert f"{said} What was stays on record. It can be brought back" in text

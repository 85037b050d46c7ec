"""Whatever the door, a journey is let go only with texts that somebody else has read and the review lets pass."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.test import Client
from tests.journeys.machine_kit import definition

from tactful.cli.commands import journey as command
from tactful.cli.main import _parser
from tactful.content import queries as content
from tactful.content import services as texts
from tactful.events import services as log
from tactful.experiments import services as experiments
from tactful.flows import react, setting_up
from tactful.flows.launch_gates import Gate, gates
from tactful.flows.launching import changing_text, launch
from tactful.flows.launching import save as keep
from tactful.journeys import queries as journeys
from tactful.journeys import services
from tactful.journeys.models import Launch
from tactful.kernel.errors import Conflict, TactfulError
from tactful.team import queries as team
from tactful.team import services as staff

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
LATER = NOW + timedelta(minutes=1)
LETTER = {"type": "message", "template": "thank-you-how-to-use", "topic": "tips", "next": "done"}
WITHOUT_A_WAY_OUT = (
    "<mjml><mj-body><mj-section><mj-column><mj-text>Hello</mj-text></mj-column></mj-section></mj-body></mjml>"
)
pytestmark = pytest.mark.django_db


@pytest.fixture
def company(db: None) -> None:
    setting_up.prepare(now=NOW)
    saved()
    staff.save_workspace(replace(team.workspace(), postal_address="Harbour Road 1, 20457 Hamburg"))


def saved(**changes: Any) -> None:
    way = {"slug": "trial", "start": "letter", "steps": {"letter": LETTER, "done": {"type": "exit"}}, **changes}
    services.save(definition(**way), now=NOW)


def without_address() -> None:
    staff.save_workspace(replace(team.workspace(), postal_address=""))


def unread() -> None:
    texts.save_rules(second_pair_of_eyes=True, seeds=[], now=NOW)
    found = content.text("thank-you-how-to-use").texts["en"]
    texts.save_text(
        slug="thank-you-how-to-use", name="Thanks", text=found, now=NOW + timedelta(minutes=1), by="ada"
    )


def status() -> str:
    return journeys.journey("trial").summary.status


@pytest.mark.usefixtures("company")
def test_what_the_review_found_is_kept_with_the_launch() -> None:
    launch("trial", by="max", now=NOW)
    assert status() == "active"
    assert [(kept.occasion, kept.by) for kept in content.reviews("thank-you-how-to-use")] == [
        ("journey trial", "max")
    ]


@pytest.mark.usefixtures("company")
def test_a_fault_of_several_texts_is_told_once_and_its_review_kept() -> None:
    saved(
        steps={
            "letter": LETTER | {"next": "again"},
            "again": LETTER | {"template": "how-was-it"},
            "done": {"type": "exit"},
        }
    )
    without_address()
    with pytest.raises(Conflict, match="no postal address") as refused:
        launch("trial", by="max", now=NOW)
    assert refused.value.message.count("postal address") == 1
    assert "(how-was-it, thank-you-how-to-use)" in refused.value.message
    assert status() == "draft"
    assert content.reviews("how-was-it")[0].findings


@pytest.mark.usefixtures("company")
@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"steps": {"letter": LETTER | {"template": "nosuch"}, "done": {"type": "exit"}}}, "no template 'nosuch'"),
        ({"steps": {"letter": LETTER | {"topic": "nosuch"}, "done": {"type": "exit"}}}, "no topic 'nosuch'"),
        ({"exit": [{"if": {"segment": "nosuch"}, "reason": "gone"}]}, "no segment 'nosuch'"),
        (
            {
                "steps": {
                    "letter": LETTER | {"next": "tell"},
                    "tell": {"type": "notify", "to": "nobody@example.com", "text": "Look", "next": "done"},
                    "done": {"type": "exit"},
                }
            },
            "nobody's sign-in",
        ),
    ],
)
def test_what_could_do_nothing_lets_nobody_in(changes: dict[str, Any], told: str) -> None:
    saved(**changes)
    with pytest.raises(Conflict, match=told):
        launch("trial", by="max", now=NOW)
    assert status() == "draft"
    saved()
    launch("trial", by="max", now=NOW)
    with pytest.raises(Conflict, match=told):
        keep(
            definition(
                **{"slug": "trial", "start": "letter", "steps": {"letter": LETTER, "done": {"type": "exit"}}}
                | changes
            ),
            by="max",
            now=NOW,
        )


def on_the_journey() -> str:
    return browser().post("/journeys/trial/activate/", follow=True).content.decode()


def on_the_broadcast() -> str:
    return browser().post("/broadcasts/trial/schedule/", follow=True).content.decode()


def on_the_command_line() -> str:
    try:
        command._switch(_parser({"journey": command}).parse_args(["journey", "activate", "trial"]))
    except TactfulError as fault:
        return fault.message
    return ""


def browser() -> Client:
    staff.create_user(email="max@example.com", password="tea-without-spam", role="marketer", now=NOW)
    signed_in = Client()
    signed_in.force_login(get_user_model().objects.get(), backend="django.contrib.auth.backends.ModelBackend")
    return signed_in


@pytest.mark.usefixtures("company")
@pytest.mark.parametrize("door", [on_the_journey, on_the_broadcast, on_the_command_line])
@pytest.mark.parametrize(
    ("fault", "told"), [(without_address, "no postal address"), (unread, "Somebody else must read")]
)
def test_every_door_refuses(door: Callable[[], str], fault: Callable[[], None], told: str) -> None:
    if door is on_the_broadcast:
        day = (datetime.now(UTC) + timedelta(days=9)).date().isoformat()
        saved(entry={"once": {"date": day, "at": "10:00"}})
    fault()
    assert told in door()
    assert status() == "draft"


def to_nobody() -> None:
    tell = {"type": "notify", "to": "nobody@example.com", "text": "Look", "next": "done"}
    steps = {"letter": LETTER | {"next": "tell"}, "tell": tell, "done": {"type": "exit"}}
    saved(steps=steps)


def without_text() -> None:
    saved(steps={"letter": LETTER | {"template": "nosuch"}, "done": {"type": "exit"}})


def by_sms() -> None:
    saved(steps={"letter": LETTER | {"channel": "sms"}, "done": {"type": "exit"}})


@pytest.mark.usefixtures("company")
@pytest.mark.parametrize("fault", [without_address, unread, to_nobody, without_text, by_sms])
def test_what_a_launch_is_refused_for_is_known_before_it(fault: Callable[[], None]) -> None:
    def found() -> list[Gate]:
        wanted = journeys.journey("trial").summary.definition
        assert wanted is not None
        return gates(wanted, now=NOW)

    assert found() == []
    fault()
    (gate,) = found()
    with pytest.raises(TactfulError):
        launch("trial", by="max", now=NOW)
    assert gate.text == ("thank-you-how-to-use" if fault in {without_address, unread} else "")


@pytest.mark.usefixtures("company")
@pytest.mark.parametrize(("page", "act"), [("/journeys/trial/", "Activate"), ("/broadcasts/trial/", "Schedule")])
def test_the_page_says_what_stops_a_launch_and_the_button_cannot_be_pressed(page: str, act: str) -> None:
    day = (datetime.now(UTC) + timedelta(days=9)).date().isoformat()
    saved(entry={"once": {"date": day, "at": "10:00"}})
    who = browser()
    assert "What stops it" not in who.get(page).content.decode()
    unread()
    said = who.get(page).content.decode()
    assert 'disabled aria-describedby="not-yet"' in said
    assert "Not yet: 1 thing stops it" in said
    assert '<a href="/content/thank-you-how-to-use/">Thanks</a></b>: somebody else must read it first.' in said
    assert f"{act}…" in said


@pytest.mark.usefixtures("company")
class TestAJourneyAtWork:
    def changed(self, **changes: Any) -> None:
        way = {"slug": "trial", "start": "letter", "steps": {"letter": LETTER, "done": {"type": "exit"}}, **changes}
        keep(definition(**way), by="max", now=NOW)

    def test_takes_no_new_text_that_would_not_be_launched(self) -> None:
        launch("trial", by="max", now=NOW)
        without_address()
        with pytest.raises(Conflict, match="no postal address"):
            self.changed(steps={"letter": LETTER | {"template": "how-was-it"}, "done": {"type": "exit"}})
        assert journeys.journey("trial").summary.version == 1

    def test_may_be_changed_otherwise(self) -> None:
        launch("trial", by="max", now=NOW)
        without_address()
        self.changed(priority=7)
        assert journeys.journey("trial").summary.version == 2

    def test_a_draft_takes_any_text(self) -> None:
        without_address()
        self.changed(steps={"letter": LETTER | {"template": "how-was-it"}, "done": {"type": "exit"}})
        assert journeys.journey("trial").summary.version == 2


@pytest.mark.usefixtures("company")
class TestATextAtWork:
    def save(self, mjml: str) -> None:
        with changing_text("thank-you-how-to-use"):
            old = content.text("thank-you-how-to-use").texts["en"]
            texts.save_text(
                slug="thank-you-how-to-use", name="Thanks", text=replace(old, mjml=mjml), now=NOW, by="max"
            )

    def mjml(self) -> str:
        return content.text("thank-you-how-to-use").texts["en"].mjml

    def test_is_not_given_what_would_not_be_launched(self) -> None:
        launch("trial", by="max", now=NOW)
        was = self.mjml()
        with pytest.raises(Conflict, match="“Cart” sends this text now"):
            self.save(WITHOUT_A_WAY_OUT)
        assert self.mjml() == was

    def test_may_be_mended_where_it_had_a_fault_before(self) -> None:
        launch("trial", by="max", now=NOW)
        without_address()
        self.save(self.mjml().replace("</mj-body>", "<mj-section></mj-section></mj-body>"))
        assert "<mj-section></mj-section>" in self.mjml()

    def test_of_a_draft_may_say_anything(self) -> None:
        self.save(WITHOUT_A_WAY_OUT)
        assert self.mjml() == WITHOUT_A_WAY_OUT


def broadcast(**changes: Any) -> None:
    once = {"once": {"date": "2026-11-24", "at": "10:00", "zone": "company"}}
    saved(**({"entry": once, "topic": "tips", "exit": []} | changes))


def join(*users: str, topic: str) -> None:
    for user in users:
        said = {"type": "identify", "userId": user, "traits": {"email": f"{user}@example.com"}}
        consent = {
            "type": "track",
            "userId": user,
            "event": "Consent Given",
            "properties": {"channel": "email", "topic": topic, "method": "form", "text": "Yes"},
        }
        for number, body in enumerate((said, consent)):
            payload = json.dumps({**body, "messageId": f"{user}{number}", "timestamp": NOW.isoformat()})
            log.append([("api:shop", False, payload)], now=NOW)
    react.drain(now=NOW)


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("company")
def test_a_launch_keeps_whom_it_found_and_the_page_shows_it_though_the_base_grows() -> None:
    join("anna", "ben", topic="tips")
    join("cleo", topic="news")
    broadcast()
    launch("trial", by="max", now=LATER)
    join("dora", "emil", topic="tips")
    (kept,) = Launch.objects.all()
    assert (kept.audience, kept.reached, kept.by, kept.at) == (3, 2, "max", LATER)
    page = " ".join(browser().get("/broadcasts/trial/").content.decode().split())
    assert "3 customers</b> were meant" in page
    assert "5 customers</b> are meant" in page


@pytest.mark.usefixtures("company")
def test_to_go_on_after_a_pause_is_no_launch_and_a_change_is_one() -> None:
    broadcast()
    launch("trial", by="max", now=NOW)
    services.pause("trial", now=NOW)
    launch("trial", by="max", now=NOW)
    assert Launch.objects.count() == 1
    source = journeys.journey("trial").summary.source
    keep({**source, "name": "Another"}, by="ida", now=NOW)
    assert [one.by for one in Launch.objects.order_by("pk")] == ["max", "ida"]


@pytest.mark.usefixtures("company")
@pytest.mark.parametrize("page", ["/journeys/trial/", "/broadcasts/trial/"])
def test_the_dialog_before_a_launch_names_both_holdouts_and_a_service_has_only_its_own(page: str) -> None:
    experiments.set_holdout(0.05, now=NOW)
    reader, goal = browser(), {"event": "Order Completed", "within_days": 7}
    for category, house in (("information", True), ("service", False)):
        broadcast(holdout=0.1, goal=goal, category=category)
        told = reader.get(page).content.decode().replace("\u202f", " ").replace("\xa0", " ")
        assert "10 % of those who enter are left alone by its own holdout" in told
        assert ("5.0 % of all customers get nothing by the holdout of the whole house" in told) is house

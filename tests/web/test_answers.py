"""What the screens answer without a browser: on an empty house, to each role, and when something is wrong."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from django.http import HttpRequest
from django.test import Client, RequestFactory
from django.urls import reverse
from tests.web.staff import signed_in

from tactful.flows import setting_up
from tactful.jobs import services as jobs
from tactful.journeys import queries as journeys
from tactful.journeys import services as journeys_written
from tactful.team import queries as team
from tactful.team import services as staff
from tactful.web.views import errors, mailbox

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
pytestmark = pytest.mark.django_db(transaction=True)

EMPTY = {
    "home": "Nobody is here yet",
    "customers": "Nobody yet",
    "segments": "No segments yet",
    "segment-new": "What it says",
    "segments-compare": "Choose two to 8",
    "lifecycle": "Nobody went from one stage to another",
    "stage-new": "It becomes the last stage",
    "journeys": "No journeys yet",
    "decisions": "No decisions here",
    "mailbox": "No messages here",
    "tasks": "Nothing to do",
    "measures": "Bought a second time",
    "data": "Nothing has arrived",
    "data-rejected": "Nothing was turned away",
    "data-machinery": "waiting to be worked in",
    "settings": "Company name",
    "settings-restraint": "Frequency caps",
    "settings-sending": "local mailbox",
    "settings-keys": "No keys yet",
    "settings-people": "Staff",
    "settings-history": "Nothing changed yet",
}


@pytest.fixture
def house(transactional_db: None) -> None:
    setting_up.prepare(now=NOW)


def test_an_empty_house_says_what_belongs_on_each_screen(house: None) -> None:
    client = signed_in("admin")
    for name, says in EMPTY.items():
        answer = client.get(reverse(name))
        assert answer.status_code == 200, name
        assert says in answer.content.decode(), name
        assert answer["Cache-Control"] == "private, no-store", name


def test_a_filter_gets_the_results_alone(house: None) -> None:
    answer = signed_in("analyst").get(reverse("customers"), headers={"HX-Request": "true"})
    text = answer.content.decode()
    assert "<html" not in text
    assert "Nobody yet" in text
    assert "HX-Request" in answer["Vary"]


def test_only_an_administrator_changes_settings(house: None) -> None:
    client = signed_in("marketer")
    client.post(reverse("settings"), {"name": "Mine"})
    assert team.workspace().name == "My company"
    assert client.post(reverse("settings-keys"), {"name": "Mine"}).status_code == 200
    assert team.api_keys() == []
    assert client.post(reverse("settings-test"), {"address": "me@example.com"}).status_code == 403


@pytest.mark.parametrize(("role", "status"), [("marketer", "active"), ("analyst", "draft"), ("sales", "draft")])
def test_only_editors_switch_journeys(house: None, role: str, status: str) -> None:
    journeys_written.install_ready(now=NOW)
    staff.save_workspace(replace(team.workspace(), postal_address="Harbour Road 1, 20457 Hamburg"))
    answer = signed_in(role).post(reverse("journey-switch", args=["after-first-purchase", "activate"]))
    assert answer.status_code == (302 if status == "active" else 403)
    assert journeys.journey("after-first-purchase").summary.status == status


def test_what_is_changed_stands_in_the_history(house: None) -> None:
    client = signed_in("admin")
    client.post(reverse("settings-restraint"), {"which": "quiet", "start": "22:00", "end": "07:00"})
    assert [(row.actor, row.action) for row in team.audits()] == [("admin@example.com", "quiet changed")]


def test_a_password_of_the_mail_server_is_neither_shown_nor_kept_in_the_history(house: None) -> None:
    client = signed_in("admin")
    typed = {
        "provider": "smtp",
        "from_address": "hello@example.com",
        "smtp_host": "smtp.example.com",
        "smtp_port": "587",
        "smtp_security": "starttls",
        "smtp_user": "me",
        "smtp_password": "hush-hush",
    }
    assert client.post(reverse("settings-sending"), typed).status_code == 302
    assert "hush-hush" not in client.get(reverse("settings-sending")).content.decode()
    assert "hush-hush" not in client.get(reverse("settings-history")).content.decode()
    client.post(reverse("settings-sending"), typed | {"smtp_password": "", "smtp_port": "588"})
    from tactful.delivery.queries import sender  # noqa: PLC0415 -- beside its only use

    assert (sender().smtp_password, sender().smtp_port) == ("hush-hush", 588)


def test_running_work_is_shown_and_can_be_stopped(house: None) -> None:
    client = signed_in("admin")
    with jobs.long_work("import", "Orders of 2025", total=200, now=lambda: NOW) as (progress, _):
        progress.advance(50)
        assert "25\u00a0%" in client.get(reverse("home")).content.decode()
        client.post(reverse("cancel-work", args=[progress.id]))
        assert not progress.advance(1)
    assert "Orders of 2025" not in client.get(reverse("works")).content.decode()


@pytest.mark.parametrize(
    "path",
    [
        "/customers/77/",
        "/segments/none/",
        "/journeys/none/",
        "/decisions/7/",
        "/mailbox/7/",
        "/tasks/7/",
        "/nowhere",
    ],
)
def test_what_is_not_there_is_said_kindly(house: None, path: str) -> None:
    answer = signed_in("admin").get(path)
    assert answer.status_code == 404
    assert "There is nothing here" in answer.content.decode()


def test_a_form_that_was_open_too_long_says_what_to_do(house: None) -> None:
    staff.create_user(email="a@example.com", password="tea-without-spam", role="admin", now=NOW)
    answer = Client(enforce_csrf_checks=True).post(
        reverse("sign-in"), {"username": "a@example.com", "password": "x"}
    )
    assert answer.status_code == 403
    assert "open for too long" in answer.content.decode()


def test_guessers_are_locked_out_for_a_while(house: None) -> None:
    staff.create_user(email="a@example.com", password="tea-without-spam", role="admin", now=NOW)
    client = Client()
    for _ in range(9):
        answer = client.post(reverse("sign-in"), {"username": "a@example.com", "password": "guess"})
    assert answer.status_code == 429
    assert "Too many attempts" in answer.content.decode()


def test_a_fault_of_ours_is_said_without_details() -> None:
    request: HttpRequest = RequestFactory().get("/")
    answer = errors.broken(request)
    assert answer.status_code == 500
    assert "nothing was sent" in answer.content.decode()


@pytest.mark.parametrize(
    ("written", "seen"),
    [
        ('<img src="https://elsewhere.example/x.png" width="1">', "elsewhere"),
        ("<img width=1 src='http://127.0.0.1:8000/o/token.gif'>", "/o/token"),
        ('<IMG SRC="//cdn.example/x.png">', "cdn.example"),
        ('<style>@import url("https://fonts.example/css");p{color:red}</style>', "fonts.example"),
        ('<link rel="stylesheet" href="https://fonts.example/css">', "fonts.example"),
    ],
)
def test_a_look_by_staff_fetches_nothing(written: str, seen: str) -> None:
    assert seen in written
    assert seen not in mailbox.sealed(written)


def test_a_sealed_message_keeps_its_own_pictures_and_words() -> None:
    kept = '<p>Hello</p><img src="data:image/png;base64,AAAA">'
    assert mailbox.sealed(kept) == kept


def test_our_own_images_are_shown_in_the_copy_of_a_message() -> None:
    ours = "/i/251c926696a457088869f623d4f5076c.png"
    assert (
        mailbox.sealed(f'<img alt="tea" src="https://mail.shop.example{ours}">') == f'<img alt="tea" src="{ours}">'
    )
    assert "pixel" not in mailbox.sealed('<img src="https://mail.shop.example/o/pixel.gif">')

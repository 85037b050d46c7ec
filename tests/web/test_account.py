"""My account: times in the reader's own zone, and a password that nobody else knows."""

import json
from datetime import UTC, datetime

import pytest
from django.contrib.auth import get_user_model
from django.test import Client
from django.urls import reverse

from tactful.events import services as events
from tactful.flows import setting_up
from tactful.team import queries as team
from tactful.team import services as staff

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
pytestmark = pytest.mark.django_db(transaction=True)
ADDRESS, PASSWORD = "ann@example.com", "tea-without-spam"
NEW = {"old_password": PASSWORD, "new_password1": "a-kettle-on-the-hob", "new_password2": "a-kettle-on-the-hob"}


@pytest.fixture
def ann() -> Client:
    setting_up.prepare(now=NOW)
    staff.create_user(email=ADDRESS, password=PASSWORD, role="admin", name="Ann", now=NOW)
    return at_the_door(PASSWORD)


def at_the_door(password: str, email: str = ADDRESS) -> Client:
    client = Client()
    client.post(reverse("sign-in"), {"username": email, "password": password})
    return client


def history(client: Client) -> str:
    return client.get(reverse("settings-history")).content.decode()


def test_times_are_in_the_zone_that_the_reader_has_chosen_and_in_the_companys_before(ann: Client) -> None:
    staff.audit(actor="x", action="noted", subject="y", now=NOW)
    assert "Sun 22 Nov 2026, 12:00 UTC" in history(ann)
    answer = ann.post(reverse("account"), {"name": "Anna", "zone": "Asia/Tokyo"}, follow=True)
    assert "Times on every screen" in answer.content.decode()
    assert "Sun 22 Nov 2026, 21:00 Asia/Tokyo" in history(ann)
    assert "Anna" in history(ann)
    staff.create_user(email="bob@example.com", password=PASSWORD, role="analyst", now=NOW)
    assert "Sun 22 Nov 2026, 12:00 UTC" in history(at_the_door(PASSWORD, "bob@example.com"))


def test_a_part_of_a_page_is_in_the_readers_zone_too(ann: Client) -> None:
    staff.change_account(team.users()[0].id, name="Ann", zone_name="Asia/Tokyo")
    events.append([("api:shop", False, "{not json")], now=NOW)
    from tactful.flows import react  # noqa: PLC0415 -- beside its only use

    react.drain(now=NOW)
    part = ann.get(reverse("data-rejected"), headers={"HX-Request": "true"}).content.decode()
    assert "Asia/Tokyo" in part


def test_a_zone_that_is_none_is_said_beside_the_field_and_what_was_typed_stays(ann: Client) -> None:
    answer = ann.post(reverse("account"), {"name": "Ann", "zone": "Moon/Sea"})
    assert answer.status_code == 422
    assert "not a time zone" in answer.content.decode()
    assert "Moon/Sea" in answer.content.decode()
    assert team.users()[0].zone == ""


def test_the_own_password_is_changed_the_session_stays_and_others_end(ann: Client) -> None:
    elsewhere = at_the_door(PASSWORD)
    answer = ann.post(reverse("account-password"), NEW, follow=True)
    assert "Your password is changed" in answer.content.decode()
    assert elsewhere.get(reverse("home")).status_code == 302
    assert at_the_door(NEW["new_password1"]).get(reverse("home")).status_code == 200
    assert at_the_door(PASSWORD).get(reverse("home")).status_code == 302
    text = history(ann)
    assert "own password changed" in text
    assert NEW["new_password1"] not in text


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"old_password": "a guess"}, "not your current password"),
        ({"new_password2": "something else"}, "two do not match"),
        ({"new_password1": "short", "new_password2": "short"}, "at least 8 characters"),
        ({"new_password1": "password", "new_password2": "password"}, "too common"),
        ({"new_password1": "4711081523", "new_password2": "4711081523"}, "entirely numeric"),
        ({"new_password1": "ann@example.co", "new_password2": "ann@example.co"}, "too similar"),
        ({"new_password1": PASSWORD, "new_password2": PASSWORD}, "choose another"),
        ({"new_password1": ""}, "required"),
    ],
)
def test_a_password_that_will_not_do_is_said_and_nothing_changes(
    ann: Client, typed: dict[str, str], said: str
) -> None:
    answer = ann.post(reverse("account-password"), NEW | typed)
    assert answer.status_code == 422
    assert said in answer.content.decode()
    assert at_the_door(PASSWORD).get(reverse("home")).status_code == 200


def test_who_comes_in_with_a_password_that_others_know_chooses_his_own_first(ann: Client) -> None:
    made = staff.add_colleague(email="bea@example.com", name="Bea", role="sales", now=NOW)
    bea = at_the_door(made, "bea@example.com")
    for name in ("home", "customers", "tasks"):
        assert bea.get(reverse(name))["Location"] == reverse("account")
    assert bea.post(reverse("works"))["Location"] == reverse("account")
    assert "Choose a password of your own first" in bea.get(reverse("account")).content.decode()
    same = {"old_password": made, "new_password1": made, "new_password2": made}
    assert "choose another" in bea.post(reverse("account-password"), same).content.decode()
    assert bea.post(reverse("account-password"), NEW | {"old_password": made})["Location"] == reverse("home")
    assert bea.get(reverse("home")).status_code == 200


def test_who_must_choose_a_password_can_still_leave(ann: Client) -> None:
    made = staff.add_colleague(email="bea@example.com", name="Bea", role="sales", now=NOW)
    bea = at_the_door(made, "bea@example.com")
    assert bea.post(reverse("sign-out"))["Location"] == reverse("sign-in")
    assert bea.get(reverse("account"))["Location"].startswith("/sign-in/")


def test_what_nobody_typed_is_refused_and_not_a_fault_of_ours(ann: Client) -> None:
    for data in ({}, {"name": "\0"}, {"name": "x" * 999, "zone": "../../etc/passwd"}, {"zone": json.dumps([])}):
        assert ann.post(reverse("account"), data).status_code == 422
    assert ann.get(reverse("account-password")).status_code == 405
    assert get_user_model().objects.get().name == "Ann"

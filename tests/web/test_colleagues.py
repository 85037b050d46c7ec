"""Settings, Staff: an administrator adds, changes and switches off colleagues; everybody else reads."""

import re
from datetime import UTC, datetime

import pytest
from django.test import Client
from django.urls import reverse
from tests.web.staff import signed_in

from tactful.flows import setting_up
from tactful.team import queries as team

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
pytestmark = pytest.mark.django_db(transaction=True)
BEA = {"email": "Bea@example.com", "name": "Bea", "role": "sales"}
SHOWN = re.compile(r'<code id="new-password">([^<]{16})</code>')


@pytest.fixture(autouse=True)
def company(transactional_db: None) -> None:
    setting_up.prepare(now=NOW)


def number(email: str) -> int:
    found = team.user(email)
    assert found is not None
    return found.id


def password_in(text: str) -> str:
    found = SHOWN.search(text)
    assert found is not None
    return found[1]


def comes_in(password: str) -> Client | None:
    """Bea at the door."""
    client = Client()
    answer = client.post(reverse("sign-in"), {"username": "bea@example.com", "password": password})
    return client if answer.status_code == 302 else None


def test_a_colleague_is_added_and_comes_in_with_a_password_that_is_shown_once() -> None:
    admin = signed_in("admin")
    answer = admin.post(reverse("settings-people"), BEA)
    password = password_in(answer.content.decode())
    assert comes_in(password) is not None
    assert not SHOWN.search(admin.get(reverse("settings-people")).content.decode())
    history = admin.get(reverse("settings-history")).content.decode()
    assert "colleague added" in history
    assert password not in history


def test_what_makes_no_colleague_is_said_and_what_was_typed_stays() -> None:
    admin = signed_in("admin")
    for typed, said in (
        ({"email": "bea"}, "Enter a valid email address"),
        ({"name": ""}, "This field is required"),
        ({"email": "admin@example.com"}, "admin@example.com has an account already"),
    ):
        answer = admin.post(reverse("settings-people"), BEA | typed)
        text = answer.content.decode()
        assert answer.status_code == 422
        assert said in text
        assert (BEA | typed)["email"] in text
    assert len(team.users()) == 1


def test_a_role_is_changed_and_who_is_switched_off_is_out_at_once() -> None:
    admin = signed_in("admin")
    bea = comes_in(password_in(admin.post(reverse("settings-people"), BEA).content.decode()))
    assert bea is not None
    assert bea.get(reverse("account")).status_code == 200
    address = reverse("settings-person", args=[number("bea@example.com")])
    assert "bea@example.com" in admin.get(address).content.decode()
    assert admin.post(address, {"name": "Beate", "role": "analyst", "is_active": "on"}).status_code == 302
    assert ("Beate", "analyst") in [(row.name, row.role) for row in team.users()]
    admin.post(address, {"name": "Beate", "role": "analyst"})
    assert bea.get(reverse("account"))["Location"].startswith("/sign-in/")
    assert [row.action for row in team.audits()][:2] == ["colleague changed", "colleague changed"]


def test_a_lost_password_is_replaced_and_the_old_one_ends() -> None:
    admin = signed_in("admin")
    first = password_in(admin.post(reverse("settings-people"), BEA).content.decode())
    bea = comes_in(first)
    address = reverse("settings-password", args=[number("bea@example.com")])
    second = password_in(admin.post(address).content.decode())
    assert bea is not None
    assert bea.get(reverse("home")).status_code == 302
    assert comes_in(first) is None
    assert comes_in(second) is not None
    own = reverse("settings-password", args=[number("admin@example.com")])
    assert "Your own password stays" in admin.post(own, follow=True).content.decode()


def test_nobody_switches_himself_off_and_the_last_administrator_stays_one() -> None:
    admin = signed_in("admin")
    address = reverse("settings-person", args=[number("admin@example.com")])
    off = admin.post(address, {"name": "Ada", "role": "admin"})
    assert off.status_code == 422
    assert "You cannot switch yourself off" in off.content.decode()
    demoted = admin.post(address, {"name": "Ada", "role": "sales", "is_active": "on"})
    assert "admin@example.com is the last administrator" in demoted.content.decode()
    assert [(row.role, row.is_active) for row in team.users()] == [("admin", True)]


@pytest.mark.parametrize("role", ["marketer", "sales", "service", "analyst"])
def test_others_read_who_is_there_and_change_nobody(role: str) -> None:
    client = signed_in(role)
    text = client.post(reverse("settings-people"), BEA).content.decode()
    assert f"{role}@example.com" in text
    assert "Add the colleague" not in text
    own = number(f"{role}@example.com")
    for name in ("settings-person", "settings-password"):
        assert client.post(reverse(name, args=[own]), {"name": "x", "role": "admin"}).status_code == 403
    assert [(row.email, row.role) for row in team.users()] == [(f"{role}@example.com", role)]
    assert signed_in("admin").get(reverse("settings-person", args=[0])).status_code == 404

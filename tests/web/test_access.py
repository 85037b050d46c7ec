"""Who may call what. A view that does not say so fails here."""

from collections.abc import Iterator

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from tactful.team import models as team_models  # noqa: F401 -- the user model must be loaded
from tactful.web.access import EVERYBODY


def patterns(resolver: URLResolver, before: str = "") -> Iterator[tuple[str, URLPattern]]:
    for pattern in resolver.url_patterns:
        path = before + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from patterns(pattern, path)
        else:
            yield path, pattern


ALL = dict(patterns(get_resolver()))
OWN = {path: one for path, one in ALL.items() if one.callback.__module__.startswith("tactful.web.")}
VALUES = {
    "customer_id": 1,
    "delivery_id": 1,
    "decision_id": 1,
    "task_id": 1,
    "work_id": 1,
    "key_id": 1,
    "merge_id": 1,
    "user_id": 1,
    "call_id": 1,
    "slug": "asleep",
    "act": "pause",
    "name": "repeat_revenue",
    "experiment_id": 1,
    "brake_id": 1,
    "reply_id": 1,
    "number": 1,
}


@pytest.mark.parametrize("path", ALL)
def test_every_address_declares_who_may_call_it(path: str) -> None:
    assert getattr(ALL[path].callback, "access", ()), f"/{path} is open to nobody knows whom"


def address(pattern: URLPattern) -> str:
    wanted = {name: VALUES[name] for name in pattern.pattern.converters}
    assert pattern.name
    return reverse(pattern.name, kwargs=wanted)


@pytest.mark.parametrize("path", [path for path, one in OWN.items() if EVERYBODY not in one.callback.access])
@pytest.mark.django_db
def test_a_stranger_is_led_to_the_sign_in(client: Client, path: str) -> None:
    answer = client.get(address(OWN[path]))
    assert answer.status_code == 302
    assert answer["Location"].startswith("/sign-in/")


@pytest.mark.parametrize("path", [path for path, one in OWN.items() if EVERYBODY not in one.callback.access])
@pytest.mark.django_db
def test_a_stranger_cannot_post(client: Client, path: str) -> None:
    answer = client.post(address(OWN[path]), {"name": "x", "which": "cap"})
    assert answer.status_code == 302
    assert answer["Location"].startswith("/sign-in/")

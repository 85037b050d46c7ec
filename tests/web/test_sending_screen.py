"""The settings of sending: what is chosen there has its effect, and secrets stay here."""

from collections.abc import Sequence
from datetime import UTC, datetime

import pytest
from django.test import Client
from django.urls import reverse
from tests.web.staff import signed_in

from tactful.delivery import paces, queries, signing
from tactful.flows import setting_up
from tactful.web.views import sending

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
URL = "settings-sending"
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def company(db: None) -> None:
    setting_up.prepare(now=NOW)


def page(client: Client) -> str:
    return client.get(reverse(URL)).content.decode()


def test_a_mail_service_is_chosen_with_its_key_which_is_never_shown() -> None:
    client = signed_in("admin")
    typed = {
        "which": "sender", "provider": "postmark", "from_address": "hello@example.com", "smtp_port": "587",
        "smtp_security": "starttls", "postmark-server_token": "hush-hush", "postmark-message_stream": "news",
    }  # fmt: skip
    assert client.post(reverse(URL), typed).status_code == 302
    assert queries.sender().options == {"server_token": "hush-hush", "message_stream": "news"}
    shown = page(client)
    assert "hush-hush" not in shown + client.get(reverse("settings-history")).content.decode()
    assert 'value="news"' in shown
    client.post(reverse(URL), typed | {"postmark-server_token": "", "postmark-message_stream": ""})
    assert queries.sender().options == {"server_token": "hush-hush"}


def test_a_mail_service_without_its_key_is_told_and_what_was_typed_stays() -> None:
    typed = {
        "which": "sender", "provider": "brevo", "from_address": "kept@example.com", "smtp_port": "587",
        "smtp_security": "starttls",
    }  # fmt: skip
    answer = signed_in("admin").post(reverse(URL), typed)
    assert answer.status_code == 422
    assert "Brevo needs its API key" in answer.content.decode()
    assert "kept@example.com" in answer.content.decode()
    assert queries.sender().provider == "mailbox"


def test_a_key_is_made_shown_checked_and_retired(monkeypatch: pytest.MonkeyPatch) -> None:
    client = signed_in("admin")
    client.post(reverse(URL), {"which": "dkim", "algorithm": "ed25519"})
    (key,) = signing.keys_of(queries.sender())
    assert key.record in page(client)
    assert key.record_name in page(client)
    records: list[str] = []

    def lookup(name: str) -> Sequence[str]:
        return records

    monkeypatch.setattr(sending, "texts", lookup)
    act = reverse("settings-dkim", args=[key.id])
    client.post(act, {"act": "check"})
    assert signing.keys_for(queries.sender()) == []
    assert "Nothing is published there yet" in page(client)
    records.append(key.record)
    client.post(act, {"act": "check"})
    assert len(signing.keys_for(queries.sender())) == 1
    client.post(act, {"act": "retire"})
    assert signing.keys_for(queries.sender()) == []
    assert client.post(reverse("settings-dkim", args=[999]), {"act": "check"}).status_code == 302


def test_limits_and_a_warm_up_are_kept_and_shown() -> None:
    client = signed_in("admin")
    typed = {"which": "limits", "per_second": "14", "warm_up": "on", "first": "100", "growth": "50", "goal": "1000"}
    assert client.post(reverse(URL), typed).status_code == 302
    limits = paces.provider_limits("mailbox")
    assert (limits.per_second, limits.per_minute) == (14, None)
    assert limits.warm_up is not None
    assert "day 1: 0 of 100 marketing messages today" in page(client)
    assert client.post(reverse(URL), typed | {"goal": "50"}).status_code == 422


def test_a_pace_is_set_for_a_domain_and_taken_away() -> None:
    client = signed_in("admin")
    smtp = {
        "which": "sender", "provider": "smtp", "from_address": "hello@example.com", "smtp_host": "mail.example",
        "smtp_port": "587", "smtp_security": "starttls", "smtp_connections": "2",
    }  # fmt: skip
    client.post(reverse(URL), smtp)
    assert queries.sender().smtp_connections == 2
    assert "Gmail" in page(client)
    client.post(reverse(URL), {"which": "pace", "domain": "firma.example", "per_minute": "10"})
    assert "firma.example" in page(client)
    client.post(reverse("settings-pace"), {"domain": "firma.example"})
    assert "firma.example" not in [row.name for row in paces.paces(NOW)]
    assert (
        client.post(reverse(URL), {"which": "pace", "domain": "no domain", "per_minute": "10"}).status_code == 422
    )


def test_only_administrators_change_how_mail_leaves() -> None:
    client = signed_in("marketer")
    client.post(reverse(URL), {"which": "limits", "per_second": "1", "first": "1", "growth": "5", "goal": "2"})
    assert paces.provider_limits("mailbox").per_second is None
    assert client.post(reverse("settings-pace"), {"domain": "x.example"}).status_code == 403

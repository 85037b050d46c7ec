"""Mail that comes in by SMTP is taken, refused, or kept by its sender for later."""

import smtplib
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from aiosmtpd.controller import Controller
from django.db import OperationalError

from tactful.flows import inbound as flow
from tactful.flows.inbound import Received
from tactful.kernel.clock import VirtualClock
from tactful.kernel.errors import InvalidInput
from tactful.worker import inbound

NOW = datetime(2026, 3, 2, 10, tzinfo=UTC)
RAW = "From: ada@example.com\r\nTo: hello@shop.example\r\nSubject: Hi\r\n\r\nHello\r\n"


class _Anywhere(Controller):
    def _trigger_server(self) -> None:
        assert self.server is not None
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()


@pytest.fixture
def port(monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    monkeypatch.setattr(inbound, "Controller", _Anywhere)
    server = inbound.controller(VirtualClock(NOW), host="127.0.0.1", port=0)
    server.start()
    yield server.port
    server.stop()


def bring(port: int) -> None:
    with smtplib.SMTP("127.0.0.1", port) as client:
        client.sendmail("", ["b+token@shop.example"], RAW)


def test_a_message_is_handed_over_with_the_address_it_came_to(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = []

    def receive(raw: bytes, *, envelope_to: list[str], now: datetime) -> Received:
        seen.append((raw, envelope_to, now))
        return Received("reply", 1)

    monkeypatch.setattr(flow, "receive", receive)
    bring(port)
    assert seen == [(RAW.encode(), ["b+token@shop.example"], NOW)]


@pytest.mark.parametrize(
    ("fault", "code"), [(InvalidInput("no message"), 554), (OperationalError("away"), 451), (KeyError("x"), 451)]
)
def test_what_cannot_be_taken_now_is_kept_by_its_sender(
    port: int, monkeypatch: pytest.MonkeyPatch, fault: Exception, code: int
) -> None:
    def receive(*_given: object, **_named: object) -> Received:
        raise fault

    monkeypatch.setattr(flow, "receive", receive)
    with pytest.raises(smtplib.SMTPDataError) as refused:
        bring(port)
    assert refused.value.smtp_code == code

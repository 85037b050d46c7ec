"""Mail servers that bring mail may speak TLS, with the company's own certificate."""

import shutil
import smtplib
import ssl
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from structlog.testing import capture_logs
from tests.certificates import write_certificate
from tests.worker.test_inbound_mail import RAW, _Anywhere

from tactful.delivery.tls import OwnCertificate
from tactful.flows import inbound as flow
from tactful.flows.inbound import Received
from tactful.kernel.clock import VirtualClock
from tactful.worker import inbound

NOW = datetime(2026, 3, 2, 10, tzinfo=UTC)
Serve = Callable[[OwnCertificate | None], int]


@pytest.fixture
def taken(monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    seen: list[bytes] = []

    def receive(raw: bytes, *, envelope_to: list[str], now: datetime) -> Received:
        seen.append(raw)
        return Received("reply", 1)

    monkeypatch.setattr(flow, "receive", receive)
    return seen


@pytest.fixture
def serve(monkeypatch: pytest.MonkeyPatch, taken: list[bytes]) -> Iterator[Serve]:
    """Starts the server; gives its port."""
    monkeypatch.setattr(inbound, "Controller", _Anywhere)
    running = []

    def start(own: OwnCertificate | None) -> int:
        server = inbound.controller(VirtualClock(NOW), host="127.0.0.1", port=0, own=own)
        server.start()
        running.append(server)
        return server.port

    yield start
    for server in running:
        server.stop()


def bring(port: int, trusted: Path) -> None:
    with smtplib.SMTP("127.0.0.1", port) as client:
        client.starttls(context=ssl.create_default_context(cafile=str(trusted)))
        client.sendmail("", ["b+token@shop.example"], RAW)


def test_a_server_that_trusts_the_certificate_brings_its_mail_under_tls(
    serve: Serve, taken: list[bytes], tmp_path: Path
) -> None:
    certificate, key = write_certificate(tmp_path)
    bring(serve(OwnCertificate(certificate, key)), certificate)
    assert taken == [RAW.encode()]


def test_old_protocols_are_not_spoken(serve: Serve, tmp_path: Path) -> None:
    own = OwnCertificate(*write_certificate(tmp_path))
    assert own.context.minimum_version >= ssl.TLSVersion.TLSv1_2


def test_a_server_that_speaks_no_tls_is_heard_as_before(serve: Serve, taken: list[bytes], tmp_path: Path) -> None:
    with smtplib.SMTP("127.0.0.1", serve(OwnCertificate(*write_certificate(tmp_path)))) as client:
        client.sendmail("", ["b+token@shop.example"], RAW)
        assert client.has_extn("starttls")
    assert len(taken) == 1


def test_without_a_certificate_starttls_is_not_announced(serve: Serve) -> None:
    with smtplib.SMTP("127.0.0.1", serve(None)) as client:
        client.ehlo()
        assert not client.has_extn("starttls")
        assert client.docmd("STARTTLS")[0] == 454


def test_words_sent_before_tls_are_forgotten_with_it(serve: Serve, tmp_path: Path) -> None:
    certificate, key = write_certificate(tmp_path)
    with smtplib.SMTP("127.0.0.1", serve(OwnCertificate(certificate, key))) as client:
        client.ehlo()
        client.mail("stranger@evil.example")
        client.starttls(context=ssl.create_default_context(cafile=str(certificate)))
        client.ehlo()
        assert client.rcpt("hello@shop.example")[0] == 503


def test_a_handshake_that_fails_harms_nobody_else(serve: Serve, taken: list[bytes], tmp_path: Path) -> None:
    certificate, key = write_certificate(tmp_path)
    port = serve(OwnCertificate(certificate, key))
    stranger, _ = write_certificate(tmp_path, name="stranger")
    with pytest.raises(ssl.SSLCertVerificationError):
        bring(port, stranger)
    bring(port, certificate)
    assert len(taken) == 1


def test_a_renewed_certificate_is_used_without_a_new_start(
    monkeypatch: pytest.MonkeyPatch, taken: list[bytes], tmp_path: Path
) -> None:
    certificate, key = write_certificate(tmp_path)
    new_certificate, new_key = write_certificate(tmp_path, name="new")
    own = OwnCertificate(certificate, key)
    started: list[_Anywhere] = []
    monkeypatch.setattr(inbound, "_LOOK_EVERY", 0.02)
    monkeypatch.setattr(inbound, "Controller", lambda *given, **named: _noted(started, *given, **named))
    stop, looked = threading.Event(), threading.Event()
    follow = inbound._follow
    monkeypatch.setattr(inbound, "_follow", lambda one: (follow(one), looked.set()))
    with capture_logs() as said:
        loop = threading.Thread(
            target=inbound.run, args=(stop,), kwargs={"host": "127.0.0.1", "port": 0, "own": own}
        )
        loop.start()
        try:
            for old, new in ((certificate, new_certificate), (key, new_key)):
                shutil.copy(new, old)
                looked.clear()
                assert looked.wait(5)
                looked.clear()
                assert looked.wait(5)
            bring(started[0].port, new_certificate)
        finally:
            stop.set()
            loop.join()
    assert len(taken) == 1
    assert [one["event"] for one in said if "certificate" in one["event"]] == [
        "certificate not renewed, the one before is used",
        "certificate renewed",
    ]


def _noted(started: list[_Anywhere], *given: object, **named: object) -> _Anywhere:
    server = _Anywhere(*given, **named)  # type: ignore[arg-type]  # as inbound calls it
    started.append(server)
    return server

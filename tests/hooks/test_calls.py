"""Calls to other systems: signed so that a receiver can check it, repeated, never to a private network."""

import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from uuid import uuid4

import pytest
from standardwebhooks import Webhook

from tactful.hooks import client, queries, services
from tactful.hooks.domain.values import Answer, Claimed, NewCall, after
from tactful.hooks.keys import signing_secret
from tactful.kernel import outside

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


class Receiver(HTTPServer):
    """Keeps what it was sent and answers as it is told."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.answers: list[int] = []
        self.heard: list[tuple[dict[str, str], str]] = []


class _Handler(BaseHTTPRequestHandler):
    server: Receiver

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"])).decode()
        self.server.heard.append(({name.lower(): value for name, value in self.headers.items()}, body))
        self.send_response(self.server.answers.pop(0) if self.server.answers else 200)
        self.end_headers()
        self.wfile.write(b"heard")

    def log_message(self, *_args: object) -> None:
        """Nobody reads it."""


@pytest.fixture
def receiver(monkeypatch: pytest.MonkeyPatch) -> Iterator[Receiver]:
    server = Receiver()
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    # The only receiver a test can have is on this machine, where calls must not go.
    monkeypatch.setattr(outside, "public_address", lambda host, port, *, resolve: resolve(host, port)[0])
    yield server
    server.shutdown()
    thread.join()


def queued(url: str) -> None:
    services.queue([NewCall(uuid4(), url, {"type": "t", "data": {"a": "ü"}}, 1, 2, 3, "call", NOW)])


def made(now: datetime = NOW) -> queries.CallRow:
    services.settle(client.send(services.claim(limit=9, now=now), secret=signing_secret(), now=now), now=now)
    (call,) = queries.calls()
    return call


@pytest.mark.django_db
class TestCalling:
    def test_a_receiver_can_check_who_calls(self, receiver: Receiver) -> None:
        queued(f"http://127.0.0.1:{receiver.server_port}/hook?x=1")
        call = made(datetime.now(UTC))  # the library's verifier asks the clock on the wall
        assert (call.state, call.status, call.answer, call.attempts) == ("done", 200, "heard", 1)
        ((headers, body),) = receiver.heard
        assert Webhook(signing_secret()).verify(body, headers) == {"type": "t", "data": {"a": "ü"}}
        with pytest.raises(Exception, match="signature"):
            Webhook(signing_secret()).verify(body + " ", headers)

    def test_a_call_that_fails_is_made_again_with_the_same_id(self, receiver: Receiver) -> None:
        receiver.answers = [500]
        queued(f"http://127.0.0.1:{receiver.server_port}/")
        first = made()
        assert (first.state, first.status, first.due_at) == ("queued", 500, NOW + timedelta(seconds=5))
        assert services.claim(limit=9, now=NOW) == []
        assert made(NOW + timedelta(seconds=5)).state == "done"
        assert len({headers["webhook-id"] for headers, _ in receiver.heard}) == 1

    def test_a_call_whose_worker_died_is_made_by_another_and_the_late_answer_changes_nothing(self) -> None:
        queued("http://example.com/")
        (dead,) = services.claim(limit=9, now=NOW)
        assert services.claim(limit=9, now=NOW + timedelta(minutes=1)) == []
        (again,) = services.claim(limit=9, now=NOW + timedelta(minutes=3))
        assert (again.key, again.attempt) == (dead.key, 2)
        services.settle([Answer(dead.id, dead.attempt, 500, "")], now=NOW)
        services.settle([Answer(again.id, again.attempt, 200, "")], now=NOW)
        assert queries.calls()[0].state == "done"

    def test_the_same_wish_is_one_call(self) -> None:
        call = NewCall(uuid4(), "http://example.com/", {}, 1, 2, 3, "call", NOW)
        services.queue([call, call])
        services.queue([call])
        assert len(queries.calls()) == 1


@pytest.mark.parametrize(
    "address", ["127.0.0.1", "10.1.2.3", "169.254.169.254", "::1", "192.168.0.1", "100.64.0.1", "::ffff:127.0.0.1"]
)
def test_a_private_address_is_refused_and_not_tried_again(address: str) -> None:
    call = Claimed(1, uuid4(), "http://inside.example/", "{}", 1)
    (answer,) = client.send([call], secret=signing_secret(), now=NOW, resolve=lambda *_: [address])
    assert answer.refused
    assert after(answer, now=NOW).state == "failed"


def test_a_name_with_one_private_address_among_public_ones_is_refused() -> None:
    with pytest.raises(outside.Refused):
        outside.public_address("x", 80, resolve=lambda *_: ["93.184.216.34", "127.0.0.1"])


@pytest.mark.parametrize(
    ("attempt", "status", "state", "minutes"),
    [
        (1, 204, "done", None),
        (1, 410, "failed", None),
        (2, 302, "queued", 5),
        (4, 0, "queued", 120),
        (10, 500, "failed", None),
    ],
)
def test_an_answer_decides_what_becomes_of_the_call(
    attempt: int, status: int, state: str, minutes: int | None
) -> None:
    end = after(Answer(1, attempt, status, ""), now=NOW)
    assert (end.state, end.due_at) == (state, NOW + timedelta(minutes=minutes) if minutes else None)

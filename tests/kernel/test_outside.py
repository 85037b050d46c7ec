"""Other sites are asked by one door: bounded, not led on, never in a private network."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from tactful.kernel import outside


class _Site(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        if self.path == "/moved":
            self.send_response(302)
            self.send_header("Location", "http://elsewhere.example/")
            self.end_headers()
            return
        self.send_response(200)
        self.end_headers()
        self.wfile.write(f"{self.headers['Host']} {self.headers['User-Agent']} ".encode() + b"x" * 100_000)

    def log_message(self, *_args: object) -> None:
        """Nobody reads it."""


@pytest.fixture
def port(monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    server = HTTPServer(("127.0.0.1", 0), _Site)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    # The only site a test can have is on this machine, where nothing must be asked.
    monkeypatch.setattr(outside, "public_address", lambda host, port, *, resolve: resolve(host, port)[0])
    yield server.server_port
    server.shutdown()


def ask(url: str, resolve: outside.Resolve, most: int = 1000) -> outside.Answered:
    return outside.ask("GET", url, headers={}, timeout=2, most=most, resolve=resolve)


def test_the_connection_goes_to_the_address_that_was_looked_at_and_the_site_hears_its_own_name(port: int) -> None:
    answer = ask(f"http://shop.example:{port}/", lambda *_: ["127.0.0.1"])
    assert (answer.status, len(answer.body)) == (200, 1000)
    assert answer.body.startswith(f"shop.example:{port} Tactful ".encode())


def test_nobody_is_followed_elsewhere(port: int) -> None:
    answer = ask(f"http://shop.example:{port}/moved", lambda *_: ["127.0.0.1"])
    assert (answer.status, answer.location) == (302, "http://elsewhere.example/")


INSIDE = [
    "127.0.0.1",
    "10.1.2.3",
    "192.168.1.1",
    "169.254.169.254",
    "100.64.0.1",
    "0.0.0.0",  # noqa: S104
    "::1",
    "fd00::1",
    "::ffff:127.0.0.1",
]


@pytest.mark.parametrize("address", INSIDE)
def test_a_private_address_is_refused_even_among_public_ones(address: str) -> None:
    with pytest.raises(outside.Refused):
        ask("https://inside.example/", lambda *_: [address])
    with pytest.raises(outside.Refused):
        ask("https://inside.example/", lambda *_: ["93.184.216.34", address])


@pytest.mark.parametrize("url", ["http://127.0.0.1:99999/", "http://[::1/", "http:///x", "nonsense"])
def test_what_is_no_address_is_not_answered(url: str) -> None:
    with pytest.raises((outside.Unanswered, outside.Refused)):
        ask(url, outside.resolved)

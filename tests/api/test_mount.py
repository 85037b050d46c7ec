"""A WSGI application sees a usual request, and what it answers arrives."""

import asyncio
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tactful.api.mount import Mount

BIG = b"x" * 3_000_000
closed: list[str] = []


class Closing:
    def __init__(self, parts: list[bytes]) -> None:
        self.parts = iter(parts)

    def __iter__(self) -> Iterator[bytes]:
        return self.parts

    def close(self) -> None:
        closed.append("closed")


def app(environ: dict[str, Any], start_response: Any) -> Any:
    path = environ["PATH_INFO"]
    if path == "/echo":
        body = environ["wsgi.input"].read()
        start_response("200 OK", [("Content-Length", str(len(body)))])
        return [body]
    if path == "/environ":
        body = repr(environ).encode()
        start_response(
            "201 Created", [("Content-Length", str(len(body))), ("Set-Cookie", "a=1"), ("Set-Cookie", "b=2")]
        )
        return [body]
    start_response("200 OK", [("Content-Length", str(len(BIG)))] if path == "/long" else [])
    return (
        Closing([b"one ", b"two ", b"three"]) if path == "/stream" else Closing([BIG[:2_000_000], BIG[2_000_000:]])
    )


def ask(method: str, path: str, **options: Any) -> httpx.Response:
    async def within() -> httpx.Response:
        mount = Mount(app, workers=1)
        transport = httpx.ASGITransport(app=mount)  # type: ignore[arg-type]
        async with httpx.AsyncClient(transport=transport, base_url="http://web:81") as client:
            answer = await client.request(method, path, **options)
        mount.close()
        return answer

    return asyncio.run(within())


@pytest.mark.parametrize("body", [b"", b"some", BIG], ids=["empty", "short", "beyond memory"])
def test_a_body_arrives_whole(body: bytes) -> None:
    assert ask("POST", "/echo", content=body).content == body


@pytest.mark.parametrize(
    ("path", "content"),
    [("/stream", b"one two three"), ("/long", BIG), ("/unknown length", BIG)],
)
def test_an_answer_in_parts_arrives_whole_and_is_closed_once(path: str, content: bytes) -> None:
    closed.clear()
    assert ask("GET", path).content == content
    assert closed == ["closed"]


def test_the_request_is_told_in_wsgis_words() -> None:
    headers = [("Cookie", "a=1"), ("Cookie", "b=2"), ("X-Forwarded-For", "1.1.1.1"), ("X_Forwarded_For", "2.2.2.2")]
    answer = ask("PUT", "/environ?q=%C3%BC", headers=headers, content=b"1")
    told = answer.text
    assert answer.status_code == 201
    assert answer.headers.get_list("set-cookie") == ["a=1", "b=2"]
    for words in (
        "'REQUEST_METHOD': 'PUT'",
        "'QUERY_STRING': 'q=%C3%BC'",
        "'CONTENT_LENGTH': '1'",
        "'HTTP_COOKIE': 'a=1; b=2'",
        "'HTTP_X_FORWARDED_FOR': '1.1.1.1'",
        "'SERVER_PORT': '81'",
    ):
        assert words in told

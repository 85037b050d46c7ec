"""Asking another site whether an address answers: one bounded HEAD, never to a private address.

The name is resolved once and the connection goes to that very address, so that a name cannot answer twice.
"""

import ipaddress
import socket
from collections.abc import Callable, Collection
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from urllib.parse import urljoin, urlsplit

import httpx2

from tactful.content.models import TriedLink
from tactful.kernel.errors import InvalidInput

_TIMEOUT = 5.0  # seconds, for each step
_MOST_LINKS = 30
_MOST_HOPS = 4
_AT_ONCE = 6
_GONE = range(400, 600)
_SHY = frozenset({401, 403, 405, 429, 501, 999})  # there, but not for a program that only asks for the head
_PORTS = frozenset({80, 443})

Resolve = Callable[[str, int], list[str]]


class Refused(InvalidInput):
    """This address leads into a private network, where nobody outside can follow it."""


def try_links(urls: Collection[str], *, now: datetime) -> dict[str, str]:
    """Ask each address once and keep how it answered: blank for well, words for what is wrong."""
    some = sorted(set(urls))[:_MOST_LINKS]
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        answers = dict(zip(some, pool.map(answer_of, some), strict=True))
    for url, wrong in answers.items():
        TriedLink.objects.update_or_create(url=url, defaults={"wrong": wrong, "tried_at": now})
    return answers


def answer_of(url: str) -> str:
    """Blank where the address answers, else words for what is wrong."""
    try:
        for _ in range(_MOST_HOPS):
            status, further = _head(url)
            if further is None:
                return "" if status not in _GONE or status in _SHY else f"it answers with the error {status}"
            url = urljoin(url, further)
    except Refused as error:
        return error.message.rstrip(".")
    except (httpx2.HTTPError, httpx2.InvalidURL, OSError, ValueError):
        return "nobody answers there"
    return "it leads from one address to the next without an end"


def _head(url: str) -> tuple[int, str | None]:
    parts = urlsplit(url)
    host, port = parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)
    if parts.scheme not in ("http", "https") or port not in _PORTS or parts.username:
        raise Refused("only plain http and https addresses are tried")
    pinned = public_address(host, port, resolve=_resolved)
    literal = f"[{pinned}]" if ":" in pinned else pinned
    target = parts._replace(netloc=f"{literal}:{port}", fragment="").geturl()
    headers = {"Host": parts.netloc.rpartition("@")[2], "User-Agent": "Tactful link check"}
    with (
        httpx2.Client(timeout=_TIMEOUT, follow_redirects=False, trust_env=False) as client,
        client.stream("HEAD", target, headers=headers, extensions={"sni_hostname": host}) as answer,
    ):
        return answer.status_code, answer.headers.get("location") if answer.is_redirect else None


def public_address(host: str, port: int, *, resolve: Resolve) -> str:
    """The address to connect to. Raises Refused where any address of the name is not public."""
    found = resolve(host, port)
    if not found or not all(ipaddress.ip_address(address).is_global for address in found):
        raise Refused
    return found[0]


def _resolved(host: str, port: int) -> list[str]:
    return [str(row[4][0]) for row in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]

"""Addresses outside: the one way in which programs of ours ask another site by HTTP, never in a private network."""

import ipaddress
import socket
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

import httpx2

from tactful.kernel.errors import InvalidInput, TactfulError

Resolve = Callable[[str, int], list[str]]
"""(host, port) -> the addresses of that name."""

_PORTS = {"http": 80, "https": 443}


class Refused(InvalidInput):
    """This address leads into a private network, where nobody outside can follow it."""


class Unanswered(TactfulError):
    """Nobody answers there."""


@dataclass(frozen=True, slots=True)
class Answered:
    """What came back: `body` as far as it was read, `location` where the site sends us on."""

    status: int
    body: bytes = b""
    location: str | None = None


def public_address(host: str, port: int, *, resolve: Resolve) -> str:
    """The address to connect to. Raises Refused where any address of the name is not public."""
    found = resolve(host, port)
    if not found or not all(ipaddress.ip_address(address).is_global for address in found):
        raise Refused
    return found[0]


def resolved(host: str, port: int) -> list[str]:
    """The addresses of a name now. Raises OSError where there is none."""
    return [str(row[4][0]) for row in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]


def ask(
    method: str,
    url: str,
    *,
    headers: Mapping[str, str],
    content: bytes = b"",
    timeout: float,
    most: int,
    resolve: Resolve = resolved,
) -> Answered:
    """Ask once and follow nothing. `timeout` is seconds for each step; `most` bytes of the answer are read.

    Raises Refused where the address is private, Unanswered, named by its cause, where nothing came back.
    """
    try:
        parts = urlsplit(url)
        target = _pinned(parts, resolve)
        host = {"Host": parts.netloc.rpartition("@")[2], "User-Agent": "Tactful"}
        with (
            httpx2.Client(timeout=timeout, follow_redirects=False, trust_env=False) as client,
            client.stream(
                method,
                target,
                content=content or None,
                headers=host | dict(headers),
                extensions={"sni_hostname": parts.hostname or ""},
            ) as answer,
        ):
            location = answer.headers.get("location") if answer.is_redirect else None
            return Answered(answer.status_code, _begin(answer, most), location)
    except (httpx2.HTTPError, httpx2.InvalidURL, OSError, ValueError) as fault:
        raise Unanswered(type(fault).__name__) from None


def _pinned(parts: SplitResult, resolve: Resolve) -> str:
    """The name is resolved once, and we connect to that very address: a name cannot answer twice."""
    port = parts.port or _PORTS.get(parts.scheme, 80)
    address = public_address(parts.hostname or "", port, resolve=resolve)
    literal = f"[{address}]" if ":" in address else address
    return parts._replace(netloc=f"{literal}:{port}", fragment="").geturl()


def _begin(answer: httpx2.Response, most: int) -> bytes:
    body = b""
    for chunk in answer.iter_bytes(most) if most else ():
        body += chunk
        if len(body) >= most:
            break
    return body[:most]

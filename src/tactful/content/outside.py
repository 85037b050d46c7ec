"""Asking another site whether an address answers: one bounded HEAD, never to a private address."""

from collections.abc import Collection
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from urllib.parse import urljoin, urlsplit

from tactful.content.models import TriedLink
from tactful.kernel.outside import Answered, Refused, Unanswered, ask

_TIMEOUT = 5.0  # seconds, for each step
_MOST_LINKS = 30
_MOST_HOPS = 4
_AT_ONCE = 6
_GONE = range(400, 600)
_SHY = frozenset({401, 403, 405, 429, 501, 999})  # there, but not for a program that only asks for the head
_PORTS = frozenset({80, 443})


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
            answer = _head(url)
            if answer.location is None:
                well = answer.status not in _GONE or answer.status in _SHY
                return "" if well else f"it answers with the error {answer.status}"
            url = urljoin(url, answer.location)
    except Refused as error:
        return error.message.rstrip(".")
    except (Unanswered, ValueError):
        return "nobody answers there"
    return "it leads from one address to the next without an end"


def _head(url: str) -> Answered:
    parts = urlsplit(url)
    port = parts.port or (443 if parts.scheme == "https" else 80)
    if parts.scheme not in ("http", "https") or port not in _PORTS or parts.username:
        raise Refused("only plain http and https addresses are tried")
    return ask("HEAD", url, headers={"User-Agent": "Tactful link check"}, timeout=_TIMEOUT, most=0)

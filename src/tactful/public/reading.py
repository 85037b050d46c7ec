"""From an address to the person and message behind it, and what kind of visit it is."""

from django.http import Http404, HttpRequest

from tactful.delivery.domain.tokens import InvalidToken, Purpose, Token, read
from tactful.delivery.keys import token_keys
from tactful.flows import feedback
from tactful.flows.feedback import Reader

_AHEAD = ("HTTP_SEC_PURPOSE", "HTTP_PURPOSE", "HTTP_X_PURPOSE", "HTTP_X_MOZ")


def token_in(text: str, purpose: Purpose) -> Token:
    """The token of an address. Raises Http404 with words for the reader."""
    try:
        return read(text, purpose, token_keys())
    except InvalidToken as error:
        raise Http404(error.message) from None


def reader_of(token: Token) -> Reader:
    """The person behind an address. Raises Http404 where he was erased."""
    found = feedback.reader(delivery_id=token.delivery_id, customer_id=token.other_id)
    if found is None:
        raise Http404("We keep no data about you any more, and you get no messages from us.")
    return found


def is_visit(request: HttpRequest) -> bool:
    """Whether somebody looks, rather than a program that asks for the head or fetches ahead."""
    ahead = any(word in request.META.get(name, "").lower() for name in _AHEAD for word in ("prefetch", "preview"))
    return request.method == "GET" and not ahead


def agent_of(request: HttpRequest) -> str:
    return request.headers.get("User-Agent", "")

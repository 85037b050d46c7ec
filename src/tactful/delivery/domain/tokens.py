"""What the addresses in a message carry: what may be done, for which delivery and customer, and a signature.

A token is short (mail clients break long lines), needs no table, and cannot be made or altered without the key.
It does not expire: a link in an old message must still let its reader stop. It names the customer beside the
delivery so that it works after the delivery is gone.
"""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error
from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from hashlib import blake2b
from hmac import compare_digest
from struct import Struct

from tactful.kernel.errors import InvalidInput

_SIGNATURE = 12  # bytes: 96 bits cannot be guessed over HTTP
_BODY = Struct(">BQQ")
_LARGEST = 2**63 - 1


class InvalidToken(InvalidInput):
    """This link is not complete. Please open it again from the message, or copy it whole."""


class Purpose(IntEnum):
    """What a token allows. The numbers stand in sent messages for ever: never reuse one."""

    OPEN = 1
    LINK = 2
    UNSUBSCRIBE = 3
    PREFERENCES = 4
    WHY = 5
    RETURN = 6


@dataclass(frozen=True, slots=True)
class Token:
    """`delivery_id` is 0 where a page is not reached from a message; `other_id` is the link's id for LINK and OPEN
    (0 there), else the customer's."""

    purpose: Purpose
    delivery_id: int
    other_id: int


def key_for(secret: str) -> bytes:
    """The signing key that follows from the installation's secret."""
    return blake2b(secret.encode(), digest_size=32, person=b"tactful.tokens").digest()


def sign(token: Token, key: bytes) -> str:
    """The token as 39 URL-safe characters."""
    return sign_parts(token.purpose, token.delivery_id, token.other_id, key)


def sign_parts(purpose: Purpose, delivery_id: int, other_id: int, key: bytes) -> str:
    """As `sign`, without making a Token first: links are signed by the hundred thousand."""
    body = _BODY.pack(purpose, delivery_id, other_id)
    signature = blake2b(body, digest_size=_SIGNATURE, key=key).digest()
    return urlsafe_b64encode(body + signature).rstrip(b"=").decode()


def read(text: str, purpose: Purpose, keys: Sequence[bytes]) -> Token:
    """The token, signed by any of the keys (the present one and those before it). Raises InvalidToken."""
    try:
        raw = urlsafe_b64decode(text.encode("ascii") + b"=" * (-len(text) % 4))
    except (Error, UnicodeEncodeError, ValueError):
        raise InvalidToken from None
    # Base64 has several spellings of the same bytes; only ours is a token.
    if len(raw) != _BODY.size + _SIGNATURE or urlsafe_b64encode(raw).rstrip(b"=").decode() != text:
        raise InvalidToken
    body, signature = raw[: _BODY.size], raw[_BODY.size :]
    if not any(_is_signed(body, signature, key) for key in keys):
        raise InvalidToken
    number, delivery_id, other_id = _BODY.unpack(body)
    if number != purpose or max(delivery_id, other_id) > _LARGEST:
        raise InvalidToken
    return Token(purpose, delivery_id, other_id)


def _is_signed(body: bytes, signature: bytes, key: bytes) -> bool:
    return compare_digest(blake2b(body, digest_size=_SIGNATURE, key=key).digest(), signature)

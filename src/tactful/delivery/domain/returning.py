"""Where bounces come back to: an address of its own for each message (VERP), which only we can have made. Pure.

Letter case is not surely kept on the way, so the token is written in base 32.
"""

from base64 import b32decode, b32encode, urlsafe_b64decode, urlsafe_b64encode
from binascii import Error
from collections.abc import Sequence

from tactful.delivery.domain.tokens import InvalidToken, Purpose, Token, read, sign_parts


def return_address(delivery_id: int, customer_id: int, *, domain: str, key: bytes) -> str:
    """The envelope sender of a message: `b+` and a signed token, 49 characters, at the domain for bounces."""
    signed = sign_parts(Purpose.RETURN, delivery_id, customer_id, key)
    raw = urlsafe_b64decode(signed + "=" * (-len(signed) % 4))
    return f"b+{b32encode(raw).decode().rstrip('=').lower()}@{domain}"


def read_return(token: str, keys: Sequence[bytes]) -> Token:
    """The token of such an address. Raises InvalidToken."""
    try:
        raw = b32decode(token.upper() + "=" * (-len(token) % 8))
    except (Error, ValueError):
        raise InvalidToken from None
    return read(urlsafe_b64encode(raw).rstrip(b"=").decode(), Purpose.RETURN, keys)

"""Identifiers that follow from what they identify, so that doing a thing twice gives the same id."""

import secrets
from hashlib import blake2b
from uuid import UUID


def key_of(*parts: object) -> UUID:
    """A 128-bit key of the parts: the same parts give the same key everywhere.

    Keys of events (source and message id) and of intended messages are made this way, so that a
    repeat meets the unique constraint instead of a second row.
    """
    text = "\x1f".join(str(part) for part in parts)
    return UUID(bytes=blake2b(text.encode(), digest_size=16).digest())


def secret(length: int = 24) -> str:
    """An unguessable, URL-safe word for API keys and passwords; about `length` * 4/3 characters."""
    return secrets.token_urlsafe(length)

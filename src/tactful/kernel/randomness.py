"""Chance that can be repeated: a share drawn from names, not from a generator's state."""

import random
from hashlib import blake2b

_SPAN = 2**64


def share_of(seed: str, *names: object) -> float:
    """A number in [0, 1), the same for the same seed and names on every machine and in every process.

    Used for holdouts, splits and samples: a customer falls on the same side for ever,
    and two seeds are independent of each other.
    """
    text = "\x1f".join([seed, *(str(name) for name in names)])
    digest = blake2b(text.encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big") / _SPAN


def generator(seed: str | int) -> random.Random:
    """A generator whose sequence follows from its seed. For simulations; never for secrets."""
    return random.Random(seed)  # noqa: S311 -- simulations want repeatable numbers, not secret ones

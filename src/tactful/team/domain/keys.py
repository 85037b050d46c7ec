"""Write keys: an unguessable word of which only the digest is kept."""

from hashlib import sha256

from tactful.kernel.ids import secret

_SHOWN = 8  # characters by which people recognise a key in a list


def new_key() -> str:
    """A key as it is shown once."""
    return f"tk_{secret()}"


def prefix_of(key: str) -> str:
    return key[: len("tk_") + _SHOWN]


def digest_of(key: str) -> str:
    """What is stored of a key. It has 192 random bits, so a plain hash cannot be guessed back."""
    return sha256(key.encode()).hexdigest()

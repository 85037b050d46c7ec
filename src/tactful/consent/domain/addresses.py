"""Addresses as keyed hashes: a suppression outlives the person's data and tells nobody who he was."""

import hmac
from hashlib import sha256

_PURPOSE = b"tactful suppression list"


def key_from(secret: str) -> bytes:
    """The key of the hashes, from the installation's secret. A changed secret forgets every suppression."""
    return hmac.digest(secret.encode(), _PURPOSE, "sha256")


def hash_of(address: str, *, channel: str, key: bytes) -> str:
    """The same for the same address however it is written: letter case and spaces do not count."""
    return hmac.new(key, f"{channel}\x1f{normal(address, channel=channel)}".encode(), sha256).hexdigest()


def normal(address: str, *, channel: str) -> str:
    """An address as it is compared: e-mail in lower case, a number as its digits."""
    if channel == "email" or "@" in address:
        return address.strip().casefold()
    return "".join(letter for letter in address if letter.isdigit()) or address.strip().casefold()

"""Which customers get nothing at their present address: follows the addresses and the suppressions."""

from collections.abc import Collection
from pathlib import Path

import msgspec
from django.db import connection

from tactful.consent.domain.addresses import hash_of
from tactful.consent.queries import installation_key
from tactful.customers import queries as customers
from tactful.kernel.sql import statements

_SQL = statements(Path(__file__).with_name("consent.sql"))
_CHANNELS = ("email",)  # those that a segment may ask about


def follow(customer_ids: Collection[int], *, key: bytes | None = None) -> frozenset[int]:
    """Bring up to date what is known of these customers; those for whom it changed.

    To be called when an address of theirs, or what is suppressed, may have changed. Needs a transaction.
    """
    if not customer_ids:
        return frozenset()
    secret = key or installation_key()
    rows = [
        {"customer_id": number, "channel": channel, "address_hash": hash_of(address, channel=channel, key=secret)}
        for channel in _CHANNELS
        for number, address in customers.addresses(customer_ids, channel=channel).items()
    ]
    with connection.cursor() as cursor:
        cursor.execute(
            _SQL["follow_refusals"],
            {"rows": msgspec.json.encode(rows).decode(), "customers": list(customer_ids)},
        )
        return frozenset(row[0] for row in cursor.fetchall())

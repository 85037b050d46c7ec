"""Who agreed to what, who must be left alone, and the proof of both."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection
from django.db.models.functions import Coalesce, Least

from tactful.consent import models
from tactful.consent.domain.addresses import hash_of, key_from
from tactful.consent.domain.consent import ConsentFacts
from tactful.kernel.sql import statements

_SQL = statements(Path(__file__).with_name("consent.sql"))


@dataclass(frozen=True, slots=True)
class Proof:
    """One yes or no as it was said: when, how, in which words, and where it came from."""

    channel: str
    topic: str
    granted: bool
    at: datetime
    method: str
    text: str
    source: str


@dataclass(frozen=True, slots=True)
class StateRow:
    channel: str
    topic: str
    granted: bool
    since: datetime


@dataclass(frozen=True, slots=True)
class TopicRow:
    slug: str
    name: str
    description: str
    version: int
    retired_at: datetime | None

    @property
    def retired(self) -> bool:
        return self.retired_at is not None


@dataclass(frozen=True, slots=True)
class SuppressionRow:
    channel: str
    reason: str
    at: datetime
    source: str


def facts(customer_ids: Collection[int], *, channel: str) -> dict[int, ConsentFacts]:
    """What each of these customers agreed to on a channel. Every id has an entry: silence is one too."""
    ids = list(customer_ids)
    topics: dict[int, dict[str, bool]] = defaultdict(dict)
    for customer_id, topic, granted in _rows("states_on", customers=ids, channel=channel):
        topics[customer_id][topic] = granted
    chosen = {row[0]: (row[1], row[2]) for row in _rows("preferences", customers=ids)}
    retired = retired_topics()
    return {
        customer_id: ConsentFacts(topics.get(customer_id, {}), *chosen.get(customer_id, (None, None)), retired)
        for customer_id in customer_ids
    }


_AGREED_HOW = """
SELECT DISTINCT ON (customer_id, topic) customer_id, topic, concat_ws(', ', NULLIF(method, ''), NULLIF(source, ''))
FROM consent_consentrecord
WHERE customer_id = ANY(%(ids)s) AND channel = %(channel)s AND granted
ORDER BY customer_id, topic, at DESC, id DESC
"""


def agreed_how(customer_ids: Collection[int], *, channel: str) -> dict[int, dict[str, str]]:
    """How the latest recorded yes to each topic was given: method and source. Who never said yes is left out."""
    found: dict[int, dict[str, str]] = defaultdict(dict)
    with connection.cursor() as cursor:
        cursor.execute(_AGREED_HOW, {"ids": list(customer_ids), "channel": channel})
        for customer_id, topic, how in cursor.fetchall():
            found[customer_id][topic] = how
    return found


def suppressed(addresses: Collection[str], *, channel: str, key: bytes | None = None) -> set[str]:
    """Those of these addresses, as written here, that must get nothing on the channel."""
    hashed = _hashes(addresses, channel=channel, key=key)
    if not hashed:
        return set()
    hits = {row[0] for row in _rows("suppressed", channel=channel, hashes=list(hashed.values()))}
    return {address for address, value in hashed.items() if value in hits}


def suppressed_since(addresses: Collection[str], *, channel: str) -> dict[str, datetime]:
    """Since when it was known that each of these addresses gets nothing on the channel; others are left out."""
    hashed = _hashes(addresses, channel=channel, key=None)
    rows = models.Suppression.objects.filter(channel=channel, address_hash__in=list(hashed.values()))
    since = dict(rows.values_list("address_hash", "at"))
    return {address: since[value] for address, value in hashed.items() if value in since}


def all_suppressed(channel: str) -> dict[str, datetime]:
    """Every suppressed address of a channel, as its hash, and since when; imports tell of days before they came."""
    since = Least("at", Coalesce("said_at", "at"))
    return dict(models.Suppression.objects.filter(channel=channel).values_list("address_hash", since))


def suppression(address: str, *, channel: str, key: bytes | None = None) -> SuppressionRow | None:
    """Why an address gets nothing on a channel, or None."""
    hashed = _hashes([address], channel=channel, key=key)[address]
    row = models.Suppression.objects.filter(channel=channel, address_hash=hashed).first()
    return SuppressionRow(row.channel, row.reason, row.at, row.source) if row else None


def proof(customer_id: int) -> list[Proof]:
    """Every word of consent of a customer as it was said, latest first."""
    rows = models.ConsentRecord.objects.filter(customer_id=customer_id).order_by("-at", "-id")
    return [Proof(row.channel, row.topic, row.granted, row.at, row.method, row.text, row.source) for row in rows]


def states_of(customer_id: int) -> list[StateRow]:
    """The latest word of a customer per channel and topic."""
    rows = models.ConsentState.objects.filter(customer_id=customer_id).order_by("channel", "topic")
    return [StateRow(row.channel, row.topic, row.granted, row.since) for row in rows]


def topics() -> list[TopicRow]:
    """What people can agree to hear about, in the order of their page. Retired topics are not among it."""
    return [row for row in every_topic() if not row.retired]


def every_topic() -> list[TopicRow]:
    """All topics in their order, with those that people are asked about no more."""
    rows = models.Topic.objects.order_by("position", "name", "slug")
    return [TopicRow(row.slug, row.name, row.description, row.version, row.retired_at) for row in rows]


def retired_topics() -> frozenset[str]:
    """The short names of topics about which nobody is asked or written to any more."""
    return frozenset(models.Topic.objects.filter(retired_at__isnull=False).values_list("slug", flat=True))


def installation_key() -> bytes:
    """The key of this installation's address hashes."""
    return key_from(settings.SECRET_KEY)


def _rows(name: str, **params: Any) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(_SQL[name], params)
        found: list[tuple[Any, ...]] = cursor.fetchall()
    return found


def _hashes(written: Collection[str], *, channel: str, key: bytes | None) -> dict[str, str]:
    secret = key or installation_key()
    return {address: hash_of(address, channel=channel, key=secret) for address in written}

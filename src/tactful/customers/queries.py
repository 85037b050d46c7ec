"""Reading people: cards, search, lists, and which names lead to whom."""

import json
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from enum import Enum
from pathlib import Path
from typing import Any

from django.db import connection
from django.db.models import BooleanField, F, Q, QuerySet
from django.db.models.expressions import OrderBy, RawSQL
from django.db.models.functions import Collate, Lower

from tactful.customers.models import Company, ContactPoint, Customer, Identifier, Merge
from tactful.kernel.sql import statements

_SQL = statements(Path(__file__).with_name("statements.sql"))
_ACTIVE = Q(merged_into_id__isnull=True, erased_at__isnull=True)
MOST_HITS = 10_000
_MOST_LOOKED_AT = 1_000
_SHORTEST_PHONE = 5  # digits; fewer begin too many numbers
_LARGEST_ID = 2**63 - 1


@dataclass(frozen=True, slots=True)
class Profile:
    """A customer's row. A merged one names the record that stays."""

    id: int
    external_id: str | None
    email: str | None
    phone: str | None
    first_name: str | None
    last_name: str | None
    language: str | None
    zone: str | None
    country: str | None
    region: str | None
    city: str | None
    birth_date: date | None
    source: str | None
    owner: str | None
    attributes: dict[str, Any]
    company_id: int | None
    is_test: bool
    created_at: datetime
    updated_at: datetime
    last_seen_at: datetime | None
    merged_into_id: int | None
    erased_at: datetime | None

    @property
    def name(self) -> str:
        """What to call him on a screen: name, else address, else the company's id, else a number."""
        full = " ".join(part for part in (self.first_name, self.last_name) if part)
        return full or self.email or self.phone or self.external_id or f"#{self.id}"


@dataclass(frozen=True, slots=True)
class Name:
    """An identifier: a name under which a customer is known, and since when."""

    kind: str
    value: str
    since: datetime


@dataclass(frozen=True, slots=True)
class Point:
    """An address: `ok`, `invalid`, `bounced`, or `contested` (somebody else owns it)."""

    channel: str
    address: str
    status: str
    since: datetime


@dataclass(frozen=True, slots=True)
class MergeRow:
    """Another record that became part of a customer. `moved` counts what came with it, by kind.

    `last`: nothing was built upon it, so it can be undone.
    """

    id: int
    from_id: int
    into_id: int
    at: datetime
    rule: str
    undone_at: datetime | None
    moved: dict[str, int]
    last: bool


@dataclass(frozen=True, slots=True)
class Firm:
    id: int
    external_id: str
    name: str
    traits: dict[str, Any]


class Sort(Enum):
    """Orders of the list of customers."""

    NAME = "name"
    NEWEST = "newest"
    LAST_SEEN = "last_seen"


def card(customer_id: int) -> Profile | None:
    """A customer; for a merged one, the record that stays (so old links keep leading to the person)."""
    for _ in range(50):  # longer than any real chain; ends a ring that should not be
        found = cards([customer_id]).get(customer_id)
        if found is None or found.merged_into_id is None:
            return found
        customer_id = found.merged_into_id
    return None


def cards(ids: Iterable[int]) -> dict[int, Profile]:
    """Profiles by id, in one query, merged and erased ones included as they stand."""
    found: dict[int, Profile] = {}
    for row in _select("cards", ids=list(ids)):
        values = dict(zip(_FIELDS, row, strict=True))
        found[row[0]] = Profile(**{**values, "attributes": json.loads(values["attributes"])})
    return found


def search(text: str, *, limit: int = 10) -> list[Profile]:
    """Customers whom a fragment leads to: the exact identifier first, then beginnings of identifiers and names."""
    if not text.strip():
        return []
    exact = Customer.objects.filter(_ACTIVE & _exactly(text)).order_by("pk")
    first = [Profile(*row) for row in _rows(exact[:limit])]
    found = _matching(text, most=_MOST_LOOKED_AT).exclude(pk__in=[profile.id for profile in first]).order_by("pk")
    return first + [Profile(*row) for row in _rows(found[: limit - len(first)])]


def page(
    *,
    text: str = "",
    ids: Iterable[int] | None = None,
    owner: str | None = None,
    sort: Sort = Sort.NEWEST,
    offset: int = 0,
    limit: int = 50,
) -> tuple[list[Profile], int]:
    """One page of the list of active customers, and how many there are in all under the same filter.

    `owner` is the address of who looks after them, empty for those whom nobody looks after. A text that leads to
    more than MOST_HITS is cut there: then it is no search yet.
    """
    customers = _matching(text, most=MOST_HITS) if text.strip() else Customer.objects.filter(_ACTIVE)
    if ids is not None:
        customers = customers.filter(_among(ids))
    if owner is not None:
        customers = customers.filter(owner=owner) if owner else customers.filter(owner__isnull=True)
    rows = _rows(customers.order_by(*_ORDERS[sort])[offset : offset + limit])
    return [Profile(*row) for row in rows], customers.count()


def total() -> int:
    """Active customers: neither merged nor erased."""
    return Customer.objects.filter(_ACTIVE).count()


def internal_ids(external_ids: Collection[str]) -> dict[str, int]:
    """Our ids by the company's own; those it has renamed (alias) lead to the same person."""
    rows = Identifier.objects.filter(kind="user_id", value__in=list(external_ids))
    return dict(rows.values_list("value", "customer_id"))


def external_ids(ids: Collection[int]) -> dict[int, str]:
    """The company's own ids by ours; customers without one are left out."""
    return {number: external_id for number, external_id in _select("external_ids", ids=list(ids)) if external_id}


def owners(kind: str, values: Collection[str]) -> dict[str, int]:
    """Customers by identifiers of one kind (email, phone, card, …), in their normal spelling."""
    return dict(Identifier.objects.filter(kind=kind, value__in=list(values)).values_list("value", "customer_id"))


def identifiers(customer_id: int) -> list[Name]:
    rows = Identifier.objects.filter(customer_id=customer_id).order_by("kind", "since", "pk")
    return [Name(row.kind, row.value, row.since) for row in rows]


def contact_points(customer_id: int) -> list[Point]:
    rows = ContactPoint.objects.filter(customer_id=customer_id).order_by("channel", "since", "pk")
    return [Point(row.channel, row.address, row.status, row.since) for row in rows]


def addresses(ids: Collection[int], *, channel: str) -> dict[int, str]:
    """Where each customer can be reached on a channel: his latest address that works; others are left out."""
    return dict(_select("addresses", ids=list(ids), channel=channel))


def dated(attribute: str, texts: Collection[str], *, yearly: bool) -> list[tuple[int, str, str | None]]:
    """(id, date as text, zone) of those whose date begins with one of the texts; yearly, whose month and day do."""
    return _select("dated", attribute=attribute, texts=sorted(texts), yearly=yearly)


def by_zone() -> dict[str, list[int]]:
    """Ids of everybody by the zone known of him; the empty text stands for none."""
    return dict(_select("by_zone"))


def zones(ids: Collection[int]) -> dict[int, str | None]:
    """The zone known of each of these, those merged or erased left out."""
    return dict(_select("zones", ids=list(ids))) if ids else {}


def attributes_known(names: Collection[str]) -> set[str]:
    """Those of the company's own attributes that at least one customer has."""
    return {row[0] for row in _select("attributes_known", names=sorted(names))} if names else set()


def zones_and_attributes(ids: Iterable[int]) -> dict[int, tuple[str | None, dict[str, Any]]]:
    """What journeys ask of customers. The date of birth stands among the attributes, by both its names."""
    return {
        customer_id: (zone, {**json.loads(attributes), "birth_date": born, "birthday": born})
        for customer_id, zone, attributes, born in _select("people", ids=list(ids))
    }


def merges(customer_id: int) -> list[MergeRow]:
    """Merges in which the customer took part, latest first, undone ones included."""
    rows = list(
        Merge.objects.filter(Q(from_customer_id=customer_id) | Q(into_customer_id=customer_id)).order_by("-pk")
    )
    stayed = {row.into_customer_id for row in rows}
    gone = set(Customer.objects.filter(pk__in=stayed, merged_into_id__isnull=False).values_list("pk", flat=True))
    return [
        MergeRow(
            id=int(row.pk),
            from_id=row.from_customer_id,
            into_id=row.into_customer_id,
            at=row.at,
            rule=row.rule,
            undone_at=row.undone_at,
            moved={name: len(kept) for name, kept in row.moved.items() if isinstance(kept, list)},
            last=row.undone_at is None and row.into_customer_id not in gone,
        )
        for row in rows
    ]


def merge(merge_id: int) -> MergeRow | None:
    """One merge."""
    found = Merge.objects.filter(pk=merge_id).values_list("into_customer_id", flat=True).first()
    return next((row for row in merges(found) if row.id == merge_id), None) if found is not None else None


def companies(ids: Collection[int]) -> dict[int, Firm]:
    rows = Company.objects.filter(pk__in=list(ids))
    return {int(row.pk): Firm(int(row.pk), row.external_id, row.name, row.traits) for row in rows}


_FIELDS = tuple(Profile.__dataclass_fields__)


def _select(name: str, **params: Any) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(_SQL[name], params)
        found: list[tuple[Any, ...]] = cursor.fetchall()
    return found


def _rows(customers: QuerySet[Customer]) -> Iterable[tuple[Any, ...]]:
    return customers.values_list(*_FIELDS)


def _matching(text: str, *, most: int) -> QuerySet[Customer]:
    """Active customers with an identifier or a name that begins with the text; two words are parts of one name.

    Of each kind of hit at most `most` are looked at: one letter would lead to a quarter of the base.
    """
    words = text.lower().split()
    if not words:
        return Customer.objects.none()
    named = Customer.objects.filter(_ACTIVE).alias(first=_lowered("first_name"), last=_lowered("last_name"))
    if len(words) == 1:
        hits = [
            _names_like(_spellings(text)).values("customer_id"),
            named.filter(first__startswith=words[0]).values("pk"),
            named.filter(last__startswith=words[0]).values("pk"),
        ]
    else:
        front, back = words[0], " ".join(words[1:])
        hits = [
            _names_like(_spellings(text)).values("customer_id"),
            named.filter(last__startswith=back, first__startswith=front).values("pk"),
            named.filter(last__startswith=front, first__startswith=back).values("pk"),
        ]
    # Each kind of hit has an index of its own; under one OR PostgreSQL would read the whole table.
    bounded = [hit[:most] for hit in hits]
    return Customer.objects.filter(_ACTIVE, pk__in=bounded[0].union(*bounded[1:]))


def _among(ids: Iterable[int]) -> RawSQL:
    """One array, not a parameter each: a segment may have a hundred thousand members. Ten times as fast as IN."""
    array = f"{{{','.join(map(str, ids))}}}"
    return RawSQL("customers_customer.id = ANY (%s::bigint[])", [array], output_field=BooleanField())


def _names_like(beginnings: Collection[str]) -> QuerySet[Identifier]:
    rows = Identifier.objects.alias(plain=Collate("value", "C"))
    condition = Q()
    for beginning in beginnings:
        condition |= Q(plain__startswith=beginning)
    return rows.filter(condition)


def _spellings(text: str) -> set[str]:
    """How the text may stand among identifiers: as it is, as an address, as a phone number."""
    stripped = text.strip()
    digits = "".join(letter for letter in stripped if letter.isdigit())
    phones = {f"+{digits}"} if len(digits) >= _SHORTEST_PHONE and not any(map(str.isalpha, stripped)) else set()
    return {stripped, stripped.lower()} | phones


def _exactly(text: str) -> Q:
    stripped = text.strip()
    if stripped[:1] == "#" and stripped[1:].isdecimal():
        return Q(pk=min(int(stripped[1:]), _LARGEST_ID))
    rows = Identifier.objects.alias(plain=Collate("value", "C")).filter(plain__in=_spellings(text))
    return Q(pk__in=rows.values("customer_id"))


def _lowered(column: str) -> Collate:
    return Collate(Lower(column), "C")


_ORDERS: dict[Sort, list[OrderBy]] = {
    Sort.NAME: [_lowered("last_name").asc(), _lowered("first_name").asc(), F("pk").asc()],
    Sort.NEWEST: [F("created_at").desc(), F("pk").desc()],
    Sort.LAST_SEEN: [F("last_seen_at").desc(nulls_last=True), F("pk").desc()],
}

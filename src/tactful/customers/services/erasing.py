"""One person taken out of the base. The number of the record stays, and what it was merged from; nothing of him."""

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import Q

from tactful.customers.models import ContactPoint, Identifier, Merge
from tactful.customers.services import tables
from tactful.kernel.errors import Conflict, NotFound
from tactful.kernel.traces import Traces


@dataclass(frozen=True, slots=True)
class Erased:
    """Who is gone: the records he was known by, his own first; his addresses by channel; what he was known by."""

    ids: tuple[int, ...]
    addresses: tuple[tuple[str, str], ...]
    traces: Traces


@transaction.atomic
def erase(customer_id: int, *, now: datetime) -> Erased:
    """Erase a customer and the records that were merged into his. The caller erases what other capabilities keep.

    Raises NotFound, or Conflict where he was erased before or is part of another record.
    """
    tables.run("lock", {})
    records = tables.read("to_be_erased", {"customer": customer_id})
    if not records:
        raise NotFound(f"there is no customer {customer_id}")
    _, into, erased_at, *_ = records[0]
    if erased_at is not None:
        raise Conflict("this customer was erased already")
    if into is not None:
        raise Conflict(f"this record was merged into customer {into}: erase that one")
    ids = tuple(row[0] for row in records)
    points = ContactPoint.objects.filter(customer_id__in=ids)
    identifiers = Identifier.objects.filter(customer_id__in=ids)
    addresses = frozenset(points.values_list("channel", "address"))
    known = [row[3] for row in records] + list(identifiers.values_list("value", flat=True))
    reached = [each for row in records for each in row[4:6]] + [address for _, address in addresses]
    traces = Traces(
        ids=frozenset(ids),
        identifiers=frozenset(filter(None, known)),
        addresses=frozenset(filter(None, reached)),
        names=frozenset(name for row in records for name in full_names(row[6], row[7])),
        words=frozenset(each for row in records for each in row[6:8] if each),
    )
    points.delete()
    identifiers.delete()
    Merge.objects.filter(Q(into_customer_id__in=ids) | Q(from_customer_id__in=ids)).delete()
    tables.run("erase", {"ids": list(ids), "now": now})
    return Erased(ids, tuple(sorted(addresses)), traces)


def full_names(first: str | None, last: str | None) -> list[str]:
    """The ways in which a name is written out; none where one half is missing."""
    return [f"{first} {last}", f"{last} {first}", f"{last}, {first}"] if first and last else []

"""Two records that were one person, and how to take them apart again."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec
from django.db import transaction

from tactful.customers.domain import profile
from tactful.customers.domain.profile import Filled, Sheet
from tactful.customers.models import ContactPoint, Merge
from tactful.customers.services import tables
from tactful.kernel.errors import Conflict, NotFound
from tactful.kernel.time import parse_moment

_OWN = frozenset({"identifiers", "contact_points", "filled", "created_at"})


@dataclass(frozen=True, slots=True)
class Merging:
    """A merge about to be written. `created_at` is what the staying record had before."""

    gone: int
    into: int
    rule: str
    filled: Filled
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Undone:
    """A merge taken back. `moved` is what other capabilities had moved (ids, mostly), by the name they gave."""

    from_id: int
    into_id: int
    moved: dict[str, list[Any]]


def write(merges: Sequence[Merging], *, now: datetime) -> None:
    """Move what this package keeps of merged customers, and remember it for `undo_merge`."""
    if not merges:
        return
    pairs = tables.pairs_of([(merge.gone, merge.into) for merge in merges])
    names: dict[int, list[tuple[str, str]]] = defaultdict(list)
    for old, kind, value in tables.read("move_identifiers", pairs):
        names[old].append((kind, value))
    points: dict[int, list[int]] = defaultdict(list)
    for old, point_id in tables.read("move_contact_points", pairs):
        points[old].append(point_id)
    Merge.objects.bulk_create(
        Merge(
            from_customer_id=merge.gone,
            into_customer_id=merge.into,
            at=now,
            rule=merge.rule,
            moved={
                "identifiers": sorted(names[merge.gone]),
                "contact_points": sorted(points[merge.gone]),
                "filled": msgspec.to_builtins(merge.filled),
                "created_at": merge.created_at.isoformat(),
            },
        )
        for merge in merges
    )


def keep_moved(name: str, moved: Mapping[int, Sequence[Any]]) -> None:
    """Remember which rows another capability has moved for the latest merge of each of these customers."""
    rows = [{"from_id": old, "ids": list(ids)} for old, ids in moved.items()]
    tables.write("keep_moved", rows, name=name)


@transaction.atomic
def undo_merge(merge_id: int, *, now: datetime) -> Undone:
    """Take two records apart again: names, addresses and filled-in fields go back, and the two stay apart.

    The caller gives back what other capabilities keep, by `Undone.moved`. Raises NotFound, or Conflict where the
    merge is undone already or the staying record has itself been merged since.
    """
    tables.run("lock", {})
    merge = Merge.objects.select_for_update().filter(pk=merge_id).first()
    if merge is None:
        raise NotFound(f"there is no merge {merge_id}")
    if merge.undone_at is not None:
        raise Conflict("this merge has been undone already")
    into, gone = _sheet(merge.into_customer_id), _sheet(merge.from_customer_id)
    if into.merged_into_id is not None:
        raise Conflict("the record that stayed has been merged itself: undo that merge first")
    _give_back(merge)
    _restore(into, gone, merge.moved)
    tables.write("update_sheets", [into, gone], now=now)
    merge.undone_at = now
    merge.save(update_fields=["undone_at"])
    moved = {name: ids for name, ids in merge.moved.items() if name not in _OWN}
    return Undone(gone.id, into.id, moved)


def _sheet(customer_id: int) -> Sheet:
    for sheet in tables.sheets_of([customer_id]):
        return sheet
    raise NotFound(f"there is no customer {customer_id}")


def _give_back(merge: Merge) -> None:
    names: list[tuple[str, str]] = merge.moved["identifiers"]
    params: dict[str, Any] = {
        "customer_id": merge.from_customer_id,
        "into_id": merge.into_customer_id,
        "kinds": [kind for kind, _ in names],
        "values": [value for _, value in names],
    }
    tables.run("return_identifiers", params)
    points = ContactPoint.objects.filter(pk__in=merge.moved["contact_points"], customer_id=merge.into_customer_id)
    points.update(customer_id=merge.from_customer_id)


def _restore(into: Sheet, gone: Sheet, moved: dict[str, Any]) -> None:
    gone.put("merged_into_id", None)
    profile.release(into, msgspec.convert(moved["filled"], Filled))
    if into.created_at == gone.created_at:
        into.put("created_at", parse_moment(moved["created_at"]))

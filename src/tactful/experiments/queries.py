"""Holdouts, read as plain values."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db import connection

from tactful.experiments.domain.holdout import in_holdout
from tactful.experiments.models import Holdout

GLOBAL = "global"


@dataclass(frozen=True, slots=True)
class HoldoutFacts:
    """A share (0 to 1) of all customers who get no marketing since `started_at`."""

    slug: str
    share: float
    seed: str
    started_at: datetime


def holdout(slug: str = GLOBAL) -> HoldoutFacts | None:
    """The holdout by that name, None when there is none."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT slug, share, seed, started_at FROM experiments_holdout WHERE slug = %s", [slug])
        row = cursor.fetchone()
    return HoldoutFacts(*row) if row else None


def holdouts() -> list[HoldoutFacts]:
    """All holdouts by slug."""
    return [HoldoutFacts(row.slug, row.share, row.seed, row.started_at) for row in Holdout.objects.order_by("slug")]


def held_out(customer_ids: Iterable[int], slug: str = GLOBAL) -> set[int]:
    """Those of the customers who are in the holdout."""
    found = holdout(slug)
    if found is None or found.share == 0:
        return set()
    return {customer_id for customer_id in customer_ids if in_holdout(found.seed, customer_id, found.share)}

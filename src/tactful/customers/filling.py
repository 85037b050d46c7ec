"""How much is known of an audience: shares of customers with a value, and their languages."""

from collections.abc import Collection, Iterable
from typing import Any

from django.db import connection

from tactful.kernel.errors import InvalidInput

_COLUMNS = ("first_name", "last_name", "email", "phone", "city", "country", "language", "region", "zone")
_ATTRIBUTES = "attributes."
_AMONG = """
FROM customers_customer c
WHERE c.merged_into_id IS NULL AND c.erased_at IS NULL AND (%(ids)s::bigint[] IS NULL OR c.id = ANY(%(ids)s))
"""


def shares(fields: Collection[str], *, ids: Iterable[int] | None = None) -> tuple[int, dict[str, float]]:
    """How many customers there are (all, or those of `ids`), and the share with a value, by field.

    Fields are columns of a customer, or `attributes.` with a name. Raises InvalidInput for others.
    """
    named = sorted(set(fields))
    values: dict[str, Any] = {"ids": None if ids is None else list(ids)}
    counts = ["count(*)"]
    for place, field in enumerate(named):
        if field.startswith(_ATTRIBUTES):
            values[f"name{place}"] = field.removeprefix(_ATTRIBUTES).split(".")[0]
            value = f"c.attributes ->> %(name{place})s"
        elif field in _COLUMNS:
            value = f"c.{field}"
        else:
            raise InvalidInput(f"{field!r} is nothing that is known of customers")
        counts.append(f"count(*) FILTER (WHERE coalesce({value}, '') <> '')")
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {', '.join(counts)} {_AMONG}", values)
        total, *filled = cursor.fetchone() or (0,)
    return total, {field: count / total if total else 0.0 for field, count in zip(named, filled, strict=False)}


def languages(*, ids: Iterable[int] | None = None) -> dict[str, int]:
    """Customers by the language known of them; the empty text stands for none."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT coalesce(c.language, ''), count(*) {_AMONG} GROUP BY 1",
            {"ids": None if ids is None else list(ids)},
        )
        return dict(cursor.fetchall())

"""The midnights of customers' zones, as rows that a plan joins."""

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any
from zoneinfo import available_timezones

import pyarrow as pa

from tactful.segments.compiler.moments import bare
from tactful.segments.domain.terms import Terms, midnight

_FIELDS: "list[pa.Field[Any]]" = [
    pa.field("zone", pa.string()),
    pa.field("as_of", pa.timestamp("us")),
    pa.field("days", pa.int64()),
    pa.field("starts", pa.timestamp("us")),
]


def midnights(
    moments: Iterable[datetime], days: Collection[int], terms: Terms, zones: Iterable[str] | None = None
) -> pa.Table:
    """Rows (zone, as_of, days, starts): every zone, moment and number of days from today; all zones by default."""
    names = sorted(available_timezones() if zones is None else zones)
    rows = [
        {
            "zone": name,
            "as_of": bare(at),
            "days": number,
            "starts": bare(midnight(at, name, days=number, fallback=terms.zone)),
        }
        for at in sorted(set(moments))
        for number in sorted(days)
        for name in names
    ]
    return pa.Table.from_pylist(rows, schema=pa.schema(_FIELDS))

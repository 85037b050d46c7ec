"""Cuts as rows that a plan asks, and how they are made over the lake."""

import json
from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from typing import Any

import pyarrow as pa

from tactful.lake.engine import Reader
from tactful.segments.calendar import midnights
from tactful.segments.compiler import MIDNIGHTS, ranks
from tactful.segments.compiler.moments import bare
from tactful.segments.domain.conditions import Percentile
from tactful.segments.domain.cuts import Cut
from tactful.segments.domain.terms import Terms
from tactful.segments.domain.tree import parse

Row = tuple[str, float, datetime, float]
_FIELDS: "list[pa.Field[Any]]" = [
    pa.field("measure", pa.string()),
    pa.field("percent", pa.float64()),
    pa.field("at", pa.timestamp("us")),
    pa.field("value", pa.float64()),
]


def relation(rows: Iterable[Row]) -> pa.Table:
    """Rows (measure, percent, at, value)."""
    names = [field.name for field in _FIELDS]
    found = [
        dict(zip(names, (measure, percent, bare(at), value), strict=True)) for measure, percent, at, value in rows
    ]
    return pa.Table.from_pylist(found, schema=pa.schema(_FIELDS))


def made(reader: Reader, wanted: Iterable[Cut], *, at: datetime, terms: Terms) -> list[Row]:
    """The cuts as of a moment, over the rows that the reader knows; where nobody has the measure, there is none.

    Midnights that the reader knew before may be others afterwards.
    """
    found = []
    for cut in sorted(wanted):
        plan = ranks(_leaf(cut), terms=terms)
        if plan.midnights:
            reader.register(MIDNIGHTS, midnights([at], plan.midnights, terms))
        share = Decimal(str(cut.percent)) / 100  # in binary, 1.1 % of a thousand would be the twelfth
        asked = f"SELECT quantile_disc(value, {share:f}) FROM ({plan.sql}) AS ranked"  # noqa: S608 -- compiled
        value = reader.rows(asked, plan.parameters(at))[0][0]
        if value is not None:
            found.append((cut.measure, cut.percent, at, float(value)))
    return found


def _leaf(cut: Cut) -> Percentile:
    said = parse({"percentile": json.loads(cut.measure), "at_least": cut.percent})
    if not isinstance(said, Percentile):
        raise TypeError(f"{cut} is no percentile")
    return said

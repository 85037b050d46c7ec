"""When customers have to be looked at again because time alone may change what they are in."""

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from tactful.kernel.time import zone_or
from tactful.segments.compiler import Watched
from tactful.segments.compiler.moments import bare
from tactful.segments.domain.closing import Anniversary, Closes, Closing, Midnight
from tactful.segments.domain.comparisons import Whose
from tactful.segments.domain.terms import Terms, midnight

_MOMENT = pa.timestamp("us")
# A local day may have begun 25 hours before a moment in it, and the clocks may have been put forward since.
_SLACK = timedelta(hours=26)
_YEAR_AHEAD = 370
_END = bare(datetime(9999, 1, 1, tzinfo=UTC))  # Python knows no moment after it; nobody waits so long
_Column = Any  # a column of Arrow: its type stubs do not know what the computing functions take and give


def looked_again(watched: Watched, answers: pa.Table, at: datetime) -> Iterator[tuple[int, datetime]]:
    """Who has to be looked at again because of time alone, and when: for those who have to."""
    ahead = [
        _ahead(closes, answers[f"w{number}"], answers, at, watched.plan.terms)
        for number, waited in enumerate(watched.waits)
        for closes in waited
    ]
    if not ahead:
        return
    both = pa.table({"customer_id": answers["customer_id"], "due": pc.min_element_wise(*ahead)})
    for row in both.filter(pc.is_valid(both["due"])).to_pylist():
        yield row["customer_id"], row["due"].replace(tzinfo=UTC)


def _ahead(closes: Closes, column: _Column, answers: pa.Table, at: datetime, terms: Terms) -> _Column:
    """The moments, of those that are still to come."""
    then = _THEN[type(closes)](closes, column, answers, at, terms)
    now, never = pa.scalar(bare(at), _MOMENT), pa.scalar(None, _MOMENT)
    ahead = pc.and_(pc.greater(then, now), pc.less(then, pa.scalar(_END, _MOMENT)))
    return pc.if_else(ahead, then, never)


def _closing(closes: Closing, column: _Column, _: pa.Table, __: datetime, ___: Terms) -> _Column:
    return pc.add(column.cast(_MOMENT), pa.scalar(closes.span))


def _midnight(closes: Midnight, column: _Column, answers: pa.Table, at: datetime, terms: Terms) -> _Column:
    """The next midnight; a later moment where the oldest row is surely still inside until then."""
    earliest = pc.add(column.cast(_MOMENT), pa.scalar(timedelta(days=closes.days) - _SLACK))
    if closes.whose is Whose.COMPANY:
        coming: _Column = pa.scalar(bare(midnight(at, terms.zone, days=1, fallback="UTC")), _MOMENT)
    else:
        coming = _own_midnights(answers["zone"], at, terms)
    latest = pc.max_element_wise(earliest, coming)
    return pc.if_else(pc.is_valid(column), latest, pa.scalar(None, _MOMENT))


def _own_midnights(zones: _Column, at: datetime, terms: Terms) -> _Column:
    coded = zones.combine_chunks().dictionary_encode()
    names = coded.dictionary.to_pylist()
    coming = [bare(midnight(at, name, days=1, fallback=terms.zone)) for name in names]
    company = bare(midnight(at, terms.zone, days=1, fallback="UTC"))
    own = pc.take(pa.array(coming, _MOMENT), coded.indices) if names else pa.nulls(len(zones), _MOMENT)
    return pc.coalesce(own, pa.scalar(company, _MOMENT))


def _anniversary(closes: Anniversary, column: _Column, _: pa.Table, at: datetime, terms: Terms) -> _Column:
    """The midnight at which the day comes within reach, or after which it is over."""
    ahead = pa.array([bare(_in_days(at, days, terms)) for days in range(_YEAR_AHEAD)], _MOMENT)
    days = column.cast(pa.int64())
    beyond = pc.greater(days, pa.scalar(closes.days))
    waited = pc.if_else(beyond, pc.subtract(days, pa.scalar(closes.days)), pc.add(days, pa.scalar(1)))
    return pc.take(ahead, waited)


def _in_days(at: datetime, days: int, terms: Terms) -> datetime:
    return midnight(at, zone_or(terms.zone, "UTC").key, days=days, fallback="UTC")


_THEN: Mapping[type, Callable[..., _Column]] = {Closing: _closing, Midnight: _midnight, Anniversary: _anniversary}

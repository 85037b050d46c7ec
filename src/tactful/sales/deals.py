"""Deals as the calendar of journeys asks for them: today these are proposals, each with the deal it belongs to."""

from collections.abc import Collection, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from django.db import connection

from tactful.kernel.sql import statements

_SQL = statements(Path(__file__).with_name("matters.sql"))


def sent(spans: Sequence[tuple[datetime, datetime]]) -> list[tuple[str, int, datetime]]:
    """(proposal, customer, moment) of those without an answer that were sent in one of the spans [from, to)."""
    since, until = [list(ends) for ends in zip(*spans, strict=True)]
    return _rows("sent", since=since, until=until)


def dated_on(name: str, days: Collection[str]) -> list[tuple[str, int, str]]:
    """(proposal, customer, day) of those without an answer of which that date was told to be one of these days."""
    return _rows("dated_on", date=name, days=sorted(days))


def unanswered(numbers: Collection[str]) -> dict[str, tuple[int, str]]:
    """Those of these proposals that still wait: customer, and the number of the deal or else the proposal's own."""
    if not numbers:
        return {}
    return {number: (customer, deal) for number, customer, deal in _rows("unanswered", numbers=list(numbers))}


def dates_told(names: Collection[str]) -> set[str]:
    """Those of these dates that an event has told of a proposal."""
    return {row[0] for row in _rows("dates_told", names=sorted(names))} if names else set()


def _rows(name: str, **params: Any) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(_SQL[name], params)
        found: list[tuple[Any, ...]] = cursor.fetchall()
    return found

"""The statements of this package, and rows on their way to them."""

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec
from django.db import connection

from tactful.customers.domain.identity import Key
from tactful.customers.domain.profile import Sheet
from tactful.kernel.sql import statements

_SHEETS = msgspec.json.Decoder(list[Sheet])
SQL = statements(Path(__file__).parent.parent / "statements.sql")


def read(name: str, params: Mapping[str, Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(SQL[name], dict(params))
        rows: list[tuple[Any, ...]] = cursor.fetchall()
    return rows


def owners_of(keys: Collection[Key]) -> list[tuple[Any, ...]]:
    """(kind, value, customer) of those identifiers that have an owner."""
    if not keys:
        return []
    wanted = [{"kind": kind, "value": value} for kind, value in keys]
    return read("owners", {"keys": msgspec.json.encode(wanted).decode()})


def sheets_of(ids: Collection[int]) -> list[Sheet]:
    """The records of these customers, in no particular order."""
    if not ids:
        return []
    # The text of an array: the driver would take each number to pieces.
    [[text]] = read("sheets", {"ids": f"{{{','.join(map(str, ids))}}}"})
    return _SHEETS.decode(text)


def run(name: str, params: Mapping[str, Any]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(SQL[name], dict(params))


def write(name: str, rows: Sequence[Any], /, **params: Any) -> None:
    """Write many rows by one statement, which gets them as one JSON text: PostgreSQL takes that apart in C."""
    if not rows:
        return
    with connection.cursor() as cursor:
        cursor.execute(SQL[name], {"rows": msgspec.json.encode(rows).decode(), **params})


def pairs_of(pairs: Sequence[tuple[int, int]]) -> dict[str, list[int]]:
    """Parameters of the statements that work on (from, into)."""
    return {"from_ids": [old for old, _ in pairs], "into_ids": [new for _, new in pairs]}

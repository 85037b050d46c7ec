"""Named statements run on the engine's own connection."""

from collections.abc import Iterable
from typing import Any

from django.db import connection


def rows(sql: str, **params: Any) -> list[tuple[Any, ...]]:
    """All rows of a statement that gives some."""
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        found: list[tuple[Any, ...]] = cursor.fetchall()
    return found


def run(sql: str, **params: Any) -> int:
    """The number of rows a statement changed."""
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        count: int = cursor.rowcount
    return count


def copy(sql: str, lines: Iterable[tuple[object, ...]]) -> None:
    """COPY … FROM STDIN of these lines; nothing is said to the server when there are none."""
    waiting = list(lines)
    if waiting:
        # The driver's own COPY passes by Django's translation of errors.
        with connection.wrap_database_errors, connection.cursor() as cursor, cursor.copy(sql) as stream:
            for line in waiting:
                stream.write_row(line)

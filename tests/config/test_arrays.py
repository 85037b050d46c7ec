"""Lists reach PostgreSQL as what they are."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Any
from uuid import UUID

import pytest
from django.db import DataError, connection

MOMENT = datetime(2026, 3, 1, 12, 30, 0, 5, tzinfo=timezone(timedelta(hours=5, minutes=45)))


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("kind", "values"),
    [
        ("bigint", [1, -2, 2**62, None]),
        ("bigint", []),
        ("boolean", [True, False, None]),
        (
            "text",
            [
                "",
                "NULL",
                "null",
                None,
                'say "so"',
                "back\\slash",
                "a,b{c}",
                " two  spaces\n",
                "Ünï\u2003",
                "it's; --",
                "%s",
            ],
        ),
        ("uuid", [UUID(int=7), None]),
        ("timestamptz", [MOMENT, MOMENT.astimezone(UTC), None]),
        ("float8", [1.5, -0.25, None]),
        ("jsonb", ['{"a": "b\\"c"}', "[]"]),
    ],
)
def test_a_list_arrives_as_it_was_sent(kind: str, values: list[Any]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT given, n FROM unnest(%s::{kind}[]) WITH ORDINALITY AS t (given, n) ORDER BY n",  # noqa: S608
            [values],
        )
        found = [row[0] for row in cursor.fetchall()]
    assert found == values


@pytest.mark.django_db
def test_a_text_that_no_text_can_hold_is_refused() -> None:
    with connection.cursor() as cursor, pytest.raises((DataError, ValueError)):
        cursor.execute("SELECT %s::text[]", [["a\x00b"]])

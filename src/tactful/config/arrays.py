"""Lists as arrays of PostgreSQL, quickly: batches are lists, and the driver works out each element in Python."""

from collections.abc import Callable, Mapping
from datetime import datetime
from types import NoneType
from typing import Any
from uuid import UUID

import psycopg
from psycopg.types.array import ListDumper


def _text(value: str) -> str:
    if "\x00" in value:
        raise KeyError(value)  # the driver knows what to say
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


_TOKENS: Mapping[type, Callable[[Any], str]] = {
    int: str,
    str: _text,
    bool: lambda value: "t" if value else "f",
    datetime: lambda value: f'"{value}"',
    UUID: str,
    NoneType: lambda _: "NULL",
}


class QuickListDumper(ListDumper):
    """The same text as the driver's own dumper; whatever is not flat and plain is left to that."""

    def dump(self, obj: list[Any]) -> Any:
        try:
            tokens = [_TOKENS[type(each)](each) for each in obj]
        except KeyError:
            return super().dump(obj)
        return f"{{{','.join(tokens)}}}".encode()


def install() -> None:
    """For every connection that is opened from now on."""
    psycopg.adapters.register_dumper(list, QuickListDumper)

"""What commands say: a table for people, JSON for scripts."""

import argparse
import json
from collections.abc import Mapping, Sequence
from typing import Any

from rich.console import Console
from rich.table import Table

console = Console(soft_wrap=True)


def add_json(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="answer in JSON, for scripts")


def say_json(value: Any) -> None:
    """One JSON document; moments in ISO 8601."""
    console.file.write(json.dumps(value, ensure_ascii=False, indent=2, default=_plain) + "\n")


def say_table(columns: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    table = Table(box=None, pad_edge=False)
    for column in columns:
        table.add_column(column)
    for row in rows:
        table.add_row(*("" if cell is None else str(cell) for cell in row))
    console.print(table)


def say_pairs(pairs: Mapping[str, object]) -> None:
    for name, value in pairs.items():
        console.print(f"[dim]{name}[/dim]  {value}")


def _plain(value: object) -> object:
    if hasattr(value, "isoformat"):
        return value.isoformat()
    return str(value)

"""What commands say: a table for people, JSON for scripts."""

import argparse
import json
import sys
from collections.abc import Mapping, Sequence
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

console = Console(soft_wrap=True, markup=False, emoji=False)
"""What people called things may hold brackets: nothing that is printed is read as markup."""


def add_json(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="answer in JSON, for scripts")


def count(text: str) -> int:
    """A number from 0 on, as an argument."""
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(f"must be a number from 0 on, not {text!r}")
    return int(text)


def agreed(question: str) -> bool:
    """A yes by somebody at the terminal; where nobody sits, it is a no."""
    if not sys.stdin.isatty():
        return False
    return console.input(f"{question} [y/N] ").strip().casefold() in {"y", "yes"}


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
        console.print(Text.assemble((name, "dim"), f"  {value}"))


def _plain(value: object) -> object:
    if hasattr(value, "isoformat"):
        return value.isoformat()
    return str(value)

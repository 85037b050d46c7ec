"""SQL written by hand lives in `.sql` files beside the code that uses it, each statement under a name.

A statement begins with a line `-- name: take_batch` followed by one comment line that says its purpose.
"""

import re
from collections.abc import Iterable
from functools import cache
from pathlib import Path

_NAME = re.compile(r"^-- name: (\w+)$", re.MULTILINE)


@cache
def statements(path: Path) -> dict[str, str]:
    """The statements of a file by name. Parameters stay as the driver writes them: %(name)s."""
    parts = _NAME.split(path.read_text(encoding="utf-8"))
    names, bodies = parts[1::2], parts[2::2]
    if len(set(names)) != len(names):
        raise ValueError(f"{path} names a statement twice")
    return {name: body.strip() for name, body in zip(names, bodies, strict=True)}


def grouped(rows: Iterable[tuple[int, int]]) -> dict[int, list[int]]:
    """The second column's numbers, ascending, by the first."""
    found: dict[int, list[int]] = {}
    for first, second in sorted(rows):
        found.setdefault(first, []).append(second)
    return found

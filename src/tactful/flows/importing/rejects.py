"""Rows that were refused: counted by reason, and written to a file that can be corrected and imported again."""

import csv
from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import IO

from tactful.flows.importing.tables import REASON, safe_cell
from tactful.kernel.traces import Traces

FOLDER = "imports"
_REASONS = 100
OTHER = "other reasons"


class Rejects:
    """The refused rows of one import. Without a folder they are only counted."""

    def __init__(self, *, folder: Path | None, stem: str, header: Sequence[str], now: datetime) -> None:
        self.reasons: Counter[str] = Counter()
        self._folder, self._stem, self._header, self._now = folder, stem, header, now
        self._path: Path | None = None
        self._file: IO[str] | None = None

    @property
    def count(self) -> int:
        return self.reasons.total()

    def add(self, rows: Sequence[tuple[Sequence[str], str]]) -> None:
        """Rows as they stood in the file, each with its reason."""
        for _, reason in rows:
            known = reason in self.reasons or len(self.reasons) < _REASONS
            self.reasons[reason if known else OTHER] += 1
        if not rows or self._folder is None:
            return
        if self._file is None:
            self._open(self._folder)
        assert self._file is not None  # noqa: S101 -- opened one line above; this tells the type checker
        width = len(self._header)
        csv.writer(self._file).writerows(
            [*map(safe_cell, [*cells, *[""] * width][:width]), _whole_reason(cells, width, reason)]
            for cells, reason in rows
        )

    def close(self) -> Path | None:
        """The finished file, or None where nothing was refused or written."""
        if self._file is None or self._path is None:
            return None
        self._file.close()
        self._file = None
        # Under its own name only when it is whole: an import that is killed leaves no half of a file behind.
        return self._path.with_suffix(".part").rename(self._path)

    def discard(self) -> None:
        """Forget what was written: the import did not come to its end."""
        if self._file is not None and self._path is not None:
            self._file.close()
            self._path.with_suffix(".part").unlink(missing_ok=True)

    def _open(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        # A file of its own for each import: somebody may be correcting the one before.
        stem = f"{self._stem}.rejected-{self._now:%Y%m%dT%H%M%S}"
        taken = 1
        self._path = folder / f"{stem}.csv"
        while self._path.exists():
            taken += 1
            self._path = folder / f"{stem}-{taken}.csv"
        self._file = self._path.with_suffix(".part").open("w", encoding="utf-8", newline="")
        csv.writer(self._file).writerow([*self._header, REASON])


def forget(folder: Path, traces: Traces) -> None:
    """Take the rows that name an erased person out of the files of rejects."""
    for path in folder.glob("*.rejected-*.csv"):
        with path.open(encoding="utf-8", newline="") as file:
            header, *rows = csv.reader(file)
        kept = [row for row in rows if not _names(traces, header, row)]
        if len(kept) == len(rows):
            continue
        part = path.with_suffix(".part")
        with part.open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows([header, *kept])
        part.rename(path)


def _names(traces: Traces, header: Sequence[str], row: Sequence[str]) -> bool:
    return any(traces.is_in(column, cell) for column, cell in zip(header, row, strict=False))


def _whole_reason(cells: Sequence[str], width: int, reason: str) -> str:
    beyond = cells[width:]
    return f"{reason}; beyond the header stood: {', '.join(beyond)}" if beyond else reason

"""What an engine is asked over, and what an engine is."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

import pyarrow as pa

from tactful.lake.tables import LakeTable
from tactful.segments.engines.translating import Dialect


@dataclass(frozen=True, slots=True)
class Source:
    """Lake tables, each by its files and hot tail (or its PostgreSQL table), and relations `given` as rows."""

    tables: Sequence[LakeTable] = ()
    folder: Path = Path()
    given: Mapping[str, pa.Table] = field(default_factory=dict)


class Engine(Protocol):
    """Somebody who answers questions in a dialect of his own."""

    @property
    def dialect(self) -> Dialect:
        """His words."""

    def numbers(self, sql: str, source: Source) -> list[int]:
        """The first column of the answer. Raises EngineCannot where he gives up over a value."""

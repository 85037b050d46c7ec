"""What a review says."""

from dataclasses import asdict, dataclass
from typing import Any, Self

MUST, SHOULD = "must", "should"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing to mend. A `must` stops a launch. `where` is a part or a line, empty for the whole message."""

    rule: str
    severity: str
    words: str
    where: str = ""
    language: str = ""

    @property
    def stops(self) -> bool:
        return self.severity == MUST

    def plain(self) -> dict[str, str]:
        """As it is kept."""
        return asdict(self)

    @classmethod
    def kept(cls, data: dict[str, Any]) -> Self:
        return cls(**{name: str(data.get(name, "")) for name in cls.__slots__})

"""Pages of a list."""

from dataclasses import dataclass

from django.http import HttpRequest

SIZE = 50
_ID_DIGITS = 18  # what surely fits a bigint


@dataclass(frozen=True, slots=True)
class Pager:
    """Where one is in a list. `total` is None where counting all would cost more than it tells."""

    number: int
    shown: int
    total: int | None
    more: bool = False
    size: int = SIZE

    @property
    def first(self) -> int:
        return (self.number - 1) * self.size + 1

    @property
    def last(self) -> int:
        return (self.number - 1) * self.size + self.shown

    @property
    def before(self) -> int | None:
        return self.number - 1 if self.number > 1 else None

    @property
    def after(self) -> int | None:
        further = self.more if self.total is None else self.last < self.total
        return self.number + 1 if further else None

    @property
    def several(self) -> bool:
        return bool(self.before or self.after)


def page_number(request: HttpRequest) -> int:
    """The page asked for, the first where it is no number."""
    text = request.GET.get("page", "")
    return min(max(1, int(text)), 10_000) if text.isdecimal() else 1


def id_asked(request: HttpRequest, name: str) -> int | None:
    """The id in the address; None where it is none, or larger than any of ours can be."""
    text = request.GET.get(name, "")
    return int(text) if text.isdecimal() and len(text) <= _ID_DIGITS else None

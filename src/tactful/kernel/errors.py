"""Errors that a person can act on. The docstring of a class is its message, unless one is given."""

from inspect import cleandoc


class TactfulError(Exception):
    """Something went wrong."""

    def __init__(self, message: str | None = None) -> None:
        super().__init__(message or cleandoc(self.__doc__ or ""))

    @property
    def message(self) -> str:
        return str(self.args[0])


class InvalidInput(TactfulError):
    """What was given cannot be understood."""


class NotFound(TactfulError):
    """There is nothing by that name."""


class Conflict(TactfulError):
    """Somebody else changed or holds this."""

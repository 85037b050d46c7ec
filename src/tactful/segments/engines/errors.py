"""What an engine cannot do is refused by name, never computed differently."""

from tactful.kernel.errors import InvalidInput, TactfulError


class EngineCannot(InvalidInput):
    """This engine cannot answer that question as DuckDB would."""


class EngineMissing(TactfulError):
    """The engine chosen by TACTFUL_ENGINE is not installed, or nobody answers at TACTFUL_ENGINE_URL."""


class Untranslatable(Exception):
    """A word or a shape of the compiled query for which a dialect has no entry."""

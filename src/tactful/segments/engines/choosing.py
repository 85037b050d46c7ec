"""Which engine answers questions about everyone: a setting says."""

from collections.abc import Callable, Mapping

from tactful.kernel.errors import InvalidInput
from tactful.segments.engines.chdb import Chdb
from tactful.segments.engines.postgres import Postgres
from tactful.segments.engines.source import Engine
from tactful.segments.engines.spark import SparkConnect, sail

OWN = "duckdb"
_HERE: Mapping[str, Callable[[], Engine]] = {"postgres": Postgres, "chdb": Chdb}
_AT_URL: Mapping[str, Callable[[str], Engine]] = {"spark": SparkConnect, "sail": sail}


def engine_called(name: str, url: str) -> Engine | None:
    """The engine of this name, None for our own. Raises InvalidInput."""
    if name == OWN:
        return None
    if name in _HERE:
        return _HERE[name]()
    if name not in _AT_URL:
        known = ", ".join([OWN, *_HERE, *_AT_URL])
        raise InvalidInput(f"TACTFUL_ENGINE is {name!r}; it may be one of {known}")
    if not url.startswith("sc://"):
        raise InvalidInput(f"TACTFUL_ENGINE={name} needs TACTFUL_ENGINE_URL, such as sc://127.0.0.1:15002")
    return _AT_URL[name](url)

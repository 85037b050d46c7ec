"""The scenarios that come with Tactful, as they lie in `ready`, in the order of the catalogue."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from tactful.journeys.domain.definition import Definition
from tactful.journeys.domain.parsing import parse
from tactful.kernel.documents import read_yaml
from tactful.kernel.errors import NotFound

_HERE = Path(__file__).parent
STARTERS = ("after-first-purchase", "reactivation-by-hypothesis")
"""Those that every installation begins with; the others are taken where somebody wants them."""


@dataclass(frozen=True, slots=True)
class Scenario:
    """A ready journey. `text` is its file; `businesses` are shop, b2b, service."""

    slug: str
    what: str
    businesses: tuple[str, ...]
    text: str
    data: dict[str, Any]
    definition: Definition


@cache
def ready() -> tuple[Scenario, ...]:
    """All of them, in the order in which they are offered."""
    return tuple(_scenario(entry) for entry in read_yaml((_HERE / "scenarios.yaml").read_text(encoding="utf-8")))


def scenario(slug: str) -> Scenario:
    """One of them. Raises NotFound."""
    found = next((one for one in ready() if one.slug == slug), None)
    if found is None:
        raise NotFound(f"there is no ready scenario {slug!r}; there are {', '.join(one.slug for one in ready())}")
    return found


def _scenario(entry: dict[str, Any]) -> Scenario:
    text = (_HERE / "ready" / f"{entry['slug'].replace('-', '_')}.yaml").read_text(encoding="utf-8")
    data = read_yaml(text)
    return Scenario(entry["slug"], entry["what"], tuple(entry["for"]), text, data, parse(data))

from pathlib import Path

import pytest

from tactful.analytics.definitions import DEFINITIONS, FATIGUE
from tactful.catalog.domain.orders import PURCHASE_RULE

PAGE = (Path(__file__).parents[2] / "docs" / "measures.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", DEFINITIONS)
def test_the_page_says_what_the_program_says(name: str) -> None:
    definition = DEFINITIONS[name]
    script_name = f"fatigue.{name}" if name in FATIGUE else name
    assert f"| {definition.title} | `{script_name}` | {definition.sentence} |" in PAGE


def test_the_page_says_what_a_purchase_is() -> None:
    assert PURCHASE_RULE in " ".join(PAGE.split())

"""Words agree with their number."""

import pytest

from tactful.kernel.texts import counted


@pytest.mark.parametrize(
    ("count", "told"), [(0, "0 customers"), (1, "1 customer"), (2, "2 customers"), (12_000, "12,000 customers")]
)
def test_a_word_agrees_with_its_number(count: int, told: str) -> None:
    assert counted(count, "customer") == told

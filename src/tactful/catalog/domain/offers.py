"""What to offer next: from what somebody buys most, the product that others like him took and he did not. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

FEWEST = 3
"""Buyers below which a product is no recommendation."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A product that the customer has not had, in a category from which he buys.

    `items` of his `all_items` are of the category. Of `peers`, customers who bought a product of that category that
    he bought too, `buyers` also bought this one.
    """

    sku: str
    name: str
    category: str
    items: int
    all_items: int
    buyers: int
    peers: int


def best_offer(candidates: Sequence[Candidate]) -> Candidate | None:
    """The bestselling candidate of the category he buys most of; of another category where that has none."""
    worth = [each for each in candidates if each.buyers >= FEWEST]
    return min(worth, key=lambda each: (-each.items, each.category, -each.buyers, each.sku), default=None)

"""What to offer next: facts from the orders of others, and the choice among them."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from tactful.catalog import queries, services
from tactful.catalog.domain.offers import Candidate, best_offer
from tactful.events.domain.parse import Located

NOW = datetime(2026, 4, 1, tzinfo=UTC)
Say = Callable[..., Located]
GREEN = Candidate("green", "Green tea", "Tea", items=7, all_items=12, buyers=5, peers=20)


@pytest.mark.parametrize(
    ("candidates", "chosen"),
    [
        ([], None),
        ([replace(GREEN, buyers=2)], None),
        ([replace(GREEN, buyers=3)], "green"),
        ([GREEN, replace(GREEN, sku="black", buyers=6)], "black"),
        ([GREEN, replace(GREEN, sku="cup", category="Cups", items=3, buyers=19)], "green"),
        ([replace(GREEN, buyers=2), replace(GREEN, sku="cup", category="Cups", items=3)], "cup"),
        ([GREEN, replace(GREEN, sku="black")], "black"),
    ],
)
def test_the_bestseller_of_his_main_category_is_offered(candidates: list[Candidate], chosen: str | None) -> None:
    found = best_offer(candidates)
    assert (found.sku if found else None) == chosen


def bought(say: Say, customer: int, *skus: str, name: str = "Order Completed", category: str = "Tea") -> Located:
    kind = {"category": category, "price": 5, "quantity": 2}
    lines = [{"product_id": sku, "name": sku.title(), **kind} for sku in skus]
    number = f"{customer}-{'-'.join(skus)}-{name}"
    return say(name, customer=customer, order_id=number, currency="EUR", products=lines)


def project(*events: Located) -> None:
    services.project(events, now=NOW, margin_share=0.4, currency="EUR")


@pytest.mark.django_db
def test_candidates_are_what_buyers_of_the_same_took_and_he_did_not(say: Say) -> None:
    project(
        bought(say, 1, "mint"),
        bought(say, 1, "spoon", category="Tools"),
        *(bought(say, each, "mint", "green") for each in (2, 3, 4)),
        bought(say, 5, "mint", "black"),
        bought(say, 6, "black", "white"),
        bought(say, 7, "mint", "oolong", name="Order Updated"),
    )
    assert queries.next_offers(1) == [
        Candidate("green", "Green", "Tea", items=2, all_items=4, buyers=3, peers=4),
        Candidate("black", "Black", "Tea", items=2, all_items=4, buyers=1, peers=4),
    ]
    assert queries.next_offers(2) == [Candidate("black", "Black", "Tea", 4, 4, buyers=1, peers=4)]


@pytest.mark.django_db
def test_who_never_bought_gets_no_offer(say: Say) -> None:
    project(bought(say, 2, "mint", "green"))
    assert queries.next_offers(1) == []

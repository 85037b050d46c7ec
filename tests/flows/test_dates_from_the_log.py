"""Dates that events told before orders and proposals kept them: the migrations read them out of the log."""

import importlib
from datetime import timedelta

import pytest
from django.db import connection
from tests.flows.conftest import Shop

from tactful.catalog.models import Order
from tactful.sales.models import Proposal

ORDERS = importlib.import_module("tactful.catalog.migrations.0004_dates_of_orders")
PROPOSALS = importlib.import_module("tactful.sales.migrations.0005_dates_of_proposals")
TEA = {"product_id": "tea", "price": 10}


@pytest.mark.django_db
def test_what_the_log_told_is_what_would_have_been_kept(shop: Shop) -> None:
    shop.join("anna")
    shop.track("anna", "Order Placed", order_id=" 7 ", products=[TEA], delivery_at="2026-03-05T09:00:00Z", note="x")
    shop.track("anna", "Order Placed", order_id="8", products=[TEA], delivery_at="soon", due="2026-13-01")
    shop.track("anna", "Proposal Sent", proposal_id=9, deal_id="D", valid_until="2026-04-01", starts="2026-04-02")
    shop.clock.advance(timedelta(hours=9))
    shop.track("anna", "Order Updated", order_id="7", products=[TEA], delivery_at="2026-03-07")
    shop.track("anna", "Proposal Sent", proposal_id=9, valid_until="2026-05-01")
    shop.work()
    kept = list(Order.objects.order_by("external_id").values_list("external_id", "dates"))
    (proposal,) = Proposal.objects.values_list("dates", "deal")
    assert [(number, {name: day for name, (day, _) in dates.items()}) for number, dates in kept] == [
        ("7", {"delivery_at": "2026-03-07"}),
        ("8", {}),
    ]
    assert {name: day for name, (day, _) in proposal[0].items()} == {
        "valid_until": "2026-05-01",
        "starts": "2026-04-02",
    }
    Order.objects.update(dates={})
    Proposal.objects.update(dates={}, deal="")
    with connection.cursor() as cursor:
        for sql in (ORDERS.FROM_THE_LOG, PROPOSALS.FROM_THE_LOG, PROPOSALS.DEALS_FROM_THE_LOG):
            cursor.execute(sql)
    assert list(Order.objects.order_by("external_id").values_list("external_id", "dates")) == kept
    assert list(Proposal.objects.values_list("dates", "deal")) == [proposal]

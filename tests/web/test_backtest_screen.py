"""The backtest of a journey on its screen: asked, worked out beside the page, read."""

import time
from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client
from django.urls import reverse
from tests.web import staff

from tactful.flows import setting_up
from tactful.journeys import services as journeys
from tactful.segments import services as segments
from tactful.web import backtests

SLUG = "after-first-purchase"
pytestmark = pytest.mark.django_db(transaction=True)


def signed_in(role: str) -> Client:
    now = datetime.now(UTC)
    setting_up.prepare(now=now)
    segments.install_ready(now=now)
    journeys.install_ready(now=now)
    return staff.signed_in(role)


def settled() -> str:
    for _ in range(200):
        work = backtests.latest(SLUG)
        if work and work.state != "running":
            return work.state
        time.sleep(0.05)
    return "running"


def test_a_backtest_is_run_and_read() -> None:
    client, today = signed_in("marketer"), datetime.now(UTC).date()
    url = reverse("journey-backtest", args=[SLUG])
    assert b"Not tried yet" in client.get(url).content
    period = {"since": today - timedelta(days=30), "until": today}
    assert client.post(url, period).status_code == 302
    assert settled() == "done"
    page = client.get(url).content.decode()
    assert "Nobody would have entered" in page
    assert "not response" in page
    assert "Not tried yet" not in page


def test_a_period_that_makes_no_sense_keeps_what_was_typed() -> None:
    client = signed_in("marketer")
    answer = client.post(reverse("journey-backtest", args=[SLUG]), {"since": "2026-05-05", "until": "2026-05-01"})
    assert answer.status_code == 200
    assert b"ends before it begins" in answer.content
    assert b"2026-05-05" in answer.content
    assert backtests.latest(SLUG) is None


def test_who_only_reads_starts_nothing() -> None:
    client = signed_in("analyst")
    url = reverse("journey-backtest", args=[SLUG])
    assert b"Run the backtest" not in client.get(url).content
    client.post(url, {"since": "2026-05-01", "until": "2026-05-05"})
    assert backtests.latest(SLUG) is None
    assert client.get(reverse("journey-backtest", args=["nothing"])).status_code == 404

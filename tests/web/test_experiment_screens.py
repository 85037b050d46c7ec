"""Experiments on their screens: what may be said, the customers behind each number, an end by hand."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from uuid import uuid4

import pytest
from django.db import connections
from django.test import Client
from pytest_django.plugin import DjangoDbBlocker
from tests.web.conftest import Made, Screen

from tactful.experiments import assigning, queries, services
from tactful.experiments.domain.evidence import evidence
from tactful.experiments.domain.sequential import Sample
from tactful.experiments.domain.values import Arm, Ask, Design, Metric, Status
from tactful.experiments.domain.verdicts import Facts, judge
from tactful.team import services as team
from tactful.web.pages import CLOCK

DESIGN = Design(
    (Arm("short", "one", 0.5), Arm("long", "two", 0.5)), Metric("event", timedelta(days=7), "Order Completed")
)


def begun(now: datetime) -> int:
    asks = [Ask(1, "letter", 1, customer, uuid4(), DESIGN) for customer in range(1, 41)]
    assigning.assign(asks, now=now - timedelta(days=30))
    return queries.experiments()[0].id


def looked(experiment: int, hits: tuple[int, int], now: datetime, watched: timedelta = timedelta(days=30)) -> None:
    facts = Facts(
        samples={"short": Sample.of_hits(5000, hits[0]), "long": Sample.of_hits(5000, hits[1])},
        guards={"complaints": {"short": Sample.of_hits(5000, 2), "long": Sample.of_hits(5000, 3)}},
        epochs=[({"short": 5000, "long": 5000}, DESIGN.shares)],
        started_at=now - timedelta(days=30),
        counted_from=now - watched,
        counted_to=now - watched / 4,
        sent_to=now,
        now=now,
    )
    judged = judge(facts, alpha=0.05)
    services.record_look(experiment, judged, evidence(facts, judged), now=now)


@pytest.fixture
def staff(client: Client, db: None) -> Client:
    team.create_user(email="a@example.com", name="A", role="admin", password="tea-without-spam", now=CLOCK.now())
    client.post("/sign-in/", {"username": "a@example.com", "password": "tea-without-spam"})
    return client


def text(client: Client, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200
    return answer.content.decode()


def test_without_experiments_the_list_says_how_to_begin_one(staff: Client) -> None:
    assert "No experiments" in text(staff, "/experiments/")
    assert staff.get("/experiments/9/").status_code == 404


def test_a_test_that_runs_says_how_long_it_may_take(staff: Client) -> None:
    now = CLOCK.now()
    one = begun(now)
    assert "Too early: the first look comes within the hour" in text(staff, f"/experiments/{one}/")
    looked(one, (500, 540), now - timedelta(hours=1))
    looked(one, (500, 541), now)
    shown = text(staff, f"/experiments/{one}/")
    assert "at this pace about" in shown
    assert "Surely between" in shown
    assert "None like that" in text(staff, "/experiments/?q=nowhere")
    assert "Nobody" in text(staff, f"/experiments/{one}/customers/?arm=short&of=assigned")
    assert staff.get(f"/experiments/{one}/customers/?arm=loud").status_code == 404


def test_shares_differ_by_points(staff: Client) -> None:
    one = begun(CLOCK.now())
    looked(one, (500, 541), CLOCK.now())
    assert "+0.8\u00a0points" in text(staff, f"/experiments/{one}/")


def test_who_is_ahead_too_early_is_told_what_is_waited_for(staff: Client) -> None:
    now = CLOCK.now()
    one = begun(now)
    looked(one, (500, 800), now, watched=timedelta(days=6))
    assert queries.experiment(one).status is Status.RUNNING
    shown = text(staff, f"/experiments/{one}/")
    assert "“long” is ahead, but nothing is named before" in shown
    assert "a week has passed since the first was sent" in shown


def test_a_winner_is_named_and_stays(staff: Client) -> None:
    now = CLOCK.now()
    one = begun(now)
    looked(one, (500, 800), now)
    assert queries.experiment(one).status is Status.WON
    assert "is better than every other text" in text(staff, f"/experiments/{one}/")
    assert staff.post(f"/experiments/{one}/end/", {"arm": "short", "reason": "late"}).status_code == 422


@pytest.mark.parametrize(
    ("arm", "says"), [("long", "was chosen by hand, it is not proven: it sings"), ("", "Stopped by hand: it sings")]
)
def test_an_end_by_hand_needs_a_reason_and_claims_nothing(staff: Client, arm: str, says: str) -> None:
    one = begun(CLOCK.now())
    assert staff.post(f"/experiments/{one}/end/", {"arm": arm, "reason": ""}).status_code == 422
    assert staff.post(f"/experiments/{one}/end/", {"arm": arm, "reason": "it sings"}).status_code == 302
    shown = text(staff, f"/experiments/{one}/").replace("&#x27;", "'")
    assert says in shown


@pytest.fixture(scope="module")
def experiment(company: Made, django_db_blocker: DjangoDbBlocker) -> int:
    """Made in a thread of its own: where the browser runs, an event loop does, and Django keeps away from it."""

    def make() -> int:
        now = CLOCK.now()
        try:
            one = begun(now)
            looked(one, (500, 530), now - timedelta(days=1))
            looked(one, (500, 541), now)
        finally:
            connections.close_all()
        return one

    with django_db_blocker.unblock(), ThreadPoolExecutor(1) as thread:
        return thread.submit(make).result()


@pytest.mark.browser
@pytest.mark.parametrize("path", ["/experiments/", "/experiments/{one}/", "/experiments/{one}/end/"])
def test_the_screens_are_open_to_everybody(screen: Screen, phone: Screen, path: str, experiment: int) -> None:
    for each in (screen, phone):
        assert each.open(path.format(one=experiment)) == 200
        assert (each.barriers(), each.faults, each.too_wide) == ([], [], False)

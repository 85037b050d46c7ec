"""Writing journeys, broadcasts and notices without a browser: saving, versions, moving, states, who may."""

import json
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
from django.contrib.auth import get_user_model
from django.test import Client
from tests.journeys.machine_kit import definition

from tactful.content import queries as content
from tactful.flows import setting_up
from tactful.journeys import planning, services
from tactful.journeys import queries as journeys
from tactful.journeys.domain.calendar import Once
from tactful.journeys.domain.parsing import parse
from tactful.journeys.models import Run
from tactful.journeys.queries import Waiting
from tactful.segments import queries as segments
from tactful.team import queries as team
from tactful.team import services as staff
from tactful.team.services import NewNotice
from tactful.web import broadcast_states, journey_compare, journey_words
from tactful.web.broadcast_forms import definition_of

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
ADDRESS = "/journeys/after-first-purchase/"
pytestmark = pytest.mark.django_db


@pytest.fixture
def client(db: None) -> Client:
    setting_up.prepare(now=NOW)
    staff.save_workspace(replace(team.workspace(), postal_address="Harbour Road 1, 20457 Hamburg"))
    services.install_ready(now=NOW)
    return signed_in("max@example.com", "marketer")


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        ({"date": "birthday", "yearly": True}, "On birthday every year at 10:00 by their clocks, everybody"),
        (
            {"date": "order.completed_at", "days": 30},
            "30 days after the day an order was completed at 10:00 by their clocks, once for each order",
        ),
        (
            {"date": "order.delivery_at", "days": -1, "at": "09:00", "segment": "asleep"},
            "1 day before the “delivery at” of an order at 09:00 by their clocks, those in the segment “asleep”",
        ),
        (
            {"date": "deal.valid_until"},
            "On the “valid until” of a deal at 10:00 by their clocks, once for each deal",
        ),
        (
            {"date": "deal.sent_at", "days": 7},
            "7 days after the day a proposal was sent at 10:00 by their clocks, once for each deal",
        ),
    ],
)
def test_an_entry_by_a_date_is_read_as_a_sentence(entry: dict[str, Any], said: str) -> None:
    assert journey_words.entry_sentence(parse(definition(entry=entry)).entry) == said


def test_the_launch_says_for_how_many_the_day_comes(client: Client) -> None:
    services.save(definition(entry={"date": "order.completed_at", "days": 30}), now=NOW)
    page = client.get("/journeys/cart/").content.decode()
    assert "The day comes for 0 orders in the next 7 days." in page
    assert "once for each order" in page


def signed_in(email: str, role: str) -> Client:
    staff.create_user(email=email, password="tea-without-spam", role=role, now=NOW)
    browser = Client()
    user = get_user_model().objects.get(email=email)
    browser.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return browser


def source() -> dict[str, Any]:
    return journeys.journey("after-first-purchase").summary.source


def sent(
    client: Client, address: str, definition: object, version: int | None = None
) -> tuple[int, dict[str, Any]]:
    answer = client.post(address, {"definition": json.dumps(definition), "version": version or ""})
    return answer.status_code, answer.json()


def test_saving_makes_a_version_and_tells_where_to_look(client: Client) -> None:
    status, said = sent(client, f"{ADDRESS}change/", {**source(), "name": "Thanks"}, version=1)
    assert (status, said) == (200, {"url": ADDRESS})
    assert journeys.journey("after-first-purchase").summary.version == 2
    assert [row.number for row in journeys.versions("after-first-purchase")] == [2, 1]


@pytest.mark.parametrize(
    ("changes", "version", "status", "words"),
    [
        ({"name": ""}, 1, 422, "Not saved: Name: give it one."),
        ({"slug": "another"}, 1, 422, "short name stays"),
        ({"name": "Thanks"}, 7, 409, "meanwhile"),
    ],
)
def test_what_cannot_be_saved_says_why_and_changes_nothing(
    client: Client, changes: dict[str, object], version: int, status: int, words: str
) -> None:
    before = source()
    found, said = sent(client, f"{ADDRESS}change/", {**before, **changes}, version=version)
    assert found == status
    assert words in said["fault"]
    assert source() == before


@pytest.mark.parametrize("slug", ["new", "check", "after-first-purchase"])
def test_a_new_journey_does_not_take_a_name_that_is_taken(client: Client, slug: str) -> None:
    status, said = sent(client, "/journeys/new/", {**source(), "slug": slug})
    assert status == 422
    assert "another short name" in said["fault"]


def test_a_copy_begins_with_the_steps_of_another_under_a_new_name(client: Client) -> None:
    given = client.get("/journeys/new/?copy=after-first-purchase").context["given"]
    assert given["journey"]["slug"] == "after-first-purchase-copy"
    assert given["journey"]["steps"] == source()["steps"]
    assert given["faults"] == []


def test_what_is_named_and_not_there_is_told_while_one_writes(client: Client) -> None:
    drawn = source()
    drawn["steps"]["tips"]["template"] = "nowhere"
    _, said = sent(client, "/journeys/check/", drawn)
    assert said["readable"]
    assert "There is no text “nowhere”." in said["notes"]


def test_an_analyst_reads_and_may_not_change(client: Client) -> None:
    reader = signed_in("ann@example.com", "analyst")
    assert reader.get(ADDRESS).status_code == 200
    assert b"Archive" not in reader.get(ADDRESS).content
    for address in (f"{ADDRESS}change/", f"{ADDRESS}archive/", f"{ADDRESS}move/", "/broadcasts/new/"):
        assert reader.post(address).status_code == 403


def test_two_versions_stand_side_by_side_in_words(client: Client) -> None:
    old = journeys.version("after-first-purchase", 1)
    drawn = source()
    drawn["steps"]["first-days"]["days"] = 3
    del drawn["steps"]["make-it-right"]
    drawn["steps"]["unhappy"] |= {"yes": "done"}
    services.save(drawn, now=NOW)
    lines = {line.name: line for line in journey_compare.compare(old, journeys.version(old.slug, 2), {})}
    assert lines["Step “first-days”"].change == "changed"
    assert "Wait 3 days" in lines["Step “first-days”"].new
    assert lines["Step “make-it-right”"].change == "gone"
    assert lines["Goal"].change == "same"
    page = client.get(f"{ADDRESS}versions/").content.decode()
    assert "Wait 3 days" in page


def test_running_customers_are_moved_where_the_page_shows_it(client: Client) -> None:
    journey = journeys.journey("after-first-purchase").summary
    state = {"phase": "waiting", "came_at": NOW.isoformat(), "arrivals": 1, "event_id": None}
    for customer, step in enumerate(["first-days", "first-days", "in-use"], 1):
        Run.objects.create(
            journey_id=journey.id,
            version=1,
            customer_id=customer,
            step=step,
            state=state,
            started_at=NOW,
            due_at=NOW,
        )
    drawn = source()
    drawn["steps"]["using"] = drawn["steps"].pop("in-use")
    drawn["steps"]["tips"] |= {"next": "using"}
    services.save(drawn, now=NOW)
    assert "3 customers are on the way on older versions" in client.get(ADDRESS).content.decode()
    shown = client.get(f"{ADDRESS}versions/").context["moving"]
    assert [(one.step, one.runs, one.target) for one in shown] == [
        ("first-days", 2, "first-days"),
        ("in-use", 1, ""),
    ]
    refused = client.post(f"{ADDRESS}move/", {"to:first-days": "", "to:in-use": ""}, follow=True)
    assert "no step in-use" in refused.content.decode()
    moved = client.post(f"{ADDRESS}move/", {"to:first-days": "", "to:in-use": "using"}, follow=True)
    assert "3 runs moved" in moved.content.decode().replace("\u202f", " ")
    assert sorted(Run.objects.values_list("version", "step")) == [
        (2, "first-days"),
        (2, "first-days"),
        (2, "using"),
    ]


def test_archiving_says_how_many_runs_it_ends(client: Client) -> None:
    assert "ends for good: 0 open runs" in client.get(ADDRESS).content.decode().replace("\u202f", " ")
    answer = client.post(f"{ADDRESS}archive/", follow=True)
    assert "0 open runs ended with it" in answer.content.decode()
    assert journeys.journey("after-first-purchase").summary.status == "archived"


def typed(**changes: object) -> dict[str, object]:
    template = content.templates()[0].slug
    day = (datetime.now(UTC) + timedelta(days=9)).date()
    said = {"name": "Winter tea", "template": template, "topic": "news", "category": "information", "date": day}
    more = {"at": "10:00", "zone": "company", "owner": "Max", "failure_path": "Pause", "per_hour": 500}
    return {**said, **more, **changes}


def test_a_broadcast_is_written_scheduled_paused_resumed_and_cancelled(client: Client) -> None:
    answer = client.post("/broadcasts/new/", typed(), follow=True)
    assert answer.redirect_chain[-1][0] == "/broadcasts/winter-tea/"
    made = journeys.version("winter-tea", 1)
    assert made.entry.per_hour == 500
    assert isinstance(made.entry.rule, Once)
    for act, status in (("schedule", "active"), ("pause", "paused"), ("resume", "active"), ("cancel", "archived")):
        client.post(f"/broadcasts/winter-tea/{act}/")
        assert journeys.journey("winter-tea").summary.status == status
    page = client.get("/broadcasts/").content.decode()
    assert "Winter tea" in page
    assert "cancelled" in page
    assert "Winter tea" not in client.get("/journeys/").content.decode()


def test_before_a_launch_it_says_how_many_are_left_alone_for_comparison(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    reach = {"size": 4994, "reached": 3541, "silent": 1453, "topic": "news"}
    monkeypatch.setattr("tactful.web.views.broadcasts._reach", lambda *_asked: reach)
    client.post("/broadcasts/new/", typed(holdout=10, goal="Order Completed", within=7))
    page = " ".join(client.get("/broadcasts/winter-tea/").content.decode().replace("\u202f", " ").split())
    assert "About 3 541 can be reached, and of these about 354 are left alone, for comparison; 1 453 stay" in page
    client.post("/broadcasts/new/", typed(name="Spring tea"))
    assert "left alone" not in client.get("/broadcasts/spring-tea/").content.decode()


def test_a_cancellation_counts_those_who_waited_and_nobody_who_is_left_alone(client: Client) -> None:
    client.post("/broadcasts/new/", typed())
    client.post("/broadcasts/winter-tea/schedule/")
    found = journeys.journey("winter-tea").summary
    for customer, in_holdout in ((1, False), (2, True), (3, True)):
        Run.objects.create(
            journey_id=found.id, version=1, customer_id=customer, step="x", started_at=NOW, in_holdout=in_holdout
        )
    planning.plan([(found.id, 4, NOW, ""), (found.id, 5, NOW, "")])
    said = client.post("/broadcasts/winter-tea/cancel/", follow=True).content.decode().replace("\u202f", " ")
    assert "3 customers who waited for it will not get it" in said
    client.post("/broadcasts/new/", typed(name="Spring tea"))
    assert "nobody waited for it" in client.post("/broadcasts/spring-tea/cancel/", follow=True).content.decode()


def test_a_stage_is_told_from_a_segment_of_the_same_name_wherever_an_audience_is_chosen(client: Client) -> None:
    stage = next(row for row in segments.segments() if row.position is not None)
    for address in ("/content/cart-help/change/", "/broadcasts/new/", f"{ADDRESS}change/"):
        assert f"{stage.name} (stage)" in client.get(address).content.decode(), address


def test_a_broadcast_is_changed_until_it_begins(client: Client) -> None:
    client.post("/broadcasts/new/", typed())
    client.post(
        "/broadcasts/winter-tea/change/", typed(name="Spring tea", version=1, goal="Order Completed", within=7)
    )
    assert journeys.version("winter-tea", 2).name == "Spring tea"
    stale = client.post("/broadcasts/winter-tea/change/", typed(version=1))
    assert stale.status_code == 422
    assert "changed it meanwhile" in stale.content.decode()


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"date": "2020-01-01"}, "moment has passed"),
        ({"holdout": 10}, "compared by a goal"),
        ({"goal": "Order Completed"}, "days within which"),
        ({"template": ""}, "required"),
    ],
)
def test_a_broadcast_that_cannot_be_says_how_to_mend_it(
    client: Client, changes: dict[str, object], words: str
) -> None:
    answer = client.post("/broadcasts/new/", typed(**changes))
    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert "Winter tea" in answer.content.decode()


def test_what_the_form_of_a_broadcast_does_not_show_stays(client: Client) -> None:
    client.post("/broadcasts/new/", typed())
    was = journeys.journey("winter-tea").summary.source | {"priority": 7, "review_by": "2027-01-01"}
    data = {**typed(), "segment": "", "holdout": None, "goal": "", "at": time(11)}
    made = definition_of(data, slug="winter-tea", was=was)
    assert (made["priority"], made["review_by"]) == (7, "2027-01-01")


@pytest.mark.parametrize(
    ("status", "hour", "entered", "queued", "state"),
    [
        ("draft", 9, 0, 0, "draft"),
        ("active", 9, 0, 0, "scheduled"),
        ("active", 10, 0, 0, "scheduled"),
        ("active", 11, 3, 7, "sending"),
        ("active", 11, 10, 0, "sent"),
        ("paused", 11, 3, 7, "paused"),
        ("archived", 11, 3, 0, "cancelled"),
    ],
)
def test_the_state_of_a_broadcast_follows_from_its_clock_and_counts(
    client: Client, status: str, hour: int, entered: int, queued: int, state: str
) -> None:
    client.post("/broadcasts/new/", typed())
    row: Any = journeys.journey("winter-tea").summary
    day = NOW.date()
    now = datetime.combine(day, time(hour), tzinfo=UTC)
    found = broadcast_states.standing(
        replace(row, status=status, counts=replace(row.counts, entered=entered)),
        Once(day, time(10), own_zone=False),
        now=now,
        zone=ZoneInfo("UTC"),
        waiting=Waiting(queued, now, now) if queued else None,
        audience=10,
    )
    assert found.state == state


@pytest.mark.parametrize(
    ("status", "read", "queued", "total"),
    [
        ("draft", None, 0, 30),
        ("active", 9, 0, 30),  # as the audience stands today
        ("active", 11, 17, 20),  # what its moment met, however many came since
        ("paused", 11, 17, 20),
        ("archived", 11, 0, 20),  # those who waited were forgotten, what was meant was not
        ("archived", 9, 0, 30),
    ],
)
def test_what_a_broadcast_meant_stays_when_its_moment_is_over(
    client: Client, status: str, read: int | None, queued: int, total: int
) -> None:
    client.post("/broadcasts/new/", typed())
    row: Any = journeys.journey("winter-tea").summary
    day = NOW.date()
    moments = {hour: datetime.combine(day, time(hour), tzinfo=UTC) for hour in (9, 11)}
    found = broadcast_states.standing(
        replace(
            row,
            status=status,
            counts=replace(row.counts, entered=3 if read == 11 else 0),
            read_until=moments[read] if read else None,
            met=20 if read == 11 else None,
        ),
        Once(day, time(10), own_zone=False),
        now=moments[read or 11],
        zone=ZoneInfo("UTC"),
        waiting=Waiting(queued, moments[11], moments[11]) if queued else None,
        audience=30,
    )
    assert (found.total, found.settled) == (total, read == 11)


def test_notices_are_read_by_whom_they_are_for(client: Client) -> None:
    staff.notify(
        [
            NewNotice(key=uuid4(), to=to, text=f"A word to {to or 'all'}", customer_id=None, at=NOW)
            for to in ("", "max@example.com", "ann@example.com")
        ]
    )
    page = client.get("/notices/").content.decode()
    assert "Notices: 2 unread" in page
    assert "A word to all" in page
    assert "A word to ann" not in page
    everything = team.notices(reader="ann@example.com", unread=True)
    client.post("/notices/read/", {"id": [row.id for row in everything] + ["x", ""]})
    assert team.unread_notices(reader="max@example.com") == 1
    assert [row.to for row in team.notices(reader="ann@example.com", unread=True)] == ["ann@example.com"]
    assert "Nothing says so" in client.get("/notices/?q=nonsense").content.decode()


@pytest.mark.parametrize("given", ["[]", "{", '{"wait": {"x": 1}}', "&a [*a]"])
def test_what_is_no_place_on_the_canvas_is_refused_and_the_old_ones_stay(client: Client, given: str) -> None:
    assert client.post(f"{ADDRESS}places/", {"places": '{"tips": {"x": 40, "y": 50}}'}).status_code == 200
    answer = client.post(f"{ADDRESS}places/", {"places": given})
    assert answer.status_code == 422
    assert answer.json()["fault"]
    assert journeys.places("after-first-purchase") == {"tips": {"x": 40, "y": 50}}
    assert client.post("/journeys/unheard-of/places/", {"places": "{}"}).status_code == 404


def test_a_reader_moves_no_steps() -> None:
    assert signed_in("ana@example.com", "analyst").post(f"{ADDRESS}places/", {"places": "{}"}).status_code == 403


def test_a_new_journey_keeps_its_places_with_its_first_version(client: Client) -> None:
    sent = {"definition": json.dumps(definition()), "version": "", "places": '{"letter": {"x": 7, "y": 8}}'}
    assert client.post("/journeys/new/", sent).status_code == 200
    assert journeys.places("cart") == {"letter": {"x": 7, "y": 8}}

"""Orders and deals whose dates let customers in, through the real engine: those from before the launch, too."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from tests.flows.conftest import START, Shop
from tests.journeys.machine_kit import DONE, definition

from tactful.content import services as content
from tactful.content.domain.values import Text
from tactful.customers import queries as customers
from tactful.delivery import queries as delivery
from tactful.delivery.models import Delivery
from tactful.flows import calendar, feedback, journey_care, quality
from tactful.journeys import queries as journeys_now
from tactful.journeys import services as journeys
from tactful.journeys.domain.calendar import OnDate
from tactful.journeys.domain.choosing import Chosen
from tactful.journeys.domain.parsing import parse

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
STAY = {"start": "stay", "steps": {"stay": {"type": "wait", "days": 9, "next": "done"}, "done": DONE}}
AFTER_ORDER = {"date": "order.completed_at", "days": 30, "at": "10:00"}
BEFORE_END = {"date": "deal.valid_until", "days": -3, "at": "10:00"}
Run = tuple[str, str, str]

pytestmark = pytest.mark.django_db


def launch(shop: Shop, **changes: Any) -> None:
    journeys.save(definition(**({"exit": [], "entry": AFTER_ORDER} | STAY | changes)), now=shop.now)
    journeys.activate("cart", now=shop.now)


def pass_by(shop: Shop, span: timedelta, *, step: timedelta = HOUR) -> None:
    """The clock comes by again and again, then the engine."""
    until = shop.now + span
    while shop.now < until:
        shop.clock.advance(min(step, until - shop.now))
        calendar.read(shop.now)
        shop.work()


def runs(*users: str) -> list[Run]:
    """(customer, key, day and hour in UTC) of everybody's runs, in order."""
    return sorted(
        (user, run.key, f"{run.started_at:%m-%d %H}")
        for user, number in customers.internal_ids(users).items()
        for run in journeys_now.runs_of_customer(number)
        if run.journey == "cart"
    )


def test_an_order_from_before_the_launch_lets_its_customer_in_and_an_older_one_does_not(shop: Shop) -> None:
    for user, days in (("anna", 28), ("ben", 31), ("cleo", 90)):
        shop.join(user)
        shop.buy(user, f"o-{user}", at=shop.now - days * DAY, historical=True)
    shop.work()
    launch(shop)
    pass_by(shop, 5 * DAY)
    # Bought on 2 February at ten; the thirtieth day after it is 4 March. Ben's was the day before the launch.
    assert runs("anna", "ben", "cleo") == [("anna", "o-anna", "03-04 10")]


def test_the_moment_is_that_of_the_customers_own_clocks(shop: Shop) -> None:
    for user, zone in (("anna", "Asia/Tokyo"), ("ben", "America/New_York")):
        shop.join(user, timezone=zone)
        # In Tokyo it is already the third.
        shop.buy(user, f"o-{user}", at=datetime(2026, 2, 2, 20, tzinfo=UTC))
    shop.work()
    launch(shop)
    pass_by(shop, 5 * DAY)
    assert runs("anna", "ben") == [("anna", "o-anna", "03-05 01"), ("ben", "o-ben", "03-04 15")]


def test_two_orders_of_one_customer_are_two_runs_and_each_is_left_by_its_own_cancellation(shop: Shop) -> None:
    shop.join("anna")
    for order in ("o1", "o2"):
        shop.buy("anna", order, at=shop.now - 29 * DAY)
    shop.work()
    launch(shop, exit=[{"event": "Order Cancelled", "same_key": True, "reason": "cancelled"}])
    pass_by(shop, 2 * DAY)
    assert [run[1] for run in runs("anna")] == ["o1", "o2"]
    shop.track("anna", "Order Cancelled", order_id="o2")
    shop.work()
    (number,) = customers.internal_ids(["anna"]).values()
    ended = {run.key: run.outcome for run in journeys_now.runs_of_customer(number) if run.journey == "cart"}
    assert ended == {"o1": None, "o2": "exited:cancelled"}


def test_an_order_that_is_heard_of_after_its_moment_lets_nobody_in(shop: Shop) -> None:
    shop.join("anna")
    shop.work()
    launch(shop)
    pass_by(shop, DAY)
    shop.buy("anna", "late", at=shop.now - 31 * DAY)
    shop.buy("anna", "in-time", at=shop.now - 29 * DAY)
    shop.work()
    pass_by(shop, 2 * DAY)
    assert [run[1] for run in runs("anna")] == ["in-time"]


def test_what_is_cancelled_answered_or_nobodys_lets_nobody_in(shop: Shop) -> None:
    shop.join("anna")
    for order in ("kept", "cancelled", "placed"):
        name = "Order Placed" if order == "placed" else "Order Completed"
        line = {"product_id": "tea", "price": 10}
        shop.say(
            "track",
            "anna",
            event=name,
            at=shop.now - 29 * DAY,
            properties={"order_id": order, "products": [line]},
        )
    shop.track("anna", "Order Cancelled", order_id="cancelled")
    shop.work()
    launch(shop)
    pass_by(shop, 2 * DAY)
    assert [run[1] for run in runs("anna")] == ["kept"]


def test_a_cancellation_during_a_pause_takes_the_entry_back(shop: Shop) -> None:
    shop.join("anna")
    for order in ("o1", "o2"):
        shop.buy("anna", order, at=shop.now - 30 * DAY + HOUR)
    shop.work()
    launch(shop, entry=AFTER_ORDER | {"at": "11:00"})
    shop.clock.advance(2 * HOUR)
    calendar.read(shop.now)  # planned, and the engine has not come by
    journeys.pause("cart", now=shop.now)
    shop.track("anna", "Order Cancelled", order_id="o1")
    shop.clock.advance(DAY)
    shop.work()
    journeys.activate("cart", now=shop.now)
    pass_by(shop, DAY)
    assert [run[1] for run in runs("anna")] == ["o2"]


def test_a_cancellation_in_the_batch_of_the_entry_comes_first(shop: Shop) -> None:
    shop.join("anna")
    shop.buy("anna", "o1", at=shop.now - 30 * DAY)
    shop.work()
    launch(shop, entry=AFTER_ORDER | {"at": "11:00"})
    shop.clock.advance(2 * HOUR)
    shop.track("anna", "Order Cancelled", order_id="o1")
    calendar.read(shop.now)
    shop.work()
    assert runs("anna") == []


def test_a_journey_changed_between_plan_and_moment_lets_nobody_in_for_what_it_was_about(shop: Shop) -> None:
    shop.join("anna")
    shop.buy("anna", "o1", at=shop.now - 30 * DAY)
    shop.work()
    launch(shop, entry=AFTER_ORDER | {"at": "11:00"})
    shop.clock.advance(2 * HOUR)
    calendar.read(shop.now)
    journeys.save(definition(**({"exit": [], "entry": {"date": "birthday"}} | STAY)), now=shop.now)
    shop.work()
    assert runs("anna") == []


def test_a_merge_takes_orders_and_plans_along_and_nobody_enters_twice(shop: Shop) -> None:
    shop.say("identify", "", anonymousId="browser", traits={"firstName": "Ann"})
    line = {"product_id": "tea", "price": 10}
    said = {"order_id": "o1", "products": [line]}
    shop.say(
        "track", "", anonymousId="browser", event="Order Completed", properties=said, at=shop.now - 30 * DAY + HOUR
    )
    shop.join("ann")
    shop.buy("ann", "o2", at=shop.now - 30 * DAY + HOUR)
    shop.work()
    launch(shop, entry=AFTER_ORDER | {"at": "11:00"})
    shop.clock.advance(2 * HOUR)
    calendar.read(shop.now)
    shop.say("identify", "ann", anonymousId="browser", traits={})
    shop.work()
    pass_by(shop, 2 * DAY)
    assert [run[1] for run in runs("ann")] == ["o1", "o2"]


def test_a_calendar_that_begins_anew_lets_nobody_in_twice(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    shop.join("anna")
    shop.buy("anna", "o1", at=shop.now - 30 * DAY)
    shop.work()
    launch(shop, entry=AFTER_ORDER | {"at": "11:00"}, reentry="any_time")
    shop.clock.advance(2 * HOUR)

    def killed(*_: object) -> None:
        raise ConnectionError

    with monkeypatch.context() as patch:
        patch.setattr(calendar.planning, "read_until", killed)
        with pytest.raises(ConnectionError):
            calendar.read(shop.now)  # it had planned, and that goes with its transaction
    for _ in range(3):
        calendar.read(shop.now)
        shop.work()
    pass_by(shop, 2 * DAY)
    assert [run[1] for run in runs("anna")] == ["o1"]


def test_an_order_enters_by_a_date_that_its_events_told_the_last_word_counts(shop: Shop) -> None:
    shop.join("anna")
    line = {"product_id": "tea", "price": 10}
    for order, day in (("o1", "2026-03-05"), ("o2", "2026-03-20")):
        shop.track("anna", "Order Placed", order_id=order, products=[line], delivery_at=f"{day}T08:00:00Z")
    shop.work()
    launch(shop, entry={"date": "order.delivery_at", "days": -1, "at": "09:00"})
    shop.clock.advance(HOUR)
    shop.track("anna", "Order Updated", order_id="o1", products=[line], delivery_at="2026-03-07")
    shop.work()
    pass_by(shop, 8 * DAY)
    assert runs("anna") == [("anna", "o1", "03-06 09")]


def test_a_proposal_that_runs_out_enters_before_it_does_and_an_answer_ends_only_its_own_run(shop: Shop) -> None:
    shop.join("anna")
    for number in ("p1", "p2", "p3"):
        shop.track("anna", "Proposal Sent", proposal_id=number, valid_until="2026-03-08")
    shop.track("anna", "Proposal Sent", proposal_id="p4", deal_id="D", valid_until="2026-03-08")
    shop.clock.advance(HOUR)
    shop.track("anna", "Proposal Answered", proposal_id="p3")
    shop.work()
    launch(shop, entry=BEFORE_END, exit=[{"event": "Proposal Answered", "same_key": True, "reason": "answered"}])
    pass_by(shop, 4 * DAY)
    assert [run[1:] for run in runs("anna")] == [("D", "03-05 10"), ("p1", "03-05 10"), ("p2", "03-05 10")]
    shop.track("anna", "Proposal Answered", proposal_id="p2")
    shop.track("anna", "Proposal Answered", proposal_id="p4", deal_id="D")
    shop.work()
    (number,) = customers.internal_ids(["anna"]).values()
    ended = {run.key: run.outcome for run in journeys_now.runs_of_customer(number) if run.journey == "cart"}
    assert ended == {"D": "exited:answered", "p1": None, "p2": "exited:answered"}


def test_a_proposal_enters_some_days_after_it_was_sent(shop: Shop) -> None:
    shop.join("anna")
    shop.say(
        "track",
        "anna",
        event="Proposal Sent",
        properties={"proposal_id": "p1"},
        at=shop.now - 6 * DAY,
        historical=True,
    )
    shop.work()
    launch(shop, entry={"date": "deal.sent_at", "days": 7, "at": "12:00"})
    pass_by(shop, 2 * DAY)
    assert runs("anna") == [("anna", "p1", "03-03 12")]


def test_a_yearly_date_of_an_order_comes_every_year_on_the_last_of_february_too(shop: Shop) -> None:
    shop.join("anna")
    shop.buy("anna", "leap", at=datetime(2024, 2, 29, 12, tzinfo=UTC), historical=True)
    shop.buy("anna", "plain", at=datetime(2020, 2, 28, 12, tzinfo=UTC), historical=True)
    shop.work()
    shop.clock.set(datetime(2027, 2, 27, 12, tzinfo=UTC))
    launch(shop, entry={"date": "order.completed_at", "yearly": True, "at": "10:00"})
    pass_by(shop, 2 * DAY)
    assert runs("anna") == [("anna", "leap", "02-28 10"), ("anna", "plain", "02-28 10")]


def test_only_those_in_the_segment_and_for_whom_the_condition_holds_enter(shop: Shop) -> None:
    for user, country in (("anna", "DE"), ("ben", "FR")):
        shop.join(user, address={"country": country})
        shop.buy(user, f"o-{user}", at=shop.now - 29 * DAY)
    shop.work()
    launch(shop, entry=AFTER_ORDER | {"if": {"attribute": "country", "is": "DE"}})
    pass_by(shop, 2 * DAY)
    assert [run[0] for run in runs("anna", "ben")] == ["anna"]


def test_how_many_are_ahead_is_told_before_the_launch(shop: Shop) -> None:
    shop.join("anna")
    for order, days in (("o1", 29), ("o2", 10), ("o3", 31)):
        shop.buy("anna", order, at=shop.now - days * DAY)
    shop.work()
    rule = parse(definition(entry=AFTER_ORDER)).entry.rule
    assert isinstance(rule, OnDate)
    assert calendar.ahead(rule, now=shop.now, span=30 * DAY) == 2


def test_lint_says_where_nobody_tells_the_date(shop: Shop) -> None:
    def rules() -> set[str]:
        found = journey_care.of_definition(definition(**(STAY | {"exit": [], "entry": BEFORE_END})), now=shop.now)
        return {finding.rule for finding in found}

    assert {"date_never_told", "goes_on_when_over"} <= rules()
    shop.join("anna")
    shop.track("anna", "Proposal Sent", proposal_id="p1", valid_until="2026-03-08")
    shop.work()
    assert "date_never_told" not in rules()


LETTER = {
    "start": "letter",
    "steps": {"letter": {"type": "message", "template": "delivery", "next": "done"}, "done": DONE},
}
LINE = {"product_id": "tea", "name": "Green tea", "price": 10, "quantity": 2}


def body(says: str) -> str:
    column = f"<mj-column><mj-text>{says}</mj-text></mj-column>"
    return f"<mjml><mj-body><mj-section>{column}</mj-section></mj-body></mjml>"


def write(says: str) -> None:
    content.save_template(slug="delivery", name="Delivery", subject="A word", mjml=body(says), now=START)


def letters(user: str) -> list[dict[str, Any]]:
    (number,) = customers.internal_ids([user]).values()
    return [row.context for row in Delivery.objects.filter(customer_id=number, template="delivery")]


def test_a_text_of_a_run_that_a_date_began_prints_the_order_even_where_its_last_word_was_only_a_date(
    shop: Shop,
) -> None:
    write("{{ order.order_id }} {{ product.name }} {{ order.delivery_at }}")
    shop.join("anna")
    shop.track("anna", "Order Placed", order_id="o1", products=[LINE], delivery_at="2026-03-05", currency="EUR")
    shop.work()
    shop.clock.advance(HOUR)
    shop.track("anna", "Order Updated", order_id="o1", delivery_at="2026-03-07")
    launch(shop, entry={"date": "order.delivery_at", "days": -1, "at": "09:00"}, **LETTER)
    pass_by(shop, 6 * DAY)
    (told,) = letters("anna")
    assert (told["order"]["order_id"], told["order"]["delivery_at"]) == ("o1", "2026-03-07")
    assert told["product"]["name"] == "Green tea"


def test_a_text_prints_the_proposal_that_runs_out_and_its_own_letter_does_not_wait_for_the_answer(
    shop: Shop,
) -> None:
    write("{{ deal.subject }} until {{ deal.valid_until }}")
    shop.join("anna")
    shop.track("anna", "Proposal Sent", proposal_id="p1", subject="A roof", valid_until="2026-03-08")
    shop.work()
    launch(shop, entry=BEFORE_END, **LETTER)
    pass_by(shop, 4 * DAY)
    (told,) = letters("anna")
    assert told["deal"]["subject"] == "A roof"


def test_a_run_that_a_date_began_can_ask_for_what_is_in_the_order(shop: Shop) -> None:
    shop.join("anna")
    for order, total in (("small", 10), ("large", 90)):
        shop.track("anna", "Order Completed", order_id=order, total=total, products=[LINE])
    shop.work()
    steps = {
        "fork": {"type": "branch", "where": [{"property": "total", "at_least": 50}], "yes": "stay", "no": "done"},
        **STAY["steps"],
    }
    launch(shop, entry=AFTER_ORDER | {"days": 1}, start="fork", steps=steps)
    pass_by(shop, 2 * DAY)
    (number,) = customers.internal_ids(["anna"]).values()
    stands = {run.key: run.step for run in journeys_now.runs_of_customer(number) if run.journey == "cart"}
    assert stands == {"small": "done", "large": "stay"}


def test_one_order_begins_a_run_every_year_though_the_one_before_is_still_open(shop: Shop) -> None:
    shop.join("anna")
    shop.buy("anna", "o1", at=datetime(2025, 3, 3, 9, tzinfo=UTC), historical=True)
    shop.work()
    stay = {"start": "stay", "steps": {"stay": {"type": "wait", "days": 500, "next": "done"}, "done": DONE}}
    yearly = {"date": "order.completed_at", "yearly": True, "at": "10:00"}
    launch(shop, entry=yearly, reentry="any_time", **stay)
    pass_by(shop, 2 * DAY)
    shop.clock.set(datetime(2027, 3, 2, 12, tzinfo=UTC))
    pass_by(shop, 2 * DAY)
    assert len(runs("anna")) == 2


def test_the_preview_shows_a_customers_last_order_and_proposal_as_their_events_tell_them(shop: Shop) -> None:
    shop.join("anna")
    shop.track("anna", "Order Completed", order_id="o1", total=20, products=[LINE], delivery_at="2026-03-07")
    shop.track("anna", "Proposal Sent", proposal_id="p1", subject="A roof")
    shop.work()
    (number,) = customers.internal_ids(["anna"]).values()
    says = body("{{ order.total }} {{ order.delivery_at }} {{ product.name }} {{ deal.subject }}")
    seen = quality.preview(Text("A word", says), customers.cards([number])[number])
    assert "20 2026-03-07 Green tea A roof" in seen.html


def test_why_a_message_came_is_told_by_the_version_that_let_him_in_not_by_what_the_journey_became(
    shop: Shop,
) -> None:
    write("Hello")
    shop.join("anna")
    shop.buy("anna", "o1", at=shop.now - 30 * DAY + HOUR)
    shop.work()
    launch(shop, entry=AFTER_ORDER | {"at": "11:00"}, **LETTER)
    pass_by(shop, DAY)
    launch(shop, entry={"event": "Cart Viewed"}, **LETTER)
    message = delivery.delivery(Delivery.objects.get(template="delivery").pk)
    assert feedback.why(message).chosen is Chosen.ORDER

"""The audit finds nothing where all went well, and names every kind of breach that somebody plants."""

import argparse
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from django.db import IntegrityError, connection, transaction
from tests.flows.conftest import Shop

from tactful.cli.commands import audit as command
from tactful.cli.environment import Environment
from tactful.consent import services as consent
from tactful.customers import queries as customers
from tactful.decisions import queries as decisions
from tactful.decisions.queries import AuditRow
from tactful.flows import audit, caring, dispatch

pytestmark = pytest.mark.usefixtures("outside_holdout")

COPY_OF_THE_SLOT = (
    "INSERT INTO decisions_touch (customer_id, channel, topic, category, at, message_key, settled_for) "
    "SELECT customer_id, channel, topic, category, at - interval '1 hour', gen_random_uuid(), settled_for "
    "FROM decisions_touch, generate_series(1, 2)"
)
A_NO = (
    "INSERT INTO consent_consentrecord (message_key, customer_id, channel, topic, granted, at, "
    "method, text, source) SELECT gen_random_uuid(), customer_id, channel, topic, false, "
    "at - interval '1 hour', '', '', '' FROM decisions_decision WHERE verdict = 'send' LIMIT 1"
)
# The outbox refuses marketing without a slot of its own; a service message that turns out to be none gets by it.
SENT_AGAIN = """
    INSERT INTO delivery_delivery (key, decision_id, customer_id, step, channel, topic, category, address,
        template, template_version, context, state, reason, queued_at, due_at, sent_at, attempts)
    SELECT gen_random_uuid(), decision_id, customer_id, step, channel, topic, 'service', address, template,
        template_version, context, state, '', queued_at, due_at, sent_at, 1 FROM delivery_delivery;
    UPDATE delivery_delivery SET category = 'marketing'"""
TO_HOLDOUT = "UPDATE experiments_holdout SET share = 0.999999, started_at = '2026-01-01'"
CHAIN = """
    INSERT INTO customers_merge (from_customer_id, into_customer_id, at, rule, moved)
    SELECT one.old, one.new, touch.at - interval '1 hour', 'by hand', '{}' FROM decisions_touch AS touch
    CROSS JOIN LATERAL (VALUES (-2, -1), (-1, touch.customer_id)) AS one (old, new);
    INSERT INTO decisions_touch (customer_id, channel, topic, category, at, message_key, settled_for)
    SELECT customer_id, channel, topic, category, at - interval '1 day', gen_random_uuid(), owner
    FROM decisions_touch, (VALUES (-1), (-2)) AS merged (owner)"""
QUIET = """UPDATE decisions_rulesinforce SET rules = rules || '{"quiet": {"start": "21:00", "end": "08:00"}}'"""
DECIDED_AT_NIGHT = "UPDATE decisions_decision SET at = date_trunc('day', at) + interval '23 hours'"
SENT_AT_NIGHT = "UPDATE delivery_delivery SET sent_at = date_trunc('day', sent_at) + interval '23 hours'"


@pytest.fixture
def sent(shop: Shop, outside_holdout: Callable[[], None]) -> Shop:
    """A message that went to ada as it should."""
    shop.join("ada")
    shop.buy("ada", order="one")
    shop.work()
    shop.wait(timedelta(days=1, minutes=1))
    assert dispatch.dispatch(worker="test", clock=shop.clock) == 1
    return shop


def judged(shop: Shop) -> AuditRow:
    later = shop.now + timedelta(hours=1)
    return audit.audit(since=None, until=later, now=later)


def plant(sql: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql)
        assert cursor.rowcount > 0


@contextmanager
def undone() -> Iterator[None]:
    """What happens inside is taken back: the next story begins with the same company."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def said_before(shop: Shop, name: str, *, historical: bool = False, **properties: object) -> None:
    """As if he had said it, a minute after his words before, hours before the message, and nobody had listened."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM events_event")
        moment = shop.now - timedelta(hours=5) + timedelta(minutes=cursor.fetchone()[0])
    shop.say("track", "ada", at=moment, historical=historical, event=name, properties=properties)
    shop.work()
    plant("UPDATE events_event SET received_at = occurred_at")


def test_a_message_that_went_as_it_should_is_no_breach(sent: Shop) -> None:
    made = judged(sent)
    assert (made.checked, made.found) == (1, 0)


BREACHES = [
    ("slot", "DELETE FROM decisions_touch"),
    ("decision", "UPDATE decisions_decision SET verdict = 'hold'"),
    ("rules", "UPDATE decisions_decision SET rules_id = NULL"),
    ("consent_snapshot", "UPDATE decisions_decision SET reasons = '[]'"),
    ("consent", "DELETE FROM consent_consentrecord"),
    ("consent", A_NO),
    ("erased", "UPDATE customers_customer SET erased_at = now() - interval '40 years'"),
    ("quiet_hours", DECIDED_AT_NIGHT),
    ("quiet_hours", SENT_AT_NIGHT),
    ("frequency_cap", COPY_OF_THE_SLOT),
    ("frequency_cap", CHAIN),
    ("twice", SENT_AGAIN),
    ("status", "UPDATE delivery_delivery SET sent_at = sent_at + interval '9 days'"),
    ("status", "UPDATE consent_topic SET retired_at = now() - interval '40 years'"),
    ("test_person", "UPDATE customers_customer SET is_test = true"),
    ("holdout", TO_HOLDOUT),
]


def test_each_kind_of_breach_is_named(sent: Shop) -> None:
    plant(QUIET)
    for rule, sql in BREACHES:
        with undone():
            plant(sql)
            found = judged(sent).breaches
            assert rule in {one["rule"] for one in found}, sql
            assert {one["customer"] for one in found} == set(customers.internal_ids(["ada"]).values()), sql


def test_what_came_after_the_message_is_no_breach(sent: Shop) -> None:
    for sql in (
        A_NO.replace("at - interval '1 hour'", "at + interval '3 days'"),
        CHAIN.replace("- interval '1 hour'", "+ interval '1 hour'"),
        TO_HOLDOUT.replace("2026-01-01", "2026-06-01"),
    ):
        with undone():
            plant(sql)
            assert judged(sent).found == 0, sql


def test_an_address_that_was_suppressed_before_the_message_is_a_breach(sent: Shop) -> None:
    for hours, rules in ((-1, {"suppression"}), (1, set())):
        with undone():
            since = sent.now + timedelta(hours=hours)
            consent.suppress("ada@example.com", channel="email", reason="complained", source="test", now=since)
            assert {one["rule"] for one in judged(sent).breaches} == rules


def test_a_complaint_that_was_heard_after_the_message_is_no_breach(sent: Shop) -> None:
    """Told by a provider, a day late, of a message before."""
    for heard, rules in ((timedelta(hours=1), set()), (timedelta(days=-1), {"suppression"})):
        with undone():
            complaint = {"address": "ada@example.com"}
            said = sent.now - timedelta(days=2)
            sent.say("track", "ada", at=said, event="Email Marked as Spam", properties=complaint)
            plant_inbox(sent.now + heard)
            sent.work()
            assert {one["rule"] for one in judged(sent).breaches} == rules


def plant_inbox(heard: datetime) -> None:
    with connection.cursor() as cursor:
        cursor.execute("UPDATE events_inbox SET received_at = %s", [heard])


WORDS = [
    ("own_choice", "Preferences Changed", {"paused_until": "2026-05-01T00:00:00Z"}),
    ("own_choice", "Preferences Changed", {"per_week": 0}),
    ("sales_sync status", "Ticket Opened", {"ticket_id": "t1"}),
    ("status", "Order Refunded", {"order_id": "one"}),
    ("sales_sync", "Proposal Sent", {"proposal_id": "p1"}),
]


def test_what_was_said_before_the_message_and_not_kept_is_a_breach(sent: Shop) -> None:
    for rule, name, properties in WORDS:
        with undone():
            said_before(sent, name, **properties)
            assert {one["rule"] for one in judged(sent).breaches} == set(rule.split()), name


def test_what_was_said_after_the_message_is_no_breach(sent: Shop) -> None:
    for _, name, properties in WORDS:
        sent.track("ada", name, **properties)
    sent.work()
    assert judged(sent).found == 0


def test_what_was_taken_back_or_settled_before_the_message_is_no_breach(sent: Shop) -> None:
    said_before(sent, "Proposal Sent", proposal_id="p1")
    said_before(sent, "Proposal Answered", proposal_id="p1")
    said_before(sent, "Preferences Changed", paused_until="2026-05-01T00:00:00Z", per_week=0)
    said_before(sent, "Preferences Changed", paused_until=None, per_week=None)
    assert judged(sent).found == 0


def test_a_matter_that_was_opened_anew_since_was_settled_when_the_message_went(sent: Shop) -> None:
    said_before(sent, "Proposal Sent", proposal_id="p1")
    said_before(sent, "Proposal Answered", proposal_id="p1")
    plant("UPDATE sales_proposal SET closed_at = NULL")
    assert judged(sent).found == 0


def test_a_matter_that_began_the_journey_does_not_stand_in_its_way(sent: Shop) -> None:
    said_before(sent, "Proposal Sent", proposal_id="p1")
    assert {one["rule"] for one in judged(sent).breaches} == {"sales_sync"}
    plant(
        "UPDATE journeys_run SET state = state || jsonb_build_object('event_id', "
        "(SELECT max(id) FROM events_event WHERE name = 'Proposal Sent'))"
    )
    assert judged(sent).found == 0


def test_a_wish_out_of_an_import_of_the_past_holds_nothing(sent: Shop) -> None:
    said_before(sent, "Preferences Changed", historical=True, paused_until="2026-05-01T00:00:00Z", per_week=0)
    assert judged(sent).found == 0


def test_a_no_of_the_last_minutes_before_the_message_came_too_late_to_stop_it(sent: Shop) -> None:
    plant("UPDATE delivery_delivery SET sent_at = sent_at + interval '1 hour'")
    for minutes, rules in ((5, set()), (15, {"consent"})):
        with undone():
            plant(A_NO.replace("at - interval '1 hour'", f"at + interval '{60 - minutes} minutes'"))
            assert {one["rule"] for one in judged(sent).breaches} == rules, minutes


def test_a_message_in_doubt_is_judged_as_one_that_went(sent: Shop) -> None:
    with undone():
        plant("UPDATE delivery_delivery SET state = 'in_doubt'")
        plant(A_NO)
        assert {one["rule"] for one in judged(sent).breaches} == {"consent"}
    plant(SENT_AGAIN)
    plant("UPDATE delivery_delivery SET state = 'in_doubt' WHERE id = (SELECT min(id) FROM delivery_delivery)")
    assert "twice" in {one["rule"] for one in judged(sent).breaches}


def test_who_has_moved_since_is_judged_by_the_clocks_where_he_is_now(sent: Shop) -> None:
    plant(QUIET)
    plant(SENT_AT_NIGHT)
    assert {one["rule"] for one in judged(sent).breaches} >= {"quiet_hours"}
    plant("UPDATE customers_customer SET zone = 'Asia/Tokyo'")  # where 23:00 in UTC is eight in the morning
    assert "quiet_hours" not in {one["rule"] for one in judged(sent).breaches}


def test_a_wish_that_cannot_be_read_is_no_wish(sent: Shop) -> None:
    said_before(sent, "Preferences Changed", paused_until="2026-13-45", per_week="now and then")
    assert judged(sent).found == 0


def test_parts_of_any_size_find_the_same(sent: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    sent.join("bob")
    sent.buy("bob", order="two")
    sent.work()
    sent.wait(timedelta(days=1, minutes=1))
    dispatch.dispatch(worker="test", clock=sent.clock)
    monkeypatch.setattr(audit, "PART", 1)
    assert (judged(sent).checked, judged(sent).found) == (2, 0)


def test_the_night_keeps_what_it_found(sent: Shop) -> None:
    plant("DELETE FROM decisions_touch")
    later = sent.now + timedelta(hours=1)
    assert audit.audit_nightly(later) == 1
    assert decisions.audits()[0].breaches[0]["rule"] == "slot"
    assert decisions.breaches_since(later - timedelta(days=1)) == 1


def test_marketing_without_a_decision_cannot_be_queued(sent: Shop) -> None:
    undecided = (
        "INSERT INTO delivery_delivery (key, decision_id, customer_id, step, channel, topic, category, address, "
        "template, template_version, context, state, reason, queued_at, due_at, attempts) "
        "SELECT gen_random_uuid(), decision_id, customer_id, step, channel, topic, category, address, template, "
        "template_version, context, 'queued', '', queued_at, due_at, 0 FROM delivery_delivery"
    )
    with pytest.raises(IntegrityError, match="marketing without a slot"), transaction.atomic():
        plant(undecided)


def test_what_was_held_goes_on_when_staff_let_it(shop: Shop) -> None:
    shop.join("ada")
    shop.buy("ada", order="one")
    shop.work()
    (ada,) = customers.internal_ids(["ada"]).values()
    caring.hold_contact(ada, until=shop.now + timedelta(days=3), reason="talks", by="max", now=shop.now)
    shop.wait(timedelta(days=1, minutes=1))
    assert decisions.of_customer(ada).rows[0].reason == "sales_hold"
    caring.resume_contact(ada, by="max", now=shop.now)
    shop.wait(timedelta(minutes=1))
    assert decisions.of_customer(ada).rows[0].verdict == "send"


@pytest.mark.usefixtures("sent")
def test_the_command_ends_with_one_for_a_breach(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    plant("DELETE FROM decisions_touch")
    parser = argparse.ArgumentParser()
    command.add_arguments(parser)
    args = parser.parse_args(["restraint", "--json", "--until", "2100-01-01T00:00:00Z"])
    assert command.run(args, Environment(tmp_path, "", None)) == 1
    assert json.loads(capsys.readouterr().out)["breaches"][0]["rule"] == "slot"


@pytest.mark.usefixtures("sent")
def test_the_command_speaks_of_one_breach_and_of_no_breaches(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    parser = argparse.ArgumentParser()
    command.add_arguments(parser)
    args = parser.parse_args(["restraint", "--until", "2100-01-01T00:00:00Z"])
    command.run(args, Environment(tmp_path, "", None))
    assert "1 marketing message checked, 0 breaches" in capsys.readouterr().out
    plant("DELETE FROM decisions_touch")
    command.run(args, Environment(tmp_path, "", None))
    assert "1 marketing message checked, 1 breach\n" in capsys.readouterr().out

"""The audit finds nothing where all went well, and names every kind of breach that somebody plants."""

import argparse
import json
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import IntegrityError, connection, transaction
from tests.flows.conftest import Shop

from tactful.cli.commands import audit as command
from tactful.cli.environment import Environment
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
QUIET = """UPDATE decisions_rulesinforce SET rules = rules || '{"quiet": {"start": "21:00", "end": "08:00"}}'"""
DECIDED_AT_NIGHT = "UPDATE decisions_decision SET at = date_trunc('day', at) + interval '23 hours'"
SENT_AT_NIGHT = "UPDATE delivery_delivery SET sent_at = date_trunc('day', sent_at) + interval '23 hours'"


@pytest.fixture
def sent(shop: Shop) -> Shop:
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


def test_a_message_that_went_as_it_should_is_no_breach(sent: Shop) -> None:
    made = judged(sent)
    assert (made.checked, made.found) == (1, 0)


@pytest.mark.parametrize(
    ("rule", "sql"),
    [
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
    ],
)
def test_each_kind_of_breach_is_named(sent: Shop, rule: str, sql: str) -> None:
    plant(QUIET)
    plant(sql)
    found = judged(sent).breaches
    assert rule in {one["rule"] for one in found}
    assert {one["customer"] for one in found} == set(customers.internal_ids(["ada"]).values())


def test_a_word_that_was_heard_after_the_message_is_no_breach(sent: Shop) -> None:
    plant(A_NO.replace("at - interval '1 hour'", "at + interval '3 days'"))
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

"""Erasure: nothing of the person is left anywhere, and nothing is ever sent to him again."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from tests.flows.conftest import Shop

from tactful.catalog import queries as catalog
from tactful.consent import queries as consent
from tactful.consent.models import Refusal
from tactful.customers import queries as customers
from tactful.customers import services as people
from tactful.decisions import queries as decisions
from tactful.delivery.models import Delivery
from tactful.events import services as door
from tactful.events.models import Event, RejectedEvent
from tactful.flows import audit, dispatch, erasing, feedback, merging, visiting
from tactful.flows.tables import TABLES
from tactful.hooks.models import Call
from tactful.journeys.models import PlannedEntry, Run
from tactful.kernel.errors import Conflict, NotFound
from tactful.kernel.ids import key_of
from tactful.lake import engine
from tactful.lake import services as lake
from tactful.sales import services as tasks
from tactful.segments import queries as segments
from tactful.team import queries as history
from tactful.team import services as team

SECRETS = ("zelda", "zara", "+493098765", "xanadu")
BY = "admin@example.org"
_COLUMNS = """
SELECT table_name, column_name FROM information_schema.columns
WHERE table_schema = 'public' AND data_type IN ('text', 'character varying', 'jsonb', 'json')
"""


def stands() -> set[str]:
    """Where in the whole database one of the person's names or addresses stands."""
    found = set()
    with connection.cursor() as cursor:
        cursor.execute(_COLUMNS)
        for table, column in cursor.fetchall():
            cursor.execute(
                f'SELECT FROM "{table}" WHERE lower("{column}"::text) LIKE ANY(%s) LIMIT 1',
                [[f"%{name}%" for name in SECRETS]],
            )
            found |= {f"{table}.{column}"} if cursor.rowcount else set()
    return found


def number() -> int:
    return customers.internal_ids(["zelda"])["zelda"]


@pytest.fixture
def zelda(shop: Shop) -> Shop:
    """Somebody of whom much is known: two records that met, an order, letters, matters, tasks, calls."""
    phone = {"phone": "+493098765432"}
    shop.say("identify", "", anonymousId="xanadu-browser", traits={**phone, "firstName": "Zara"})
    shop.work()
    shop.join("zelda", lastName="Zara", city="Xanadu", nickname="zelda the first")
    shop.work()
    shop.say("identify", "zelda", traits=phone)
    shop.buy("zelda", order="o-1")
    shop.track("zelda", "Product Viewed", note="for Zelda")
    shop.work()
    shop.wait(timedelta(days=4))
    dispatch.dispatch(worker="w", clock=shop.clock)
    shop.track("zelda", "Ticket Opened", ticket_id="t1", subject="Zelda is angry")
    shop.track("zelda", "Proposal Sent", proposal_id="p1", subject="For Zelda")
    shop.work()
    _told_elsewhere(shop, number())
    return shop


def _told_elsewhere(shop: Shop, who: int) -> None:
    """What staff, other systems and the history say of the person."""
    now = shop.now
    tasks.create_tasks([tasks.NewTask(key_of("call"), who, "Call Zelda", now, now)])
    body = '{"name": "Zelda"}'
    Call.objects.create(
        key=key_of("hook"), url="https://example.org", body=body, customer_id=who, journey_id=1, run_id=1, step="s",
        due_at=now, queued_at=now,
    )  # fmt: skip
    team.notify([team.NewNotice(key_of("n"), "", "Zelda opened it", who, now)])
    asked = {"reason": "zelda@example.com asked"}
    team.audit(actor="me", action="held", subject="Marketing waits for Zelda Zara", now=now, detail=asked)
    odd = door.Taken(1, now, "api:shop", historical=False, payload='{"type": "odd", "email": "ZELDA@example.com"}')
    door.set_aside([odd], reason="odd", now=now)


def test_nothing_of_the_person_is_left_in_any_table(zelda: Shop) -> None:
    assert len(stands()) >= 12
    erasing.erase(number(), by=BY, now=zelda.now)
    assert stands() == set()


def test_what_stays_names_nobody_and_still_adds_up(zelda: Shop) -> None:
    who = number()
    before = catalog.order_facts([who])[who]
    decided = len(decisions.page(decisions.Filters(customer_id=who)).rows)
    assert decided
    erasing.erase(who, by=BY, now=zelda.now)
    assert catalog.order_facts([who])[who] == before
    assert len(decisions.page(decisions.Filters(customer_id=who)).rows) == decided
    assert not Event.objects.filter(customer_id=who).exists()
    assert not RejectedEvent.objects.exists()


def test_he_leaves_every_journey_and_segment_and_nothing_that_waits_is_sent(zelda: Shop) -> None:
    who = number()
    assert segments.of_customer(who)
    Delivery.objects.filter(customer_id=who).update(state="queued")
    erasing.erase(who, by=BY, now=zelda.now)
    assert segments.of_customer(who) == []
    assert not Run.objects.filter(customer_id=who, ended_at=None).exists()
    assert set(Delivery.objects.filter(customer_id=who).values_list("state", "reason")) == {("dropped", "erased")}
    zelda.wait(timedelta(days=30))
    assert not Delivery.objects.filter(customer_id=who, state="queued").exists()


def test_who_comes_back_is_somebody_new_whose_address_gets_nothing(zelda: Shop) -> None:
    who = number()
    erasing.erase(who, by=BY, now=zelda.now)
    zelda.join("zelda")
    zelda.work()
    assert number() != who
    assert consent.suppressed({"zelda@example.com"}, channel="email") == {"zelda@example.com"}


def test_the_audit_finds_no_fault_with_what_was_sent_before(zelda: Shop) -> None:
    assert Delivery.objects.filter(state="sent").exists()
    zelda.clock.advance(timedelta(hours=1))
    erasing.erase(number(), by=BY, now=zelda.now)
    assert audit.audit(since=None, until=zelda.now + timedelta(days=1), now=zelda.now).breaches == ()


def test_who_is_erased_already_or_part_of_another_is_refused_in_words(zelda: Shop) -> None:
    who = number()
    [merge] = customers.merges(who)
    with pytest.raises(Conflict, match="was merged into"):
        people.erase(merge.from_id, now=zelda.now)
    erasing.erase(who, by=BY, now=zelda.now)
    with pytest.raises(Conflict, match="erased already"):
        erasing.erase(who, by=BY, now=zelda.now)
    with pytest.raises(NotFound):
        erasing.erase(10**9, by=BY, now=zelda.now)


@pytest.mark.django_db(transaction=True)
def test_the_lake_forgets_with_the_next_flush(zelda: Shop, tmp_path: Path) -> None:
    lake.prepare(TABLES)
    lake.flush(TABLES, folder=tmp_path, now=zelda.now)
    assert {"customers", "events"} <= set(naming(tmp_path))
    erasing.erase(number(), by=BY, now=zelda.now)
    lake.flush(TABLES, folder=tmp_path, now=zelda.now)
    lake.remove_old(tmp_path, zelda.now + timedelta(hours=2))
    assert naming(tmp_path) == []


def naming(folder: Path) -> list[str]:
    """The tables of those lake files in which a name of the person stands."""
    found = []
    with engine.opened(folder) as reader:
        for file in sorted(folder.rglob("*.parquet")):
            said = reader.rows(f"SELECT lower(t::text) FROM read_parquet('{file.absolute()}') AS t")  # noqa: S608 -- a path of our own
            if any(name in row[0] for row in said for name in SECRETS):
                found.append(file.parent.name)
    return found


def test_what_is_of_others_stays_as_it_is(shop: Shop) -> None:
    shop.say("identify", "2026", traits={"email": "short@example.com", "firstName": "a", "lastName": "B"})
    shop.join("bob")
    shop.work()
    team.audit(actor="me", action="held", subject="customer 4711", now=shop.now, detail={"reason": "call at 11:00"})
    for user in ("bob", "hannah"):
        payload = f'{{"type": "odd", "userId": "{user}", "timestamp": "2026-03-02T10:00:00Z"}}'
        taken = door.Taken(1, shop.now, "api:shop", historical=False, payload=payload)
        door.set_aside([taken], reason="odd", now=shop.now)
    erasing.erase(customers.internal_ids(["2026"])["2026"], by=BY, now=shop.now)
    [entry] = [row for row in history.audits() if row.action == "held"]
    assert (entry.subject, entry.detail) == ("customer 4711", {"reason": "call at 11:00"})
    assert RejectedEvent.objects.count() == 2
    assert customers.internal_ids(["bob"])


def test_what_waits_in_the_inbox_does_not_bring_him_back(zelda: Shop) -> None:
    zelda.track("zelda", "Product Viewed", note="just now")
    zelda.track("bob", "Product Viewed")
    erasing.erase(number(), by=BY, now=zelda.now)
    zelda.work()
    assert customers.internal_ids(["zelda", "bob"]).keys() == {"bob"}


def test_a_merge_that_was_taken_back_keeps_nothing(zelda: Shop) -> None:
    [merge] = customers.merges(number())
    merging.undo(merge.id, now=zelda.now)
    zelda.work()
    erasing.erase(number(), by=BY, now=zelda.now)
    erasing.erase(merge.from_id, by=BY, now=zelda.now)
    assert stands() == set()


def test_his_old_letters_lead_on_and_tell_nothing(zelda: Shop) -> None:
    who = number()
    [letter, *_] = Delivery.objects.filter(customer_id=who, state="sent")
    erasing.erase(who, by=BY, now=zelda.now)
    feedback.opened(letter.id, now=zelda.now, agent="iPhone Safari", looks=True)
    zelda.clock.advance(timedelta(minutes=1))
    assert visiting.settle(zelda.now) == 0
    zelda.say("track", "", event="Email Opened", properties={"message_key": str(letter.key)}, customerId=who)
    zelda.work()
    assert not Event.objects.filter(customer_id=who).exists()


def test_rows_of_his_are_taken_out_of_files_of_rejects(zelda: Shop, settings: Any, tmp_path: Path) -> None:
    settings.DATA = tmp_path
    (tmp_path / "imports").mkdir()
    file = tmp_path / "imports" / "c.rejected-20260301T000000.csv"
    file.write_text("customer_id,E-mail,quantity\nzelda,,2\n,ZELDA@example.com,1\nbob,b@example.com,3\n")
    erasing.erase(number(), by=BY, now=zelda.now)
    assert file.read_text().split() == ["customer_id,E-mail,quantity", "bob,b@example.com,3"]
    assert list(file.parent.iterdir()) == [file]


_OF_CUSTOMERS = """
SELECT table_name FROM information_schema.columns
JOIN information_schema.tables USING (table_schema, table_name)
WHERE table_schema = 'public' AND column_name = 'customer_id' AND table_type = 'BASE TABLE'
"""


def speaks_of(ids: set[int]) -> set[str]:
    """The tables that have rows of these customers."""
    found = set()
    with connection.cursor() as cursor:
        cursor.execute(_OF_CUSTOMERS)
        for (table,) in cursor.fetchall():
            cursor.execute(f'SELECT FROM "{table}" WHERE customer_id = ANY(%s) LIMIT 1', [list(ids)])
            found |= {table} if cursor.rowcount else set()
    return found


def test_of_what_is_kept_by_his_number_only_what_adds_up_stays(zelda: Shop) -> None:
    who = number()
    zelda.track("zelda", "Preferences Changed", per_week=2)
    zelda.work()
    [merge] = customers.merges(who)
    ids = {who, merge.from_id}
    Refusal.objects.create(customer_id=who, channel="email", reason="bounced", since=zelda.now)
    PlannedEntry.objects.create(journey_id=1, customer_id=who, due_at=zelda.now)
    assert {"consent_preference", "consent_refusal", "journeys_plannedentry", "journeys_run"} < speaks_of(ids)
    erasing.erase(who, by=BY, now=zelda.now)
    assert speaks_of(ids) == {
        "catalog_order",
        "catalog_orderline",
        "decisions_decision",
        "decisions_touch",
        "delivery_delivery",
        "journeys_run",
        "sales_proposal",
        "sales_ticket",
        "segments_memberchange",
    }


def test_a_run_that_is_under_way_ends_and_the_history_says_who_erased_whom(zelda: Shop) -> None:
    who = number()
    Run.objects.filter(customer_id=who).update(ended_at=None, outcome="")
    erasing.erase(who, by=BY, now=zelda.now)
    ended = set(Run.objects.filter(customer_id=who).values_list("outcome", "ended_at"))
    assert ended == {("exited:erased", zelda.now)}
    [entry] = [row for row in history.audits() if row.action == "customer erased"]
    assert (entry.actor, entry.subject, entry.at) == (BY, f"customer {who}", zelda.now)


def test_the_history_forgets_what_he_was_called_and_where_he_was_reached_before(shop: Shop) -> None:
    shop.join("wanda", lastName="Vex", phone="+493011111111")
    shop.work()
    shop.say("identify", "wanda", traits={"email": "new@example.com", "phone": "+493022222222", "lastName": "Zed"})
    shop.work()
    who = customers.internal_ids(["wanda"])["wanda"]
    for told in ("Wanda Vex", "Vex by wanda@example.com", "+493011111111 was called"):
        team.audit(actor="me", action="noted", subject=told, now=shop.now)
    erasing.erase(who, by=BY, now=shop.now)
    told = [row.subject for row in reversed(history.audits()) if row.action == "noted"]
    assert told == ["(erased)", "(erased) by (erased)", "(erased) was called"]


def test_letters_kept_in_the_local_mailbox_are_deleted(zelda: Shop, settings: Any, tmp_path: Path) -> None:
    settings.DATA = tmp_path
    [letter, *_] = Delivery.objects.filter(customer_id=number(), state="sent")
    day = tmp_path / "mailbox" / letter.queued_at.date().isoformat()
    day.mkdir(parents=True)
    for key in (letter.key, "another"):
        (day / f"{key}.eml").write_text("Dear Zelda")
    erasing.erase(number(), by=BY, now=zelda.now)
    assert [file.name for file in day.iterdir()] == ["another.eml"]

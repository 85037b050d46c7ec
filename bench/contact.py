"""How fast a broadcast is decided and queued, and how fast runs move that are due at the same minute.

Prints JSON. A broadcast to everybody is its audience, a decision with all its reasons for each, slots and outbox,
against a bare COPY of the rows that it leaves behind. Then come runs that wait for the same minute. The number of
customers may be given as an argument; `python -m bench.contact 1000000` is the whole. Memory is that of this
process at its highest.
"""

import json
import resource
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from datetime import time as hour
from typing import Any

from bench.campaign import JOURNEY, broadcast, journey
from bench.house import new_house

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
CUSTOMERS = 50_000
WAITING = 20_000  # for each hundred thousand customers: 200,000 of a million
TABLES = ("journeys_run", "journeys_runstep", "decisions_decision", "decisions_touch", "delivery_delivery")
PEOPLE = """
INSERT INTO customers_customer
    (id, external_id, email, first_name, zone, attributes, is_test, created_at, updated_at)
SELECT n, 'p' || n, 'p' || n || '@example.org', 'Person ' || n, 'Europe/Berlin', '{}', false, %(now)s, %(now)s
FROM generate_series(1, %(count)s) AS n;
INSERT INTO customers_contactpoint (customer_id, channel, address, status, since)
SELECT n, 'email', 'p' || n || '@example.org', 'ok', %(now)s FROM generate_series(1, %(count)s) AS n;
INSERT INTO consent_consentstate (customer_id, channel, topic, granted, since)
SELECT n, 'email', 'tips', true, %(now)s FROM generate_series(1, %(count)s) AS n;
INSERT INTO consent_consentrecord (message_key, customer_id, channel, topic, granted, at, method, text, source)
SELECT gen_random_uuid(), n, 'email', 'tips', true, %(now)s, 'form', 'Yes', 'bench'
FROM generate_series(1, %(count)s) AS n;
ANALYZE;
"""


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else CUSTOMERS
    with new_house():
        print(json.dumps(measure(count), indent=2))


def measure(count: int) -> dict[str, Any]:
    set_up(count)
    before = memory()
    audience, broadcast_s, steps = send(count)
    sent = memory()
    bare = copy_again()
    waits = wait_steps(count * WAITING // 100_000)
    return {
        "customers": count,
        "audience_s": round(audience, 2),
        "broadcast_s": round(broadcast_s, 1),
        "decisions_per_s": round(count / broadcast_s),
        "bare_copy_s": round(bare, 1),
        "ratio": round((audience + broadcast_s) / bare, 1),
        "slowest_batch_s": round(max(steps), 2),
        "last_tenth_against_first": round(tenth(steps, -1) / tenth(steps, 0), 2),
        **waits,
        "memory_before_mb": before,
        "memory_of_broadcast_mb": sent,
        "memory_highest_mb": memory(),
    }


def set_up(count: int) -> None:
    from django.db import connection  # noqa: PLC0415 -- as above

    from tactful.decisions import services as decisions  # noqa: PLC0415
    from tactful.flows import setting_up  # noqa: PLC0415
    from tactful.journeys import services as journeys  # noqa: PLC0415
    from tactful.kernel.time import QuietHours  # noqa: PLC0415

    setting_up.prepare(now=NOW)
    decisions.save_quiet_hours(QuietHours(hour(0), hour(0)))
    with connection.cursor() as cursor:
        cursor.execute(PEOPLE, {"now": NOW, "count": count})
    for definition in (broadcast(NOW + timedelta(minutes=1)), journey()):
        journeys.activate(journeys.save(definition, now=NOW).slug, now=NOW)


def send(count: int) -> tuple[float, float, list[float]]:
    """Seconds to read the calendar, seconds until all is decided and queued, and seconds of each batch."""
    from tactful.flows import calendar, react  # noqa: PLC0415

    now = NOW + timedelta(minutes=2)
    began = time.perf_counter()
    planned = calendar.read(now)
    audience = time.perf_counter() - began
    assert planned == count, planned
    steps = []
    while True:
        began = time.perf_counter()
        if not react.tick(now=now):
            break
        steps.append(time.perf_counter() - began)
    verdicts = dict(rows("SELECT reason, count(*) FROM decisions_decision GROUP BY 1"))
    assert verdicts == {"clear": count}, verdicts
    return audience, sum(steps), steps


def copy_again() -> float:
    """Seconds to COPY the rows of the broadcast into tables of the same shape with the same indexes."""
    from django.db import connection  # noqa: PLC0415

    total = 0.0
    with connection.cursor() as cursor:
        for table in TABLES:
            cursor.execute(f"CREATE TABLE copied_{table} (LIKE {table} INCLUDING ALL)")
            with tempfile.TemporaryFile() as kept:
                with cursor.copy(f"COPY {table} TO STDOUT") as out:
                    for part in out:
                        kept.write(part)
                kept.seek(0)
                began = time.perf_counter()
                with cursor.copy(f"COPY copied_{table} FROM STDIN") as into:
                    while part := kept.read(2**20):
                        into.write(part)
                total += time.perf_counter() - began
            cursor.execute(f"DROP TABLE copied_{table}")
    return total


def wait_steps(count: int) -> dict[str, Any]:
    """Runs that all wait for the same minute, and then end."""
    from tactful.flows import react  # noqa: PLC0415

    due = NOW + timedelta(hours=1)
    state = json.dumps({"phase": "waiting", "came_at": NOW.isoformat(), "arrivals": 1, "event_id": None})
    rows(
        "WITH made AS ("
        " INSERT INTO journeys_run"
        " (journey_id, version, customer_id, key, step, state, started_at, due_at, in_holdout, lap)"
        " SELECT journey.id, 1, n, '', 'rest', %s, %s, %s, false, 0"
        " FROM generate_series(1, %s) AS n, journeys_journey AS journey WHERE slug = %s RETURNING id, journey_id)"
        " INSERT INTO journeys_runstep (run_id, journey_id, step, came_at)"
        " SELECT id, journey_id, 'rest', %s FROM made RETURNING 1",
        [state, NOW, due, count, JOURNEY, NOW],
    )
    began = time.perf_counter()
    while react.tick(now=due + timedelta(minutes=1)):
        pass
    took = time.perf_counter() - began
    return {"runs_due_at_once": count, "moved_s": round(took, 1), "runs_per_s": round(count / took)}


def rows(sql: str, params: list[Any] | None = None) -> list[tuple[Any, ...]]:
    from django.db import connection  # noqa: PLC0415

    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        found: list[tuple[Any, ...]] = cursor.fetchall()
    return found


def tenth(steps: list[float], which: int) -> float:
    """Mean seconds of a batch in the first (0) or last (-1) tenth; the last batch of all is seldom full."""
    full = steps[:-1] or steps
    size = max(1, len(full) // 10)
    part = full[:size] if which == 0 else full[-size:]
    return sum(part) / len(part)


def memory() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


if __name__ == "__main__":
    main()

"""How many events a second the engine works in, end to end, against a bare COPY of the same events into the log.

Prints one line of JSON. All ready segments and journeys are at work; three of ten customers are known before. The
events wait in the inbox when the measuring begins. CPU is that of this process: the database has its own.
"""

import json
import random
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice
from uuid import UUID

from bench.house import new_house

EVENTS = 20_000
KNOWN = 1_500
CUSTOMERS = 5_000
SMALL = 10  # events in a small batch
CALLS = 30
SOURCE = "api:bench"
NAMES = ("Page Viewed", "Product Viewed", "Customer Identified", "Order Completed")
WEIGHTS = (55, 30, 9, 6)
NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


def main() -> None:
    with new_house():
        print(json.dumps(measure()))


def measure() -> dict[str, float]:
    traffic = happenings(random.Random(7))
    set_up([identify(number) for number in range(KNOWN)])
    work(list(islice(traffic, 2_000)))
    wall, cpu = work(list(islice(traffic, EVENTS)))
    bare = copy_again(EVENTS)
    calls = [work(list(islice(traffic, SMALL))) for _ in range(CALLS)]
    return {
        "events_per_s": round(EVENTS / wall),
        "bare_copy_per_s": round(bare),
        "ratio": round(bare * wall / EVENTS, 2),
        "events": EVENTS,
        "events_per_cpu_s": round(EVENTS / cpu),
        f"ms_per_{SMALL}_events": round(1000 * median(wall for wall, _ in calls), 1),
        f"cpu_ms_per_{SMALL}_events": round(1000 * median(cpu for _, cpu in calls), 1),
    }


def set_up(known: list[str]) -> None:
    """Segments and journeys at work, and customers from before."""
    from tactful.flows import nightly, react  # noqa: PLC0415 -- Django is configured only by now
    from tactful.journeys import services as journeys  # noqa: PLC0415 -- as above
    from tactful.segments import services as segments  # noqa: PLC0415 -- as above

    before = NOW - timedelta(days=1)
    append(known, before)
    react.drain(now=before)
    segments.install_ready(now=before)
    nightly.fill_segments(before)
    for slug in journeys.install_ready(now=before):
        journeys.activate(slug, now=before)


def work(payloads: list[str]) -> tuple[float, float]:
    """Seconds, by the wall and of CPU, until the inbox is empty."""
    from tactful.flows import react  # noqa: PLC0415 -- as above

    append(payloads, NOW)
    wall, cpu = time.perf_counter(), time.process_time()
    taken = react.drain(now=NOW)
    assert taken == len(payloads), f"{taken} of {len(payloads)} were worked in"
    return time.perf_counter() - wall, time.process_time() - cpu


def append(payloads: list[str], now: datetime) -> None:
    from django.db import transaction  # noqa: PLC0415 -- as above

    from tactful.events import services as events  # noqa: PLC0415 -- as above

    with transaction.atomic():
        events.append(((SOURCE, False, payload) for payload in payloads), now=now)


def copy_again(count: int) -> float:
    """Rows a second of one bare COPY of that many rows of the log, with a commit, into a table like it."""
    from django.db import connection, transaction  # noqa: PLC0415 -- as above

    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE bench_event (LIKE events_event INCLUDING ALL)")
        with cursor.copy("COPY (SELECT * FROM events_event ORDER BY id DESC LIMIT %s) TO STDOUT", [count]) as rows:
            data = b"".join(bytes(row) for row in rows)
    began = time.perf_counter()
    with transaction.atomic(), connection.cursor() as cursor, cursor.copy("COPY bench_event FROM STDIN") as copy:
        copy.write(data)
    return count / (time.perf_counter() - began)


def happenings(chance: random.Random) -> Iterator[str]:
    """Page views, product views, identifies and orders, without end; three of ten are of customers known before."""
    number = 0
    while True:
        number += 1
        person = chance.randrange(KNOWN if chance.random() < 0.3 else CUSTOMERS)
        name = chance.choices(NAMES, WEIGHTS)[0]
        yield identify(person, number) if name == "Customer Identified" else said(person, name, number, chance)


def identify(person: int, number: int = 0) -> str:
    agreed = [{"channel": "email", "topic": "offers", "granted": True, "method": "bench"}]
    traits = {"email": f"person{person}@example.org", "firstName": "Anna", "country": "DE", "visits": number}
    return written(person, number, {"type": "identify", "traits": {**traits, "consents": agreed}})


def said(person: int, name: str, number: int, chance: random.Random) -> str:
    if name == "Page Viewed":
        return written(
            person, number, {"type": "page", "properties": {"path": f"/tea/{number % 50}", "title": "Tea"}}
        )
    sku = number % 40
    product = {"product_id": f"sku-{sku}", "name": f"Tea {sku}", "category": "Tea", "price": 9.5, "quantity": 1}
    properties: dict[str, object] = dict(product)
    if name == "Order Completed":
        lines = [{**product, "quantity": chance.randrange(1, 4)}]
        properties = {"order_id": f"order-{number}", "currency": "EUR", "products": lines}
    return written(person, number, {"type": "track", "event": name, "properties": properties})


def written(person: int, number: int, event: dict[str, object]) -> str:
    moment = (NOW - timedelta(minutes=5)).isoformat()
    key = str(UUID(int=(person << 64) + number))
    known = {"messageId": key, "userId": f"person-{person}", "anonymousId": None, "timestamp": moment}
    return json.dumps({**event, **known, "context": {"page": {"url": "https://leaf.example/"}}})


def median(values: Iterator[float]) -> float:
    ordered = sorted(values)
    return ordered[len(ordered) // 2]


if __name__ == "__main__":
    main()

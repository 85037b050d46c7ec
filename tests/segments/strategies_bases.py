"""Bases that nobody thought of."""

import json
from datetime import UTC, date, datetime, timedelta

from hypothesis import strategies as st
from tests.segments.segments_kit import bare, base_of

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
# Around these everything happens: the clocks go forward and back in Berlin, months and years end, a leap day.
CENTRES = [
    NOW,
    NOW,
    datetime(2026, 3, 30, 12, tzinfo=UTC),
    datetime(2026, 10, 26, 12, tzinfo=UTC),
    datetime(2026, 11, 1, 12, tzinfo=UTC),
    datetime(2027, 1, 1, 12, tzinfo=UTC),
    datetime(2028, 2, 29, 12, tzinfo=UTC),
]
ZONES = ["Europe/Berlin", "America/New_York", "Pacific/Apia", "Asia/Kathmandu", "America/Havana"]
STRANGE = [None, None, "", "Mars/Olympus", "'; DROP TABLE customers; --"]
INSTANT = timedelta(microseconds=1)
# From noon in UTC to midnights in these zones, in summer and in winter.
MIDNIGHTS = [timedelta(hours=hours) for hours in (-14, -13, -12, -8, -7, -1, 0, 6.25, 10, 11, 12)]
TICKS = [timedelta(0), INSTANT, -INSTANT, timedelta(hours=5)]
NAMES = ["Viewed", "Bought", "it's; --"]
KEYS = ["plan", "price", "a/b~c", "'); DROP"]
MESSAGES = ["Email Sent", "Email Opened", "Email Bounced", "Email Marked as Spam"]
TEXTS = [
    "Tea",
    "tea",
    "5",
    "5.0",
    "12.50",
    "",
    "O'Neil",
    "Ünï",
    "İος",
    "true",
    "2026-02-20",
    "2026-02-28T12:00:00+02:00",
    "1e2",
    "0.1",
    "0.7",
    "2026-03-01T12:00:00.000001Z",
    "2026-03-10",
    "2026-02-20T10:00",
    "2026-02-20T10:00Z",
    "+1e999",
    "2000-02-29",
]
CATEGORIES = ["Tea", "Mugs"]
BIRTHS = [
    date(1990, 5, 1),
    date(2026, 2, 20),
    date(2000, 2, 29),
    date(1999, 2, 28),
    date(1970, 12, 31),
    date(1988, 3, 30),
    date(1988, 10, 25),
]
centres = st.shared(st.sampled_from(CENTRES), key="centre")
ticks = st.one_of(
    st.sampled_from(TICKS),
    st.builds(lambda hours, tick: hours + tick, st.sampled_from(MIDNIGHTS), st.sampled_from(TICKS)),
)
moments = st.builds(
    lambda centre, days, tick: bare(centre - timedelta(days=days) + tick), centres, st.integers(-2, 40), ticks
)
loose = st.one_of(st.sampled_from(TEXTS), st.integers(-3, 12), st.booleans(), st.none(), st.just(12.5))
values = st.dictionaries(st.sampled_from(KEYS), loose, max_size=3)
documents = values.map(json.dumps)
places = st.sampled_from(
    [
        {},
        {"latitude": 52.52, "longitude": 13.405},
        {"latitude": "48.137", "longitude": "11.575"},
        {"latitude": -36.85, "longitude": 174.76},
        {"latitude": 120, "longitude": 0},
        {"latitude": "1e999", "longitude": 0},
        {"latitude": "north", "longitude": 13},
        {"latitude": 52.52},
    ]
)
owners = st.integers(1, 4)
amounts = st.integers(0, 30).map(lambda number: number * 50)

customers = st.fixed_dictionaries(
    {
        "active": st.sampled_from([True, True, True, False]),
        "country": st.sampled_from(["DE", "FR", "", None]),
        "zone": st.sampled_from([*ZONES, *STRANGE]),
        "email": st.sampled_from([None, "a@example.org"]),
        "birth_date": st.sampled_from([None, *BIRTHS]),
        "is_test": st.booleans(),
        "last_seen_at": st.none() | moments,
        "company": st.none() | documents,
        "attributes": st.builds(lambda own, place: json.dumps({**own, **place}), values, places),
    }
)
orders = st.fixed_dictionaries(
    {
        "customer_id": owners,
        "status": st.sampled_from(["completed", "completed", "cancelled"]),
        "currency": st.sampled_from(["EUR", "EUR", "USD"]),
        "completed_at": moments | st.none(),
        "revenue_minor": amounts,
        "discount_minor": amounts,
        "margin_minor": amounts,
    }
)
lines = st.fixed_dictionaries(
    {
        "customer_id": owners,
        "order_id": st.integers(1, 4),
        "completed_at": moments | st.none(),
        "currency": st.sampled_from(["EUR", "EUR", "USD"]),
        "sku": st.sampled_from(["t-1", "t-2", ""]),
        "category": st.sampled_from([*CATEGORIES, ""]),
        "revenue_minor": amounts,
        "discount_minor": amounts,
        "margin_minor": amounts,
    }
)
returns = st.fixed_dictionaries(
    {
        "customer_id": owners,
        "currency": st.sampled_from(["EUR", "EUR", "USD"]),
        "at": moments,
        "amount_minor": amounts,
    }
)
tasks = st.fixed_dictionaries(
    {"customer_id": owners, "created_at": moments, "due_at": moments, "done_at": moments | st.none()}
)


def happening(names: list[str], properties: st.SearchStrategy[str]) -> st.SearchStrategy[dict[str, object]]:
    return st.fixed_dictionaries(
        {
            "customer_id": owners,
            "name": st.sampled_from(names),
            "occurred_at": moments,
            "properties": properties,
        }
    )


told = st.fixed_dictionaries(
    {},
    optional={
        "journey": st.sampled_from(["hello", "it's"]),
        "topic": st.just("news"),
        "bounce": st.sampled_from(["hard", "soft"]),
    },
).map(json.dumps)
listings = st.fixed_dictionaries({"list": st.sampled_from(["vip", "VIP", "it's"])}).map(json.dumps)
events = st.one_of(
    happening(NAMES, documents),
    happening(NAMES, documents),
    happening(["List Joined", "List Left"], listings),
    happening(MESSAGES, told),
)
consents = st.lists(
    st.fixed_dictionaries(
        {
            "customer_id": owners,
            "channel": st.sampled_from(["email", "sms"]),
            "topic": st.sampled_from(["news", "*"]),
            "granted": st.booleans(),
            "since": moments,
        }
    ),
    max_size=6,
    unique_by=lambda row: (row["customer_id"], row["channel"], row["topic"]),
)
refusals = st.lists(
    st.fixed_dictionaries(
        {"customer_id": owners, "channel": st.sampled_from(["email", "email", "sms"]), "since": moments}
    ),
    max_size=3,
    unique_by=lambda row: (row["customer_id"], row["channel"]),
)
rows = st.fixed_dictionaries(
    {
        "customers": st.lists(customers, min_size=1, max_size=4),
        "orders": st.lists(orders, max_size=8),
        "order_lines": st.lists(lines, max_size=6),
        "order_returns": st.lists(returns, max_size=3),
        "events": st.lists(events, max_size=12),
        "consents": consents,
        "refusals": refusals,
        "tasks": st.lists(tasks, max_size=4),
    }
)
# Cuts may be old, of the same instant, made again, or still to come.
nights = st.lists(
    st.builds(lambda centre, days, tick: centre - timedelta(days=days) + tick, centres, st.integers(-3, 40), ticks),
    max_size=3,
    unique=True,
)
bases = st.builds(lambda rows, nights: base_of(rows, nights=nights), rows, nights)

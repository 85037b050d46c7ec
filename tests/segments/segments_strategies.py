"""Bases and rules that nobody thought of: what the laws, the schema and the fuzz draw from."""

import json
from datetime import UTC, date, datetime, timedelta

from hypothesis import strategies as st
from tests.segments.segments_kit import bare, base_of

from tactful.segments.domain.nodes import Node
from tactful.segments.domain.spelling import Lexicon, spelled
from tactful.segments.domain.tree import parse

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
LEXICON = Lexicon(
    {
        "germans": parse({"attribute": "country", "is": "DE"}),
        "buyers": parse({"all": [{"orders": "count", "at_least": 1}, {"not": {"segment": "germans"}}]}),
    },
    (
        ("new", parse({"not": {"orders": "count", "at_least": 1}})),
        ("fresh", parse({"orders": "days_since_last", "at_most": 5})),
        ("asleep", parse({"orders": "days_since_last", "at_least": 3})),
    ),
)

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
        "sku": st.sampled_from(["t-1", "t-2", ""]),
        "category": st.sampled_from([*CATEGORIES, ""]),
        "revenue_minor": amounts,
        "discount_minor": amounts,
        "margin_minor": amounts,
    }
)
returns = st.fixed_dictionaries({"customer_id": owners, "at": moments, "amount_minor": amounts})
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
bases = st.fixed_dictionaries(
    {
        "customers": st.lists(customers, min_size=1, max_size=4),
        "orders": st.lists(orders, max_size=8),
        "order_lines": st.lists(lines, max_size=6),
        "order_returns": st.lists(returns, max_size=3),
        "events": st.lists(events, max_size=12),
        "consents": consents,
        "tasks": st.lists(tasks, max_size=4),
    }
).map(base_of)

days = st.integers(1, 40)
edges = st.sampled_from(["2026-02-20", "2026-02-28T12:00:00Z", "2026-03-01"])
literals = st.one_of(
    st.fixed_dictionaries({"is": st.sampled_from([*TEXTS, 5, 12.5, True, False])}),
    st.fixed_dictionaries({"is_not": st.sampled_from([*TEXTS, 5, True])}),
    st.fixed_dictionaries({"in": st.lists(st.sampled_from([*TEXTS, 5, 100, False]), min_size=1, max_size=3)}),
    st.fixed_dictionaries({"contains": st.sampled_from(["e", "TEA", "'"])}),
    st.fixed_dictionaries({"starts": st.sampled_from(["t", "5", "ü"])}),
    st.fixed_dictionaries({"greater": st.sampled_from([4, 5, 12.5])}),
    st.fixed_dictionaries({"less": st.sampled_from([5, 12.5, 0])}),
    st.fixed_dictionaries({"set": st.booleans()}),
    st.fixed_dictionaries({"before": edges}),
    st.fixed_dictionaries({"after": edges}),
    st.fixed_dictionaries({"in_last_days": days}),
    st.fixed_dictionaries({"in_next_days": days}),
    st.sampled_from(
        [
            {"between": [4, 12.5]},
            {"between": [5, 5]},
            {"between": ["2026-02-20", "2026-02-28"]},
            {"between": ["2026-02-20", "2026-02-28T10:00:00Z"]},
            {"between": ["2026-03-01T12:00:00.000001Z", "2026-03-10"]},
        ]
    ),
)
windows = st.one_of(
    st.just({}),
    st.fixed_dictionaries({"in_last_days": days}),
    st.fixed_dictionaries({"in_last_calendar_days": st.integers(1, 9)}),
    st.fixed_dictionaries(
        {"in_last_calendar_days": st.integers(1, 9), "clock": st.sampled_from(["customer", "customer", "company"])}
    ),
    st.just({"within": {"from": "2026-02-01", "to": "2026-02-20"}}),
    st.just({"within": {"from": "2026-02-01T06:00:00Z", "to": "2026-03-01T12:00:00Z"}}),
)
wheres = st.one_of(
    st.just({}),
    st.builds(
        lambda key, comparison: {"where": [{"property": key, **comparison}]}, st.sampled_from(KEYS), literals
    ),
)
counts = st.builds(
    lambda bound, times: {"count": {bound: times}},
    st.sampled_from(["at_least", "at_most", "exactly"]),
    st.integers(0, 3),
)
bounds = st.sampled_from(["at_least", "at_most", "exactly", "greater", "less"])
MEASURES = [
    "count",
    "revenue",
    "margin",
    "average",
    "smallest",
    "largest",
    "categories",
    "products",
    "discount_share",
    "returned_share",
]
within = st.fixed_dictionaries({}, optional={"within_days": st.integers(1, 8)})
firsts = st.builds(lambda name, where: {"event": name, **where}, st.sampled_from(NAMES), wheres)
nexts = st.builds(lambda step, soon: {**step, **soon}, firsts, within)
lasts = st.builds(lambda step, soon: {**step, "within_days": soon}, firsts, st.integers(1, 8))
periods = st.fixed_dictionaries({}, optional={"in_last_days": days})
sequences = st.one_of(
    st.builds(
        lambda first, others, period: {"sequence": [first, *others], **period},
        firsts,
        st.lists(nexts, min_size=1, max_size=2),
        periods,
    ),
    st.builds(
        lambda first, others, absent, period: {"sequence": [first, *others], "then_not": absent, **period},
        firsts,
        st.lists(nexts, max_size=1),
        lasts,
        periods,
    ),
)
leaves = st.one_of(
    st.just({"everyone": True}),
    st.builds(
        lambda country: {"attribute": "country", **country},
        st.sampled_from([{"is": "DE"}, {"is_not": "DE"}, {"in": ["DE", ""]}, {"set": False}, {"starts": "d"}]),
    ),
    st.builds(
        lambda said: {"attribute": "birth_date", **said},
        st.sampled_from(
            [
                {"is": "1990-05-01"},
                {"before": "2026-02-20"},
                {"after": "1990-05-01"},
                {"in_last_days": 30},
                {"in_next_days": 3},
                {"between": ["1990-05-01", "2000-02-29"]},
            ]
        ),
    ),
    st.builds(
        lambda field, days: {"attribute": field, "anniversary_in_days": days},
        st.sampled_from(["birth_date", "birth_date", "last_seen_at", "custom.plan", "custom.price"]),
        st.sampled_from([0, 0, 1, 2, 9, 60, 365, 366]),
    ),
    st.builds(lambda said: {"attribute": "is_test", "is": said}, st.booleans()),
    st.builds(
        lambda said: {"attribute": "last_seen_at", **said},
        st.one_of(
            st.fixed_dictionaries({"in_last_days": days}),
            st.fixed_dictionaries({"in_next_days": st.integers(1, 3)}),
            st.just({"between": ["2026-02-20", "2026-03-01"]}),
            st.fixed_dictionaries({"after": edges}),
            st.fixed_dictionaries({"set": st.booleans()}),
        ),
    ),
    st.builds(lambda key, said: {"attribute": f"custom.{key}", **said}, st.sampled_from(KEYS), literals),
    st.builds(
        lambda channel, said: {"consent": {"channel": channel, "topic": "news"}, "is": said},
        st.sampled_from(["email", "sms"]),
        st.sampled_from(["given", "withdrawn", "unset"]),
    ),
    st.builds(
        lambda name, count, window, where: {"event": name, **count, **window, **where},
        st.sampled_from(NAMES),
        counts | st.just({"never": True}) | st.just({}),
        windows,
        wheres,
    ),
    st.builds(
        lambda name, which, ago, number, where: {"event": name, which: {ago: number}, **where},
        st.sampled_from(NAMES),
        st.sampled_from(["last", "first"]),
        st.sampled_from(["more_than_days_ago", "less_than_days_ago"]),
        days,
        wheres,
    ),
    st.builds(
        lambda measure, bound, number, window: {"orders": measure, bound: number, **window},
        st.sampled_from(MEASURES),
        bounds,
        st.sampled_from([0, 1, 2, 5, 7.5, 0.5, 10]),
        windows,
    ),
    st.builds(
        lambda measure, bound, number, window, months: {
            "orders": measure,
            bound: number,
            "months": months,
            **window,
        },
        st.sampled_from([measure for measure in MEASURES if measure != "returned_share"]),
        bounds,
        st.sampled_from([0, 1, 2, 7.5]),
        windows,
        st.lists(st.sampled_from([1, 2, 3, 10, 11, 12]), min_size=1, max_size=3),
    ),
    st.builds(
        lambda measure, bound, number: {"orders": measure, bound: number},
        st.sampled_from(["average_gap_days", "times_own_gap"]),
        bounds,
        st.sampled_from([0, 0.5, 1, 1.5, 2, 3, 7]),
    ),
    st.builds(
        lambda bound, number, window: {"orders": "category_share", "category": "Tea", bound: number, **window},
        bounds,
        st.sampled_from([0, 0.5, 1]),
        windows,
    ),
    st.builds(
        lambda measure, bound, number: {"orders": measure, bound: number},
        st.sampled_from(["days_since_last", "days_since_first"]),
        bounds,
        st.integers(0, 30),
    ),
    st.builds(
        lambda measure, bound, number, category: {"orders": measure, bound: number, "category": category},
        st.sampled_from(["count", "revenue", "margin", "average", "discount_share", "days_since_last"]),
        bounds,
        st.sampled_from([0, 1, 2, 7.5]),
        st.sampled_from(CATEGORIES),
    ),
    st.builds(
        lambda name, how, of, bound, number, window, where: {
            "event": name,
            how: of,
            bound: number,
            **window,
            **where,
        },
        st.sampled_from(NAMES),
        st.sampled_from(["sum", "average", "smallest", "largest", "distinct"]),
        st.sampled_from(KEYS),
        bounds,
        st.sampled_from([0, 0.8, 1, 2, 5, 12.5, 17.5]),
        windows,
        wheres,
    ),
    st.builds(
        lambda name, part, bound, number, window, where: {
            "event": name,
            "share_where": part["where"],
            bound: number,
            **window,
            **where,
        },
        st.sampled_from(NAMES),
        wheres.filter(bool),
        bounds,
        st.sampled_from([0, 0.5, 0.25, 1]),
        windows,
        wheres,
    ),
    sequences,
    st.builds(
        lambda state, count, window: {"record": "task", "state": state, **count, **window},
        st.sampled_from(["any", "open", "overdue", "done"]),
        counts | st.just({"never": True}) | st.just({}),
        windows,
    ),
    st.builds(
        lambda did, about, count, window: {"message": did, **about, **count, **window},
        st.sampled_from(["sent", "opened", "bounced", "complained"]),
        st.sampled_from([{}, {"journey": "hello"}, {"topic": "news"}, {"journey": "it's", "topic": "news"}]),
        counts | st.just({"never": True}) | st.just({}),
        windows,
    ),
    st.builds(lambda name: {"list": name}, st.sampled_from(["vip", "it's"])),
    st.builds(
        lambda place, far: {"near": place, "within_km": far},
        st.sampled_from([{"latitude": 52.5, "longitude": 13.4}, {"latitude": -37, "longitude": -175}]),
        st.sampled_from([1, 30, 600, 5000, 19000, 20040]),
    ),
    st.builds(lambda share: {"sample": share, "seed": "it's"}, st.sampled_from([0, 0.1, 0.5, 0.9, 1])),
    st.sampled_from(
        [
            {"reachable": "email", "topic": "news"},
            {"segment": "germans"},
            {"segment": "buyers"},
            {"stage": "new"},
            {"stage": "fresh"},
            {"stage": "asleep"},
        ]
    ),
)
rules = st.recursive(
    leaves,
    lambda inner: st.one_of(
        st.builds(lambda nodes: {"all": nodes}, st.lists(inner, min_size=1, max_size=3)),
        st.builds(lambda nodes: {"any": nodes}, st.lists(inner, min_size=1, max_size=3)),
        st.builds(lambda node: {"not": node}, inner),
    ),
    max_leaves=5,
)
whens = st.builds(
    lambda centre, back, tick: centre - timedelta(days=back) + tick, centres, st.integers(0, 20), ticks
)


def meant(rule: object) -> Node:
    return spelled(parse(rule), LEXICON)

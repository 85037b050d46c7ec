"""Rules that nobody thought of: what the laws, the schema and the fuzz draw from."""

from datetime import timedelta

from hypothesis import strategies as st
from tests.segments.strategies_bases import CATEGORIES, KEYS, NAMES, TEXTS, centres, ticks

from tactful.segments.domain.nodes import Node
from tactful.segments.domain.spelling import Lexicon, spelled
from tactful.segments.domain.tree import parse

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


def fit(measure: str, number: float) -> float:
    """Shares are compared with shares."""
    return number / 10 if measure.endswith("share") else number


days = st.integers(1, 40)
edges = st.sampled_from(["2026-02-20", "2026-02-28T12:00:00Z", "2026-03-01"])
literals = st.one_of(
    st.fixed_dictionaries({"is": st.sampled_from([*TEXTS, 5, 12.5, True, False])}),
    st.fixed_dictionaries({"is_not": st.sampled_from([*TEXTS, 5, True])}),
    st.fixed_dictionaries({"in": st.lists(st.sampled_from([*TEXTS, 5, 100, False]), min_size=1, max_size=3)}),
    st.fixed_dictionaries({"contains": st.sampled_from(["e", "TEA", "'", "İ", "ΟΣ"])}),
    st.fixed_dictionaries({"starts": st.sampled_from(["t", "5", "ü", "i"])}),
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
        st.sampled_from(
            ["birth_date", "birth_date", "last_seen_at", "custom.plan", "custom.price", "company.plan"]
        ),
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
    st.builds(lambda key, said: {"attribute": f"company.{key}", **said}, st.sampled_from(KEYS), literals),
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
        lambda measure, bound, number, window: {"orders": measure, bound: fit(measure, number), **window},
        st.sampled_from(MEASURES),
        bounds,
        st.sampled_from([0, 1, 2, 5, 7.5, 0.5, 10]),
        windows,
    ),
    st.builds(
        lambda measure, bound, number, window, months: {
            "orders": measure,
            bound: fit(measure, number),
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
        lambda measure, bound, number, category: {
            "orders": measure,
            bound: fit(measure, number),
            "category": category,
        },
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
FIFTHS = st.lists(st.integers(1, 5), min_size=1, max_size=2, unique=True)
percents = st.sampled_from([0, 20, 33.3, 50, 80, 99.9, 100])
cuttings = st.sampled_from(["at_least", "at_most", "greater", "less"])
numbers = st.one_of(
    st.builds(
        lambda name, where, window: {"event": name, **where, **window}, st.sampled_from(NAMES), wheres, windows
    ),
    st.builds(
        lambda name, how, of, where, window: {"event": name, how: of, **where, **window},
        st.sampled_from(NAMES),
        st.sampled_from(["sum", "average", "smallest", "largest", "distinct"]),
        st.sampled_from(KEYS),
        wheres,
        windows,
    ),
    st.builds(
        lambda name, part, window: {"event": name, "share_where": part["where"], **window},
        st.sampled_from(NAMES),
        wheres.filter(bool),
        windows,
    ),
    st.builds(
        lambda state, window: {"record": "task", "state": state, **window},
        st.sampled_from(["any", "open", "overdue", "done"]),
        windows,
    ),
    st.sampled_from([{"attribute": f"{whose}.{key}"} for key in KEYS for whose in ("custom", "company")]),
)
ranks = st.one_of(
    st.builds(
        lambda measure, bound, percent, window: {"percentile": {"orders": measure, **window}, bound: percent},
        st.sampled_from(MEASURES),
        cuttings,
        percents,
        windows,
    ),
    st.builds(
        lambda measure, bound, percent: {"percentile": {"orders": measure}, bound: percent},
        st.sampled_from(["days_since_last", "days_since_first", "average_gap_days", "times_own_gap"]),
        cuttings,
        percents,
    ),
    st.builds(
        lambda measure, bound, percent, about: {"percentile": {"orders": measure, **about}, bound: percent},
        st.sampled_from(["count", "revenue", "average", "discount_share", "days_since_last", "days_since_first"]),
        cuttings,
        percents,
        st.sampled_from([{"category": "Tea"}, {"months": [2, 3]}, {"category": "Mugs", "months": [3, 10, 12]}]),
    ),
    st.builds(
        lambda of, bound, percent: {"percentile": of, bound: percent},
        numbers,
        cuttings,
        percents,
    ),
    st.builds(
        lambda recency, frequency, money: {"rfm": {"recency": recency, **frequency, **money}},
        FIFTHS,
        st.fixed_dictionaries({}, optional={"frequency": FIFTHS}),
        st.fixed_dictionaries({}, optional={"money": FIFTHS}),
    ),
    st.builds(
        lambda name, fifths: {"rfm": {name: fifths}}, st.sampled_from(["recency", "frequency", "money"]), FIFTHS
    ),
)


def trees_of(conditions: st.SearchStrategy[dict[str, object]]) -> st.SearchStrategy[dict[str, object]]:
    return st.recursive(
        conditions,
        lambda inner: st.one_of(
            st.builds(lambda nodes: {"all": nodes}, st.lists(inner, min_size=1, max_size=3)),
            st.builds(lambda nodes: {"any": nodes}, st.lists(inner, min_size=1, max_size=3)),
            st.builds(lambda node: {"not": node}, inner),
        ),
        max_leaves=5,
    )


# Other engines know no ranks.
plain_rules = trees_of(leaves)
rules = trees_of(leaves | leaves | leaves | ranks)
rank_rules = trees_of(leaves | ranks | ranks | ranks)
whens = st.builds(
    lambda centre, back, tick: centre - timedelta(days=back) + tick, centres, st.integers(0, 20), ticks
)


def meant(rule: object) -> Node:
    return spelled(parse(rule), LEXICON)

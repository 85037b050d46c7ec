"""Whatever somebody sends as a rule: a clear refusal, or an answer equal to the reference. Nothing else."""

import json
import random
from collections.abc import Callable, Iterator
from copy import deepcopy
from datetime import UTC, date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml
from tests.segments import segments_reference as reference
from tests.segments.segments_kit import (
    Base,
    base_of,
    in_everyone,
    in_members,
    in_subjects,
    leaf_answers,
    looked_again,
)
from tests.segments.segments_strategies import LEXICON, meant

from tactful.kernel.errors import InvalidInput
from tactful.segments.domain.files import parse_file
from tactful.segments.domain.nodes import Node
from tactful.segments.domain.reading import read
from tactful.segments.domain.spelling import Lexicon, spelled
from tactful.segments.domain.tree import KINDS, parse
from tactful.segments.domain.writing import to_json

AT = datetime(2026, 3, 1, 12, tzinfo=UTC)
RULES = [
    case["rule"]
    for case in yaml.safe_load((Path(__file__).parent / "cases.yaml").read_text(encoding="utf-8"))["cases"]
]
TEXTS = [
    "",
    "Viewed",
    "DE",
    "\0",
    "\ud800",
    "a\nb",
    "'; DROP TABLE customers; --",
    '"',
    "\\",
    "$at",
    "@today",
    "{{x}}",
    "%s",
    "{0}",
    "/",
    "~1",
    "$.a",
    "*",
    "\u202e\u200b",
    "é",
    "e\u0301",
    "İ",
    "x" * 1001,
    "2026-02-30",
    "2026-02-20",
    "2026-02-20T10:00:00+01:00",
    "9999-12-31",
    "0001-01-01",
    "١٢",
    "1e999",
    "NaN",
    "custom.",
    "custom.visits",
    "custom.a/b~c",
    "birth_date",
    "active",
    "customer_id",
    "__class__",
]
NUMBERS: list[Any] = [
    0,
    1,
    -1,
    2,
    0.5,
    -0.0,
    1e-320,
    1e15,
    1e16,
    2**31,
    2**63,
    2**64,
    10**400,
    10**5000,
    float("inf"),
    float("-inf"),
    float("nan"),
    36_500,
    36_501,
    True,
    False,
]
OTHERS: list[Any] = [
    None,
    date(2026, 2, 20),
    date.max,
    datetime(2026, 2, 20, tzinfo=UTC),
    datetime.min.replace(tzinfo=UTC),
    b"bytes",
    {1, 2},
    (),
    [],
    {},
    [[]],
    {None: 1},
    {(1, 2): 3},
    object(),
]
# What customers and events hold when nobody checks what is sent.
DOCUMENTS: list[dict[str, Any]] = [
    {},
    {"visits": "1e999", "latitude": 120, "longitude": "1e308"},
    {"visits": "99999999999999999999", "price": "0.1", "latitude": "52.5", "longitude": 13.4, "list": "vip"},
    {"visits": True, "price": [1, 2], "": "x", "a/b~c": {"d": 1}, "list": ["vip"]},
    {"visits": "2026-02-28T24:00:00", "price": "9999-12-31", "category": "0000-00-00", "'": 1, "latitude": None},
    {"visits": "2026-02-28T23:30:00-05:00", "price": "-1e-9", "category": "Tea", "journey": "hello"},
]


@cache
def base() -> Base:
    """A small base in which everything happened that can."""
    moments = [AT.replace(tzinfo=None) - timedelta(days=days) for days in (0, 1, 9, 40)]
    zones = [None, "Pacific/Apia", "Mars/Olympus", "America/New_York", "", "Asia/Kathmandu"]
    customers = [
        {"country": "DE", "city": "'; DROP", "zone": zone, "birth_date": date(2000, 2, 29), "attributes": own}
        for zone, own in zip(zones, map(json.dumps, DOCUMENTS), strict=True)
    ]
    names = ["Viewed", "Bought", "List Joined", "List Left", "Email Sent"]
    return base_of(
        {
            "customers": customers,
            "events": [
                {"customer_id": number, "name": name, "occurred_at": moment, "properties": json.dumps(document)}
                for number, document in enumerate(DOCUMENTS, start=1)
                for name, moment in zip(names, [*moments, moments[2]], strict=True)
            ],
            "orders": [
                {"customer_id": number, "completed_at": moment, "revenue_minor": 995}
                for number, moment in enumerate(moments, start=1)
            ],
            "order_lines": [
                {"customer_id": number, "order_id": number, "completed_at": moment, "category": "Tea"}
                for number, moment in enumerate(moments, start=1)
            ],
            "tasks": [{"customer_id": 1, "created_at": moments[2], "due_at": moments[1], "done_at": None}],
            "consents": [{"customer_id": 2}],
        },
        nights=[AT - timedelta(days=1)],
    )


def anything(dice: random.Random, depth: int = 0) -> Any:
    """A value of any kind, often one that looks like a part of a rule."""
    kinds: list[Callable[[], Any]] = [
        lambda: dice.choice(TEXTS),
        lambda: dice.choice(NUMBERS),
        lambda: deepcopy(dice.choice(OTHERS)),
        lambda: deepcopy(dice.choice(RULES)),
        lambda: [anything(dice, depth + 1) for _ in range(dice.randrange(4))],
        lambda: {dice.choice(words()): anything(dice, depth + 1) for _ in range(dice.randrange(4))},
    ]
    return dice.choice(kinds[:4] if depth > 5 else kinds)()


@cache
def words() -> list[str]:
    """All words that rules know, as keys."""
    found = [key for rule in RULES for place in places(rule) if isinstance(place, dict) for key in place]
    return [*dict.fromkeys([*KINDS, *map(str, found)]), "sql", "", "\ud800"]


def places(value: Any) -> Iterator[Any]:
    """A value and everything in it."""
    yield value
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    for each in inner:
        yield from places(each)


def fuzzed(dice: random.Random) -> Any:
    """A rule with something wrong in it, perhaps; or anything at all."""
    if dice.random() < 0.2:
        return anything(dice)
    rule = deepcopy(dice.choice(RULES))
    for _ in range(dice.randrange(1, 3)):
        harm(dice, dice.choice([place for place in places(rule) if isinstance(place, dict | list)]))
    if dice.random() < 0.05:
        for _ in range(dice.choice([3, 24, 30, 2000])):
            rule = dice.choice([{"not": rule}, {"all": [rule]}, {"any": [rule]}])
    return rule


def harm(dice: random.Random, place: Any) -> None:
    """Change one thing in an object or a list."""
    keys: list[Any] = list(place) if isinstance(place, dict) else list(range(len(place)))
    how = dice.random()
    if keys and how < 0.7:
        key = dice.choice(keys)
        # Most of the time by something of the same kind, so that not all is refused.
        kin = TEXTS if isinstance(place[key], str) else NUMBERS if isinstance(place[key], int | float) else None
        place[key] = dice.choice(kin) if kin and dice.random() < 0.8 else anything(dice)
    elif keys and how < 0.8:
        place.pop(dice.choice(keys))
    elif isinstance(place, dict):
        place[dice.choice(words())] = anything(dice)
    else:
        place.append(anything(dice))


def hold_to_the_reference(given: Any) -> bool:
    """Whether it was understood; if so, it has to be right."""
    try:
        tree = parse(given)
        meant_tree = spelled(tree, LEXICON)
    except InvalidInput as fault:
        refusal = fault.message
    else:
        return right(tree, meant_tree)
    assert len(refusal.encode()) < 2_000
    return False


def right(tree: Node, meant_tree: Node) -> bool:
    assert parse(json.loads(json.dumps(to_json(tree)))) == tree
    assert read(meant_tree).startswith("Customers ")
    expected = reference.members(base(), meant_tree, AT)
    assert in_members(base(), [meant_tree], AT) == [expected]
    assert in_everyone(base(), meant_tree, AT) == expected
    return True


def fuzz(seeds: range) -> None:
    understood = 0
    for seed in seeds:
        given = fuzzed(random.Random(seed))
        try:
            understood += hold_to_the_reference(given)
        except Exception as fault:
            fault.add_note(f"seed {seed}")
            raise
    assert understood > len(seeds) / 10, "the fuzz is too wild to prove anything"


def test_a_thousand_fuzzed_rules_are_refused_or_right() -> None:
    fuzz(range(1_000))


@pytest.mark.slow
def test_ten_thousand_fuzzed_rules_are_refused_or_right() -> None:
    fuzz(range(1_000, 11_000))


BOMBS = [
    "a: &a [x,x,x,x,x,x,x,x,x]\n"
    + "\n".join(f"{chr(98 + n)}: &{chr(98 + n)} [{','.join(['*' + chr(97 + n)] * 9)}]" for n in range(9))
    + "\nrule: {KIND: *j}",
    "rule: {KIND: &a [*a]}",
    "rule: {KIND: &a {KIND: *a}}",
    "rule: {KIND: {? [1, 2] : 3}}",
    "rule: {KIND: " + "9" * 5000 + "}",
    "rule: {KIND: 0x" + "f" * 6000 + "}",
    "rule: {KIND: !!binary aGVsbG8=}",
]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("bomb", BOMBS, ids=lambda bomb: bomb[-30:])
def test_a_bomb_in_a_file_is_refused_at_once(bomb: str, kind: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        parse_file(bomb.replace("KIND", kind))
    assert len(refused.value.message) < 1_500


def test_segments_that_multiply_each_other_are_refused() -> None:
    doubling = {f"s{n}": parse({"any": [{"segment": f"s{n + 1}"}, {"segment": f"s{n + 1}"}]}) for n in range(60)}
    with pytest.raises(InvalidInput, match="more than 5000 conditions"):
        spelled(parse({"segment": "s0"}), Lexicon(doubling))


def test_segments_that_go_on_and_on_are_refused() -> None:
    chain = {f"s{n}": parse({"not": {"segment": f"s{n + 1}"}}) for n in range(2_000)}
    with pytest.raises(InvalidInput, match="100 levels"):
        spelled(parse({"segment": "s0"}), Lexicon(chain))


def test_a_rule_as_deep_as_allowed_is_answered() -> None:
    rule: Any = {"event": "Viewed"}
    for number in range(24):
        rule = [{"not": rule}, {"all": [rule, {"event": "Viewed"}]}, {"any": [rule]}][number % 3]
    assert hold_to_the_reference(rule)


def test_many_existences_are_counted_in_one_pass() -> None:
    """A join each would take the engine minutes to plan."""
    assert hold_to_the_reference({"all": [{"event": f"E{n}", "never": True} for n in range(100)]})


def test_a_moment_beyond_the_calendar_does_no_harm() -> None:
    last = base_of({"customers": [{"id": 1, "attributes": json.dumps({"until": "9999-12-31T23:59:59-12:00"})}]})
    for said in ({"in_last_days": 7}, {"in_next_days": 7}, {"anniversary_in_days": 7}, {"after": "2026-01-01"}):
        tree = meant({"attribute": "custom.until", **said})
        looked_again(last, [tree], AT)
        leaf_answers(last, tree, [1], AT)
        assert in_everyone(last, tree, AT) == ({1} if "after" in said else in_members(last, [tree], AT)[0])
        assert len(in_subjects(last, [tree], [(1, AT)])) == 1

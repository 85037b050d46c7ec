"""What lint says of journeys, rule by rule: where it speaks, and where it is silent."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from tests.journeys.machine_kit import DONE, LETTER, definition, steps

from tactful.journeys.domain.findings import Facts, Severity, Standing, Text
from tactful.journeys.domain.lint import RULES, lint
from tactful.journeys.domain.parsing import parse
from tactful.journeys.scenarios import ready

NOW = datetime(2026, 11, 23, tzinfo=UTC)
CALM = definition(holdout=0.1, review_by="2027-06-30")
USEFUL = Text("How to brew green tea")
OFFER = Text("10 % off if you come back")
HOUSE = Facts(
    now=NOW,
    segments={"asleep": True, "hollow": False},
    events=frozenset({"Cart Viewed", "Order Completed"}),
    topics=frozenset({"offers", "service"}),
    retired=frozenset({"postcards"}),
    texts={
        "letter": USEFUL,
        "offer": OFFER,
        "guide": USEFUL,
        "old": Text("", archived=True),
        "buy": Text("Buy now"),
    },
    colleagues=frozenset({"max@example.com"}),
    dates=frozenset({"deal.valid_until"}),
)
DAY = timedelta(days=1)


def message(template: str = "letter", **more: Any) -> dict[str, Any]:
    return LETTER | {"template": template} | more


def wait(to: str, **more: Any) -> dict[str, Any]:
    return {"type": "wait", "next": to} | (more or {"days": 1})


def branch(yes: str, no: str, rule: object = None) -> dict[str, Any]:
    return {"type": "branch", "if": rule or {"attribute": "country", "is": "DE"}, "yes": yes, "no": no}


def entering(rule: object = None, **more: Any) -> dict[str, Any]:
    return {"entry": {"event": "Cart Viewed"} | ({"if": rule} if rule else {}) | more}


def share(first: float) -> dict[str, Any]:
    ways = [{"name": "a", "share": first, "next": "letter"}, {"name": "b", "share": 1 - first, "next": "done"}]
    return {"type": "split", "ways": ways}


def standing(**more: Any) -> Facts:
    return replace(HOUSE, standing=Standing(**{"active": True, "since": NOW - 90 * DAY, "last_entry": NOW} | more))


ASLEEP = {"entry": {"segment": "asleep"}}
TASK = {"type": "task", "title": "Call", "next": "done"}
ORDERED = {"entry": {"date": "order.completed_at", "days": 30}}
BORN = {"entry": {"date": "birthday"}}
PAID_LATE = {"type": "branch", "where": [{"property": "late", "is": True}], "yes": "letter", "no": "done"}
BROADCAST = {"entry": {"once": {"date": "2026-11-30", "at": "10:00", "zone": "company"}}}
ONCE = {"orders": "count", "exactly": 1}
CASES: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
    # rule, a journey that has the fault, one that comes near and has not
    ("discount_only", steps("letter", letter=message("offer")), steps("letter", letter=message())),
    (
        "discount_only",  # the first word to a sleeper
        ASLEEP | steps("offer", offer=message("offer", next="w"), w=wait("letter"), letter=message()),
        ASLEEP | steps("letter", letter=message(next="w"), w=wait("offer"), offer=message("offer")),
    ),
    (
        "no_exit_on_purchase",
        {"exit": []},
        {"exit": [{"if": {"orders": "count", "at_least": 1}, "reason": "bought"}]},
    ),
    ("no_exit_on_purchase", {"exit": []}, {"exit": [], "category": "information", "topic": "service"}),
    ("no_exit_on_purchase", {"exit": []}, {"exit": [{"event": "Contract Renewed"}]}),
    (
        "no_exit_on_purchase",  # of a broadcast only what comes after a wait can be ended
        {"exit": [], **BROADCAST, **steps("a", a=message(next="w"), w=wait("b"), b=message("guide"))},
        {"exit": [], **BROADCAST, **steps("letter", letter=message())},
    ),
    ("nobody_answers", {"owner": "TBD"}, {"owner": "Marketing"}),
    ("nobody_answers", {"failure_path": " - "}, {"failure_path": "Pause it"}),
    ("no_review_date", {"review_by": None}, {}),
    ("review_over", {"review_by": "2026-11-22"}, {"review_by": "2026-11-23"}),
    ("no_goal", {"goal": None, "holdout": 0}, {}),
    ("goal_without_holdout", {"holdout": 0}, {"holdout": 0, "category": "service"}),
    (
        "too_late",
        steps("w", w=wait("letter", days=8), letter=message()),
        steps("w", w=wait("letter", days=6), letter=message()),
    ),
    (
        "too_late",
        steps("w", w=wait("done", event="X", timeout_days=8, on_timeout="letter"), letter=message()),
        steps("w", w=wait("letter", event="X", timeout_days=8, on_timeout="letter"), letter=message()),
    ),
    (
        "message_after_message",
        steps("a", a=message(next="t"), t=TASK | {"next": "b"}, b=message("guide")),
        steps("a", a=message(next="w"), w=wait("b"), b=message("guide")),
    ),
    (
        "message_after_message",
        steps(
            "a",
            a=message(next="b", **{"if": ONCE}),
            b=message("guide", **{"if": {"orders": "count", "at_least": 1}}),
        ),
        steps("a", a=message(next="b", **{"if": ONCE}), b=message("guide", **{"if": {"not": ONCE}})),
    ),
    (
        "channel_not_here",
        steps("letter", letter=message(channel="sms")),
        steps("letter", letter=message(channel="best")),
    ),
    ("fork_to_one_step", steps("b", b=branch("done", "done")), steps("b", b=branch("l", "done"), l=message())),
    ("tiny_share", steps("s", s=share(0.02), letter=message()), steps("s", s=share(0.05), letter=message())),
    (
        "never_true",
        entering({"all": [{"orders": "count", "at_least": 3}, {"orders": "count", "less": 3}]}),
        entering({"all": [{"orders": "count", "at_least": 3}, {"orders": "count", "at_most": 3}]}),
    ),
    (
        "never_true",
        entering({"all": [{"event": "X", "never": True}, {"event": "X", "count": {"at_least": 1}}]}),
        entering({"all": [{"event": "X", "never": True}, {"event": "X", "in_last_days": 2}]}),
    ),
    (
        "never_true",
        entering({"all": [{"attribute": "country", "is": "DE"}, {"attribute": "country", "is": "FR"}]}),
        entering({"any": [{"attribute": "country", "is": "DE"}, {"attribute": "country", "is": "FR"}]}),
    ),
    (
        "asked_twice",
        steps("b", b=branch("c", "done"), c=branch("letter", "done"), letter=message()),
        steps("b", b=branch("w", "done"), w=wait("c"), c=branch("letter", "done"), letter=message()),
    ),
    (
        "leaves_at_once",
        entering({"all": [ONCE, {"everyone": True}]}) | {"exit": [{"if": ONCE, "reason": "bought"}]},
        entering(ONCE) | {"exit": [{"if": {"orders": "count", "at_least": 2}, "reason": "bought"}]},
    ),
    ("task_of_nobody", steps("t", t=TASK), steps("t", t=TASK | {"assignee": "Sales"})),
    (
        "service_sells",
        {"category": "service"} | steps("l", l=message("buy")),
        {"category": "service"} | steps("l", l=message()),
    ),
    ("template_missing", steps("l", l=message("gone")), {}),
    ("template_archived", steps("l", l=message("old")), {}),
    ("topic_unknown", {"topic": "gossip"}, {"topic": "service"}),
    ("topic_unknown", steps("l", l=message(topic="gossip")), steps("l", l=message(topic="service"))),
    ("topic_retired", {"topic": "postcards"}, {"topic": "gossip"}),
    ("topic_retired", steps("l", l=message(topic="postcards")), steps("l", l=message(topic="service"))),
    ("segment_missing", {"entry": {"segment": "gone"}}, ASLEEP),
    ("segment_missing", entering({"not": {"segment": "gone"}}), entering({"segment": "asleep"})),
    ("segment_never_filled", {"entry": {"segment": "hollow"}}, ASLEEP),
    ("event_never_happened", {"entry": {"event": "Moon Rose"}}, ASLEEP),
    ("date_never_told", {"entry": {"date": "deal.ends_on"}}, {"entry": {"date": "deal.valid_until"}}),
    (
        "nothing_to_ask",
        BORN | steps("fork", fork=PAID_LATE, letter=message()),
        ORDERED | steps("fork", fork=PAID_LATE, letter=message()),
    ),
    (
        "nothing_to_ask",
        BORN | steps("w", w=wait("letter", until={"property": "ends"}), letter=message()),
        BORN | steps("w", w=wait("letter", until={"attribute": "ends"}), letter=message()),
    ),
    ("goes_on_when_over", ORDERED, ORDERED | {"exit": [{"event": "Order Cancelled", "same_key": True}]}),
    ("goes_on_when_over", {"entry": {"date": "deal.valid_until"}}, {"entry": {"date": "birthday"}}),
    (
        "notice_to_nobody",
        steps("n", n={"type": "notify", "to": "eve@example.com", "text": "Look", "next": "done"}),
        steps("n", n={"type": "notify", "to": "owner", "text": "Look", "next": "done"}),
    ),
]


def rules(facts: Facts = HOUSE, **changes: Any) -> set[str]:
    return {finding.rule for finding in lint(parse(CALM | changes), facts)}


def test_a_calm_journey_has_no_findings() -> None:
    assert lint(parse(CALM), HOUSE) == []


@pytest.mark.parametrize(
    ("rule", "faulty", "sound"), CASES, ids=lambda value: value if isinstance(value, str) else ""
)
def test_each_rule_speaks_where_it_should_and_is_silent_beside_it(
    rule: str, faulty: dict[str, Any], sound: dict[str, Any]
) -> None:
    assert rule in rules(**faulty)
    assert rule not in rules(**sound)


@pytest.mark.parametrize(
    ("rule", "faulty", "sound"),
    [
        ("stale", standing(last_entry=NOW - 61 * DAY), standing(last_entry=NOW - 59 * DAY)),
        ("stale", standing(last_entry=None), standing(last_entry=None, since=NOW - 5 * DAY)),
        ("stale", standing(last_entry=None), standing(last_entry=None, active=False)),
        (
            "broken",
            standing(judged=100, dropped={"no_consent": 95}),
            standing(judged=100, dropped={"cap": 80, "x": 20}),
        ),
        (
            "broken",
            standing(judged=20, dropped={"no_consent": 20}),
            standing(judged=19, dropped={"no_consent": 19}),
        ),
        ("too_many_activations", replace(HOUSE, activation=6), replace(HOUSE, activation=5)),
    ],
)
def test_how_a_journey_has_done_is_judged(rule: str, faulty: Facts, sound: Facts) -> None:
    assert rule in rules(faulty)
    assert rule not in rules(sound)


@pytest.mark.parametrize(
    ("own", "other", "meet"),
    [
        (entering(), entering(), True),
        (entering(ONCE), entering(), True),
        (entering(ONCE), entering({"orders": "count", "at_least": 2}), False),
        (
            entering({"attribute": "custom.company", "set": True}),
            entering({"attribute": "custom.company", "set": False}),
            False,
        ),
        (entering(), {"entry": {"event": "Product Added"}}, False),
        (ASLEEP, ASLEEP, True),
        (ASLEEP, {"entry": {"segment": "asleep", "on": "left"}}, False),
        (
            entering(where=[{"property": "kind", "is": "a"}]),
            entering(where=[{"property": "kind", "is": "b"}]),
            False,
        ),
        ({"entry": {"schedule": {"at": "10:00"}}}, {"entry": {"schedule": {"at": "10:00"}}}, True),
        ({"entry": {"schedule": {"at": "10:00"}}}, {"entry": {"schedule": {"at": "11:00"}}}, False),
        (entering(), entering() | steps("t", t=TASK), False),
    ],
)
def test_two_journeys_for_one_moment_are_seen_where_their_conditions_do_not_exclude_each_other(
    own: dict[str, Any], other: dict[str, Any], meet: bool
) -> None:
    beside = replace(HOUSE, others=[parse(CALM | {"slug": "other"} | other)])
    assert ("same_moment" in rules(beside, **own)) is meet


def test_every_rule_has_a_case() -> None:
    elsewhere = {"stale", "broken", "too_many_activations", "same_moment"}
    assert {rule for rule, *_ in CASES} | elsewhere == RULES.keys()


def test_what_must_be_mended_stands_first_and_says_where_and_what_to_do() -> None:
    found = lint(parse(CALM | {"review_by": "2026-01-01", "exit": []}), HOUSE)
    assert [finding.severity for finding in found] == [Severity.MUST, Severity.SHOULD]
    assert found[0].where == "exit"
    assert all(finding.words and finding.remedy for finding in found)


@pytest.mark.parametrize("one", ready(), ids=lambda one: one.slug)
def test_the_ready_scenarios_have_nothing_that_must_be_mended(one: Any) -> None:
    beside = Facts(now=NOW, others=[other.definition for other in ready()])
    found = {finding.rule for finding in lint(one.definition, beside) if finding.severity is Severity.MUST}
    # One of them shows what another release will be able to do.
    assert found == ({"channel_not_here"} if one.slug == "unopened-mail-then-sms" else set())


def test_done_is_only_an_end() -> None:
    assert rules(**steps("done", done=DONE)) == set()

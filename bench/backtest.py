"""How long a backtest of two years takes, and how much memory, over bases of growing size.

Prints JSON: seconds, peak memory in MB of this process and of the largest of its parts. A base has 50 events, three
orders, a consent and four messages for a customer on average; some have far more. Not part of `python -m bench`.
    python -m bench.backtest 100000             a journey by an event, with conditions, branch, task, re-entry
    python -m bench.backtest 100000 --segment   the ready reactivation: a segment told day by day from the history
"""

import json
import resource
import sys
import time
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

from bench.house import new_house
from bench.segments import AT, MADE, fill

EVENTS = 50  # for a customer, on average
YEARS = timedelta(days=730)
_MOMENT = "{at} - to_seconds((63072000 * (1 - i::DOUBLE / {rows}))::INT)"
_BASE: Mapping[str, tuple[int, str]] = {
    **{name: MADE[name] for name in ("customers", "orders", "order_lines")},
    "events": (EVENTS, f"""
        SELECT i AS id, 1 + floor({{customers}} * pow((h % 10000000) / 1e7, 2))::BIGINT AS customer_id,
               list_extract(['Product Viewed', 'Product Viewed', 'Product Viewed', 'Page Viewed', 'Page Viewed',
                             'Product Added', 'Checkout Started', 'Order Completed'],
                            1 + (h // 64 % 8)::INT) AS name,
               'track' AS kind, {_MOMENT} AS occurred_at, {_MOMENT} AS received_at, false AS historical,
               '{{{{"product_id": "p' || h % 500 || '", "cart_id": "c' || h % 999983 || '", "price": 9.5}}}}'
               AS properties"""),
    "consent_words": (1, """
        SELECT i AS id, i AS customer_id, 'email' AS channel, '*' AS topic, h % 10 < 8 AS granted, 'form' AS how,
               {at} - to_hours((h % 17520)::INT) AS "at" """),
    "deliveries": (4, """
        SELECT i AS id, md5(i::VARCHAR) AS message_key, 1 + h % {customers} AS customer_id, 0 AS journey_id,
               i AS decision_id, 'email' AS channel,
               'news' AS topic, 'activation' AS category, 'sent' AS state,
               {at} - to_minutes((h // 7 % 1051200)::INT) AS queued_at, queued_at AS sent_at,
               NULL AS delivered_at, NULL AS opened_at, NULL AS clicked_at, NULL AS bounced_at,
               NULL AS complained_at, NULL AS unsubscribed_at"""),
}  # fmt: skip

JOURNEY: dict[str, Any] = {
    "slug": "unfinished",
    "name": "Unfinished checkout",
    "owner": "Marketing",
    "failure_path": "Pause it",
    "category": "activation",
    "topic": "tips",
    "reentry": "after_days:90",
    "holdout": 0.1,
    "goal": {"event": "Order Completed", "within_days": 14},
    "entry": {"event": "Checkout Started", "if": {"orders": "count", "at_most": 20}},
    "exit": [{"event": "Order Completed", "reason": "bought"}],
    "start": "pause",
    "steps": {
        "pause": {"type": "wait", "hours": 3, "next": "ask"},
        "ask": {
            "type": "message",
            "template": "how-was-it",
            "if": {"not": {"event": "Order Completed", "in_last_days": 1}},
            "next": "rest",
        },
        "rest": {"type": "wait", "days": 3, "next": "keen"},
        "keen": {
            "type": "branch",
            "if": {"event": "Product Viewed", "count": {"at_least": 3}, "in_last_days": 14},
            "yes": "call",
            "no": "tips",
        },
        "call": {"type": "task", "title": "Call", "assignee": "Sales", "next": "done"},
        "tips": {"type": "message", "template": "tips-after-purchase", "next": "done"},
        "done": {"type": "exit"},
    },
}


def main() -> None:
    customers, by_segment = int(sys.argv[1]), "--segment" in sys.argv
    with new_house() as folder:
        print(json.dumps(measure(customers, folder / "lake", by_segment=by_segment), indent=2))


def measure(customers: int, folder: Path, *, by_segment: bool) -> dict[str, Any]:
    from tactful.flows.backtest import Asked, backtest  # noqa: PLC0415 -- Django is configured only by now
    from tactful.journeys.domain.parsing import parse  # noqa: PLC0415 -- as above

    began = time.perf_counter()
    fill(customers, folder, events=EVENTS, made=_BASE)
    written = time.perf_counter() - began
    definition = reactivation() if by_segment else parse(JOURNEY)
    phases: dict[str, float] = {}
    cpu = sum(used(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    began = time.perf_counter()

    def hear(phase: str, _done: int, _total: int | None) -> None:
        phases.setdefault(phase, round(time.perf_counter() - began, 1))

    report = backtest(Asked(definition, AT - YEARS, AT), folder=folder, progress=hear)
    took = time.perf_counter() - began
    return {
        "customers": customers,
        "events": customers * EVENTS,
        "written_in_s": round(written, 1),
        "took_s": round(took, 1),
        "cpu_s": round(sum(used(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)) - cpu, 1),
        "first_heard_after_s": phases,
        "runs": report.entered + report.left_alone,
        "decisions": sum(report.decisions.values()),
        "sent": report.sent,
        "tasks": sum(each.tasks for each in report.work),
        "peak_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
        "peak_mb_of_a_part": round(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024),
    }


def used(who: int) -> float:
    """Seconds of processor time."""
    found = resource.getrusage(who)
    return found.ru_utime + found.ru_stime


def reactivation() -> Any:
    """The ready journey by a segment, of which the log tells nothing."""
    from tactful.flows.backtest import definition_of  # noqa: PLC0415 -- Django is configured only by now
    from tactful.journeys import services as journeys  # noqa: PLC0415 -- as above
    from tactful.kernel.clock import SystemClock  # noqa: PLC0415 -- as above
    from tactful.segments import services as segments  # noqa: PLC0415 -- as above

    now = SystemClock().now()
    segments.install_ready(now=now)
    journeys.install_ready(now=now)
    return definition_of("reactivation-by-hypothesis")[0]


if __name__ == "__main__":
    main()

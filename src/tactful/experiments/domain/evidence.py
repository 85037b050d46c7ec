"""What a look saw, as it is kept and shown. Pure."""

from collections.abc import Mapping
from typing import Any

from tactful.experiments.domain.sequential import Interval
from tactful.experiments.domain.verdicts import Facts, Judged


def evidence(facts: Facts, judged: Judged) -> dict[str, Any]:
    """Plain values for JSON: counts and means by arm, intervals of pairs, guards, doubt about the shares."""
    return {
        "arms": {arm: _arm(facts, arm) for arm in facts.samples},
        "pairs": [{"arm": one.arm, "other": one.other, **_interval(one.interval)} for one in judged.pairs],
        "harms": [
            {"guard": one.guard, "arm": one.arm, "other": one.other, **_interval(one.interval)}
            for one in judged.harms
        ],
        "doubt": judged.doubt,
        "leader": judged.leader,
        "weeks": judged.weeks,
        "exhausted": judged.exhausted,
    }


def _arm(facts: Facts, arm: str) -> Mapping[str, Any]:
    sample = facts.samples[arm]
    return {
        "sent": sum(counts.get(arm, 0) for counts, _ in facts.epochs),
        "counted": sample.count,
        "mean": sample.mean,
        "did": sample.filled,
        "guards": {
            guard: {"count": arms[arm].count, "hits": arms[arm].filled} for guard, arms in facts.guards.items()
        },
    }


def _interval(one: Interval) -> dict[str, float]:
    return {"value": one.value, "low": one.low, "high": one.high}

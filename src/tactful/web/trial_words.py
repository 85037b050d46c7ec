"""Experiments in words: what was seen of each arm, what may be said, what follows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tactful.experiments.domain.sequential import FEW, FIRST_LOOK
from tactful.experiments.domain.values import MARGIN, Metric, Status
from tactful.experiments.records import ExperimentFacts
from tactful.web import words
from tactful.web.charts import Chart, Series

_LONG = 52  # weeks; beyond, a number would promise too much
STATUSES = {
    Status.RUNNING: ("running", "held", "clock"),
    Status.WON: ("winner", "sent", "check"),
    Status.NO_DIFFERENCE: ("no difference", "", "minus"),
    Status.GUARDED: ("stopped by guard", "failed", "hand-stop"),
    Status.BROKEN: ("broken", "failed", "alert-triangle"),
    Status.OUT_OF_TIME: ("out of time", "", "hourglass"),
    Status.STOPPED: ("stopped by hand", "", "player-pause"),
    Status.CHOSEN: ("chosen by hand", "", "user"),
    Status.REPLACED: ("replaced", "", "refresh"),
}


@dataclass(frozen=True, slots=True)
class ArmRow:
    """One arm as the table shows it. `mean` is what the metric counts, in words."""

    name: str
    template: str
    planned: str
    got: str
    assigned: int
    sent: int
    counted: int
    did: int
    mean: str
    guards: tuple[str, ...]
    mark: str  # winner | stopped | leader | nothing


def metric(one: Metric) -> str:
    """By what it is judged."""
    days = words.count_of(round(one.within.total_seconds() / 86400), "day")
    if one.by == MARGIN:
        return f"Margin per customer within {days} after sending"
    which = " (with the properties asked for)" if one.where else ""
    return f"Share of customers with “{one.event}”{which} within {days} after sending"


def verdict(one: ExperimentFacts) -> str:
    """What may be said now, and nothing more."""
    if one.status is Status.RUNNING:
        return _early(one.evidence)
    return {
        Status.WON: f"“{one.winner}” is better than every other text, with 95 % confidence over all looks. "
        "Everybody new gets it.",
        Status.NO_DIFFERENCE: f"No difference worth naming: less than 5 % of the mean. “{one.winner}” goes on.",
        Status.GUARDED: f"The other texts drew more complaints or unsubscribes. “{one.winner}” goes on.",
        Status.BROKEN: "Broken: the texts did not reach the shares of customers that were planned, so that their "
        f"customers differ in more than the text. Nothing can be said. “{one.winner}” goes on; look "
        "at failed messages of the others, then start anew with other shares.",
        Status.OUT_OF_TIME: f"Half a year was not enough. “{one.winner}” was ahead and goes on; it is not proven.",
        Status.STOPPED: f"Stopped by hand: {one.reason} “{one.winner}” goes on; nothing is proven.",
        Status.CHOSEN: f"“{one.winner}” was chosen by hand, it is not proven: {one.reason}",
        Status.REPLACED: "The journey has other texts or shares now: a new phase counts them.",
    }[one.status]


def _early(evidence: Mapping[str, Any]) -> str:
    if not evidence:
        return "Too early: the first look comes within the hour."
    weeks, leader = evidence["weeks"], evidence["leader"]
    if all(pair["low"] > 0 for pair in evidence["pairs"] if pair["arm"] == leader) and evidence["pairs"]:
        return (
            f"Too early: “{leader}” is ahead, but nothing is named before each text has {FIRST_LOOK} customers, "
            f"{FEW} of whom did something, and a week has passed since the first was sent."
        )
    if evidence.get("exhausted"):  # a look from before it was asked for has none
        return (
            "Nothing can be said yet: everybody who got a text is counted, and for a week nobody new came. "
            "Only more customers could tell."
        )
    if weeks is None or weeks > _LONG:
        return "Too early, and at this pace more than a year away: too few customers, or texts too much alike."
    return f"Too early: at this pace about {words.count_of(weeks, 'week')} more."


def arms(one: ExperimentFacts, assigned: Mapping[str, int], currency: str) -> list[ArmRow]:
    """Every arm of the design, stopped ones too."""
    return [_row(one, name, assigned, currency) for name in one.design.names]


def _row(one: ExperimentFacts, name: str, assigned: Mapping[str, int], currency: str) -> ArmRow:
    nothing: dict[str, Any] = {"sent": 0, "counted": 0, "did": 0, "mean": None, "guards": {}}
    seen = one.evidence.get("arms", {}).get(name, nothing)
    given = assigned.get(name, 0)
    whole = sum(assigned.values())
    return ArmRow(
        name=name,
        template=one.design.template(name),
        planned=words.share(one.design.shares[name]),
        got=words.share(given / whole) if whole else words.NOTHING,
        assigned=given,
        sent=seen["sent"],
        counted=seen["counted"],
        did=seen["did"],
        mean=amount(one, seen["mean"], currency) if seen["counted"] else words.NOTHING,
        guards=tuple(f"{guard}: {words.share_of(found['hits'], found['count'])}"
                     for guard, found in seen["guards"].items() if found["count"]),
        mark="stopped" if name in one.stopped else "winner" if name == one.winner else "",
    )  # fmt: skip


def amount(one: ExperimentFacts, value: float | None, currency: str) -> str:
    """A mean."""
    if value is None:
        return words.NOTHING
    return words.money(value, currency) if one.design.metric.by == MARGIN else words.share(value)


def apart(one: ExperimentFacts, value: float, currency: str) -> str:
    """A difference of means; shares in points, for 2 % over 1 % is no 1 %."""
    if one.design.metric.by == MARGIN:
        return words.money(value, currency)
    sign = "+" if value > 0 else words.MINUS if value < 0 else ""
    return f"{sign}{words.number(abs(value) * 100, 1)}{words.GAP}points"


def pairs(one: ExperimentFacts, currency: str) -> list[tuple[str, str, str, str]]:
    """Every two arms: better, worse, difference, interval."""
    return [
        (
            pair["arm"],
            pair["other"],
            apart(one, pair["value"], currency),
            f"{apart(one, pair['low'], currency)} to {apart(one, pair['high'], currency)}",
        )
        for pair in one.evidence.get("pairs", [])
    ]


def course(one: ExperimentFacts, looks: Sequence[tuple[str, Mapping[str, Any]]], currency: str) -> Chart | None:
    """The first pair of now through all looks: the estimate between the ends of its interval."""
    shown = next(iter(one.evidence.get("pairs", [])), None)
    if shown is None:
        return None
    labels, found = [], []
    for label, evidence in looks:
        for pair in evidence.get("pairs", []):
            if {pair["arm"], pair["other"]} == {shown["arm"], shown["other"]}:
                sign = 1 if pair["arm"] == shown["arm"] else -1
                labels.append(label)
                found.append(sorted(sign * pair[key] for key in ("low", "value", "high")))
    title = f"“{shown['arm']}” over “{shown['other']}”"
    series = [
        Series("at most", [row[2] for row in found], previous=True),
        Series("difference", [row[1] for row in found]),
        Series("at least", [row[0] for row in found], previous=True),
    ]
    unit = "money" if one.design.metric.by == MARGIN else "share"
    return Chart("course", title, "line", labels, series, unit=unit, currency=currency, heading="Look")

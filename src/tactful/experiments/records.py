"""Experiments as their tables keep them, and back."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from tactful.experiments.domain.values import Arm, Design, Metric, Status, shares_left
from tactful.experiments.models import Experiment


@dataclass(frozen=True, slots=True)
class ExperimentFacts:
    """One phase of a test. `evidence` is what the last look saw, empty before the first."""

    id: int
    journey_id: int
    step: str
    phase: int
    version: int
    design: Design
    alpha: float
    status: Status
    started_at: datetime
    decided_at: datetime | None
    winner: str
    reason: str
    stopped: dict[str, str]
    evidence: dict[str, Any]

    @property
    def seed(self) -> str:
        """Of its lots."""
        return f"experiment {self.journey_id} {self.step} {self.phase}"

    @property
    def shares(self) -> dict[str, float]:
        """Of the arms that still run."""
        return shares_left(self.design.shares, self.stopped)

    def shares_in(self, epoch: int) -> dict[str, float]:
        """Of the arms that ran when so many had been stopped."""
        return shares_left(self.design.shares, dict(list(self.stopped.items())[:epoch]))


def arms_of(design: Design) -> list[dict[str, Any]]:
    return [{"name": arm.name, "template": arm.template, "share": arm.share} for arm in design.arms]


def metric_of(metric: Metric) -> dict[str, Any]:
    return {
        "by": metric.by,
        "seconds": int(metric.within.total_seconds()),
        "event": metric.event,
        "where": [dict(test) for test in metric.where],
    }


def facts_of(row: Experiment) -> ExperimentFacts:
    """The row as a plain value. Stopped arms are in the order in which they were stopped."""
    metric = row.metric
    design = Design(
        tuple(Arm(one["name"], one["template"], one["share"]) for one in row.arms),
        Metric(metric["by"], timedelta(seconds=metric["seconds"]), metric["event"], tuple(metric["where"])),
    )
    return ExperimentFacts(
        id=int(row.pk),
        journey_id=row.journey_id,
        step=row.step,
        phase=row.phase,
        version=row.version,
        design=design,
        alpha=row.alpha,
        status=Status(row.status),
        started_at=row.started_at,
        decided_at=row.decided_at,
        winner=row.winner,
        reason=row.reason,
        stopped=dict(sorted(row.stopped.items(), key=lambda one: str(one[1]))),
        evidence=row.evidence,
    )

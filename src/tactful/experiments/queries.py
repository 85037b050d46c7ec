"""Holdouts and experiments, read as plain values."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection
from django.db.models import Count

from tactful.experiments.domain.holdout import in_holdout
from tactful.experiments.domain.values import Status
from tactful.experiments.models import Assignment, Experiment, Holdout, Look
from tactful.experiments.records import ExperimentFacts, facts_of
from tactful.kernel.errors import NotFound

GLOBAL = "global"


@dataclass(frozen=True, slots=True)
class HoldoutFacts:
    """A share (0 to 1) of all customers who get no marketing since `started_at`."""

    slug: str
    share: float
    seed: str
    started_at: datetime


def holdout(slug: str = GLOBAL) -> HoldoutFacts | None:
    """The holdout by that name, None when there is none."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT slug, share, seed, started_at FROM experiments_holdout WHERE slug = %s", [slug])
        row = cursor.fetchone()
    return HoldoutFacts(*row) if row else None


def holdouts() -> list[HoldoutFacts]:
    """All holdouts by slug."""
    return [HoldoutFacts(row.slug, row.share, row.seed, row.started_at) for row in Holdout.objects.order_by("slug")]


def held_out(customer_ids: Iterable[int], slug: str = GLOBAL) -> set[int]:
    """Those of the customers who are in the holdout."""
    found = holdout(slug)
    if found is None or found.share == 0:
        return set()
    return {customer_id for customer_id in customer_ids if in_holdout(found.seed, customer_id, found.share)}


@dataclass(frozen=True, slots=True)
class LookFacts:
    """What was seen at one moment."""

    at: datetime
    evidence: dict[str, Any]


def experiments(statuses: Iterable[Status] = tuple(Status)) -> list[ExperimentFacts]:
    """Those that stand so, the latest first."""
    rows = Experiment.objects.filter(status__in=list(statuses)).order_by("-started_at", "-id")
    return [facts_of(row) for row in rows]


def latest(journey_id: int) -> dict[str, ExperimentFacts]:
    """The latest phase of each step of a journey that tests or tested texts."""
    rows = Experiment.objects.filter(journey_id=journey_id).order_by("phase")
    return {row.step: facts_of(row) for row in rows}


def experiment(experiment_id: int) -> ExperimentFacts:
    """One by its id. Raises NotFound."""
    row = Experiment.objects.filter(pk=experiment_id).first()
    if row is None:
        raise NotFound
    return facts_of(row)


def looks(experiment_id: int) -> list[LookFacts]:
    """Its course, the earliest look first."""
    rows = Look.objects.filter(experiment_id=experiment_id).order_by("at").values_list("at", "evidence")
    return [LookFacts(at, evidence) for at, evidence in rows]


def assigned(experiment_ids: Iterable[int]) -> dict[int, dict[str, int]]:
    """Customers by experiment and arm, whether their message was sent or not."""
    rows = Assignment.objects.filter(experiment_id__in=list(experiment_ids)).values("experiment_id", "arm")
    found: dict[int, dict[str, int]] = {}
    for row in rows.annotate(count=Count("id")):
        found.setdefault(row["experiment_id"], {})[row["arm"]] = row["count"]
    return found


def drew(experiment_id: int, arm: str) -> list[int]:
    """The customers who drew an arm, ascending."""
    rows = Assignment.objects.filter(experiment_id=experiment_id, arm=arm).order_by("customer_id")
    return list(rows.values_list("customer_id", flat=True))

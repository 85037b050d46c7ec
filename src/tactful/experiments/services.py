"""Holdouts set; experiments looked at, ended, and followed through merges."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from django.db import connection, transaction

from tactful.experiments.domain.values import Status
from tactful.experiments.domain.verdicts import Judged
from tactful.experiments.models import Assignment, Experiment, Holdout, Look
from tactful.experiments.queries import GLOBAL
from tactful.kernel.errors import Conflict, InvalidInput, NotFound
from tactful.kernel.sql import grouped, statements

_SQL = statements(Path(__file__).with_suffix(".sql"))


def set_up(*, now: datetime) -> None:
    """The global holdout, empty until somebody gives it a share."""
    Holdout.objects.get_or_create(slug=GLOBAL, defaults={"share": 0.0, "seed": GLOBAL, "started_at": now})


def set_holdout(share: float, *, now: datetime, slug: str = GLOBAL, seed: str | None = None) -> None:
    """Gives a holdout its share (0 to below 1). Raises InvalidInput.

    Another seed draws other customers; without one nobody changes sides who need not. `started_at` moves when the
    draw changes: numbers from before cannot be compared.
    """
    if not 0 <= share < 1:
        raise InvalidInput("A holdout is a share from 0 to below 1, such as 0.05")
    current = Holdout.objects.filter(slug=slug).first()
    drawn = seed or (current.seed if current else slug)
    if current and (current.share, current.seed) == (share, drawn):
        return
    Holdout.objects.update_or_create(slug=slug, defaults={"share": share, "seed": drawn, "started_at": now})


@transaction.atomic
def record_look(experiment_id: int, judged: Judged, evidence: Mapping[str, Any], *, now: datetime) -> None:
    """Keep what was seen and, while it runs, what follows from it: arms stopped, or its end.

    Numbers of an ended one are kept up to date; its verdict stays.
    """
    row = Experiment.objects.select_for_update().get(pk=experiment_id)
    row.evidence = dict(evidence)
    if row.status == Status.RUNNING:
        row.stopped |= {harm.arm: now.isoformat() for harm in judged.harms if harm.arm not in row.stopped}
        if judged.status is not Status.RUNNING:
            row.status, row.decided_at, row.winner = judged.status, now, judged.winner
    row.save()
    Look.objects.get_or_create(experiment_id=experiment_id, at=now, defaults={"evidence": row.evidence})


def stop(experiment_id: int, *, reason: str, now: datetime) -> None:
    """End it by hand: everybody new gets the first arm. Raises InvalidInput without a reason, Conflict when it is
    over."""
    _end(experiment_id, Status.STOPPED, "", reason=reason, now=now)


def choose(experiment_id: int, arm: str, *, reason: str, now: datetime) -> None:
    """End it by hand with an arm that nothing has proven. Raises InvalidInput, Conflict when it is over."""
    if not arm:
        raise InvalidInput("Choose the text that goes on")
    _end(experiment_id, Status.CHOSEN, arm, reason=reason, now=now)


@transaction.atomic
def _end(experiment_id: int, status: Status, arm: str, *, reason: str, now: datetime) -> None:
    row = Experiment.objects.select_for_update().filter(pk=experiment_id).first()
    if row is None:
        raise NotFound("This experiment is not there any more")
    if row.status != Status.RUNNING:
        raise Conflict("This experiment is over already: open it again to see how it ended")
    running = [one["name"] for one in row.arms if one["name"] not in row.stopped]
    if arm and arm not in running:
        raise InvalidInput(f"{arm} is not one of the texts that still run: {', '.join(running)}")
    if not reason.strip():
        raise InvalidInput("Say why, for those who read this later")
    row.status, row.decided_at, row.winner, row.reason = status, now, arm or running[0], reason.strip()
    row.save()


def move_customers(pairs: Sequence[tuple[int, int]]) -> dict[int, list[int]]:
    """Arms follow merged customers (from, into); the ids of rows moved, by the customer they came from.

    Where both had drawn, the staying record keeps its own; with two different arms the person counts for none.
    """
    if not pairs:
        return {}
    old, new = [list(ids) for ids in zip(*pairs, strict=True)]
    with connection.cursor() as cursor:
        cursor.execute(_SQL["mix"], {"old": old, "new": new})
        cursor.execute(_SQL["move"], {"old": old, "new": new})
        return grouped(cursor.fetchall())


def give_back(ids: Sequence[int], *, from_id: int, into_id: int) -> None:
    """Return arms to the customer they had before a merge that is undone. Who saw two arms stays uncounted."""
    Assignment.objects.filter(pk__in=list(ids), customer_id=into_id).update(customer_id=from_id)

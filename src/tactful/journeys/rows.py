"""Runs between the table and the machine."""

import json
from datetime import datetime
from typing import Any

from tactful.journeys.domain.runs import Phase, RunFacts


def to_facts(row: tuple[Any, ...]) -> RunFacts:
    """A row of `take_open` or `take_due`."""
    run_id, journey_id, version, customer_id, key, step, state, started_at, due_at, waits_for, *rest = row
    ended_at, outcome, in_holdout, lap = rest
    said = json.loads(state)
    return RunFacts(
        id=run_id,
        journey_id=journey_id,
        version=version,
        customer_id=customer_id,
        key=key,
        step=step,
        phase=Phase(said["phase"]),
        came_at=datetime.fromisoformat(said["came_at"]),
        arrivals=said["arrivals"],
        started_at=started_at,
        event_id=said["event_id"],
        due_at=due_at,
        waits_for=waits_for,
        ended_at=ended_at,
        outcome=outcome,
        in_holdout=in_holdout,
        lap=lap,
        heard_id=said.get("heard_id"),
    )


def state_of(run: RunFacts) -> str:
    """What has no column of its own, as JSON."""
    if run.phase is Phase.DECIDING:
        raise ValueError(f"run {run.id} stands before a decision and cannot be stored")
    return json.dumps(
        {
            "phase": run.phase.value,
            "came_at": run.came_at.isoformat(),
            "arrivals": run.arrivals,
            "event_id": run.event_id,
            "heard_id": run.heard_id,
        }
    )

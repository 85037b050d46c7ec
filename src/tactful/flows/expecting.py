"""What journeys are proven to bring, kept for decisions: of two messages for one slot the more valuable goes."""

from datetime import datetime

from tactful.analytics import uplift
from tactful.analytics.domain.welch import Said
from tactful.decisions import services as decisions
from tactful.decisions.domain.expected import Lift
from tactful.experiments import queries as experiments
from tactful.flows.nightly import FOLDER
from tactful.lake.engine import reading
from tactful.team.queries import workspace


def measure(now: datetime) -> int:
    """Keep the margin of every journey whose difference to those left alone is no chance; gives their number."""
    holdout = experiments.holdout()
    if holdout is None:
        return 0
    with reading(uplift.TABLES, folder=FOLDER) as lake:
        found = uplift.uplifts(lake, since=holdout.started_at, until=now, currency=workspace().currency)
    proven = [
        Lift(journey_id, round(one.each.value), round(one.control.mean))
        for journey_id, one in sorted(found.items())
        if one.each is not None and one.said in {Said.MORE, Said.LESS}
    ]
    decisions.save_lifts(proven, now=now)
    return len(proven)

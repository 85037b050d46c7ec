"""What must happen because time passes: windows that close, the copy in the lake, the files nobody reads."""

import json
from collections.abc import Sequence
from datetime import datetime

from django.conf import settings

from tactful.events import services as events
from tactful.flows import segment_care
from tactful.flows.tables import TABLES
from tactful.journeys.domain.definition import SEGMENT_EVENTS
from tactful.lake import services as lake
from tactful.segments import services as segments
from tactful.segments.services import Change

FOLDER = settings.DATA / "lake"
_SOURCE = "segments"


def flush_lake(now: datetime) -> dict[str, int]:
    """Bring what changed into the files."""
    return lake.flush_due(TABLES, folder=FOLDER, now=now)


def remove_old_files(now: datetime) -> int:
    return lake.remove_old(FOLDER, now)


def fill_segments(now: datetime) -> list[str]:
    """Count new and changed rules for the first time; their slugs. Journeys may ask for cuts of their own."""
    segments.make_missing_cuts(segment_care.asked_by_journeys(), now=now, tables=TABLES, folder=FOLDER)
    return segments.fill(now=now, tables=TABLES, folder=FOLDER)


def recount_segments(now: datetime) -> int:
    """Hold everyone against every segment, and put right what differs; returns how many changes there were."""
    return _recounted(now, None)


def _recounted(now: datetime, slugs: Sequence[str] | None) -> int:
    """Changes go through the one door, in the transaction that made them: the engine alone moves journeys."""

    def tell(changes: Sequence[Change]) -> None:
        events.append(((_SOURCE, False, _payload(change)) for change in changes), now=now)

    return len(segments.recount(now=now, tables=TABLES, folder=FOLDER, slugs=slugs, tell=tell))


def cut_percentiles(now: datetime) -> int:
    """Make the cuts of the night and hold everyone against the segments that ask for them; counts the changes."""
    slugs = segments.make_cuts(segment_care.asked_by_journeys(), now=now, tables=TABLES, folder=FOLDER)
    return _recounted(now, slugs) if slugs else 0


def _payload(change: Change) -> str:
    moment = change.at.isoformat()
    return json.dumps(
        {
            "type": "track",
            "event": SEGMENT_EVENTS["entered" if change.entered else "left"],
            "messageId": f"{change.segment_id}:{change.customer_id}:{moment}:{change.entered}",
            "customerId": change.customer_id,
            "timestamp": moment,
            "properties": {"segment": change.slug},
        }
    )

"""What stands behind queued messages: their journeys, what the customers did since, their conditions as of now."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta

from tactful.delivery.domain.values import Claimed
from tactful.events import queries as events
from tactful.flows.steering import answers
from tactful.journeys import queries as journeys
from tactful.journeys.domain.runs import Stimulus
from tactful.journeys.domain.standing import Errand, exit_names

# What was decided so lately was asked as of now; what waited longer (a pause, a limit, a retry) is asked again.
FRESH = timedelta(minutes=1)


def behind(claimed: Sequence[Claimed]) -> dict[int, Errand]:
    """By delivery, where a journey stands behind it."""
    asked = {item.id: (item.run_id, item.step) for item in claimed if item.run_id is not None}
    found = journeys.behind_messages(list(asked.values()))
    return {number: found[key] for number, key in asked.items() if key in found}


def fallen(claimed: Sequence[Claimed], known: Mapping[int, Errand], *, now: datetime) -> dict[int, str]:
    """By delivery, what is no longer true of the customer; those that still stand are absent."""
    heard = _heard(claimed, known)
    waited = [item for item in claimed if item.id in known and item.queued_at <= now - FRESH]
    met = answers({(key, item.customer_id, now) for item in waited for key in known[item.id].conditions})
    asked = {item.id for item in waited}
    found: dict[int, str] = {}
    for item in claimed:
        if item.id not in known:
            continue
        stands = known[item.id]
        said = {key: met[key, item.customer_id, now] for key in stands.conditions} if item.id in asked else {}
        why = stands.fallen(heard[item.customer_id], said)
        if not why and stands.expires_at and stands.expires_at < now:
            why = f"it was worth sending until {stands.expires_at:%d %B %H:%M} UTC"
        if why:
            found[item.id] = why
    return found


def _heard(claimed: Collection[Claimed], known: Mapping[int, Errand]) -> Mapping[int, Sequence[Stimulus]]:
    """What each did since his run began that could end it, whenever we heard of it.

    Also what we knew before the run: a cart that is reported late may have been paid for by then.
    """
    found: dict[int, list[Stimulus]] = defaultdict(list)
    stood = {item.customer_id: known[item.id].run for item in claimed if item.id in known}
    if not stood:
        return found
    first = min(run.started_at for run in stood.values())
    rows = events.since(stood.keys(), exit_names(list(known.values())), moment=first)
    for row in rows:
        if row.customer_id is not None:
            found[row.customer_id].append(
                Stimulus(row.customer_id, row.occurred_at, row.name, row.properties, row.id, row.received_at)
            )
    return found

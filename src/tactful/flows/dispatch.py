"""From the outbox to the provider: claim, look at the guards once more, make, hand over, write down."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from time import monotonic, sleep

import psycopg
from django.conf import settings
from django.db import InterfaceError, OperationalError, connection, transaction

from tactful.consent import queries as consent
from tactful.customers import queries as customers
from tactful.decisions import queries as decisions_now
from tactful.decisions import services as decisions
from tactful.decisions.domain.facts import Candidate
from tactful.decisions.domain.rechecking import recheck
from tactful.delivery import queries as delivery_now
from tactful.delivery import services as delivery
from tactful.delivery.domain.values import Claimed, Ready, Site
from tactful.delivery.port import Outcome, Result
from tactful.delivery.preparing import prepare
from tactful.delivery.providers import ProviderInUse
from tactful.delivery.services import CHANNEL
from tactful.delivery.signing_beside import Signer
from tactful.flows import contact, feedback, standing
from tactful.flows.spoken import spoken_to
from tactful.journeys.domain.standing import RESTS, Errand
from tactful.kernel.clock import Clock
from tactful.team.queries import WorkspaceRow, workspace

__all__ = ["BATCH", "CHANNEL", "close", "dispatch", "sweep"]

BATCH = 100  # a crash puts the whole claim in doubt, so it is kept small
_WORTH = timedelta(days=3)  # how long a message of no journey is worth sending after it was queued
_REST = timedelta(minutes=5)  # after which a message of a paused journey is looked at again
_TRY_AGAIN_AFTER = 0.5  # seconds
_DATABASE_AWAY = (OperationalError, InterfaceError, psycopg.OperationalError, psycopg.InterfaceError)
_provider = ProviderInUse(settings.DATA)
_signer = Signer()


@dataclass(frozen=True, slots=True)
class Guarded:
    """Claimed messages after the second look. `held` is until when, and by which rule."""

    going: Sequence[Claimed]
    dropped: dict[int, str]
    held: dict[int, tuple[datetime, str]]


def dispatch(*, worker: str, clock: Clock, limit: int = BATCH) -> int:
    """Send a batch of queued messages; returns how many were claimed.

    The claim is committed before anything is handed over. Whatever kills the process after that, the lease runs
    out and `sweep` settles the message as in doubt: marketing is never sent twice.
    """
    claimed = delivery.claim(limit=limit, worker=worker, now=clock.now())
    if not claimed:
        return 0
    company = workspace()
    guarded = look_again(claimed, company=company, now=clock.now())
    _settle_guarded(guarded, claimed, worker=worker, now=clock.now())
    results = _hand_over(guarded.going, company)
    _write_down(results, guarded.going, clock=clock)
    return len(claimed)


def close() -> None:
    """End the process that signs. It would end with this one, but whoever stops a sender waits for all of it."""
    _signer.close()


def _write_down(results: Sequence[Result], going: Sequence[Claimed], *, clock: Clock) -> None:
    """What has happened is kept in hand until the database takes it, as long as the lease protects it."""
    give_up = monotonic() + delivery.LEASE.total_seconds()
    while True:
        try:
            with transaction.atomic():
                now = clock.now()  # one moment: what comes back is never told as earlier than the sending
                states = delivery.record(results, claimed=going, now=now)
                _tell(results, going, states, now=now)
        except _DATABASE_AWAY:
            if connection.in_atomic_block or monotonic() > give_up:
                raise
            connection.close()
            sleep(_TRY_AGAIN_AFTER)
        else:
            return


def sweep(now: datetime) -> dict[str, int]:
    """Settle the leases that ran out."""
    return delivery.sweep(now)


def look_again(claimed: Sequence[Claimed], *, company: WorkspaceRow, now: datetime) -> Guarded:
    """Consent, suppression, pauses, quiet hours, and whether it is still true of the customer: as of now, not as it
    was when it was decided."""
    policy = decisions_now.policy(fallback_zone=company.zone)
    known = contact.facts({(item.customer_id, item.channel) for item in claimed}, policy=policy, now=now)
    silenced = _silenced(claimed)
    stand = standing.behind(claimed)
    fallen = standing.fallen(claimed, stand, now=now)
    going: list[Claimed] = []
    dropped: dict[int, str] = {}
    held: dict[int, tuple[datetime, str]] = {}
    for item in claimed:
        # The address it was queued for counts, not the one he may have now.
        facts = replace(known[item.customer_id, item.channel], suppressed=(item.channel, item.address) in silenced)
        finding = recheck(_candidate(item, stand.get(item.id), fallen.get(item.id, "")), facts, policy, now)
        if finding is None and item.id in stand and stand[item.id].status == RESTS:
            held[item.id] = now + _REST, "status"
        elif finding is None:
            going.append(item)
        elif finding.hold_until is None:
            dropped[item.id] = finding.reason
        else:
            held[item.id] = finding.hold_until, finding.reason
    return Guarded(going, dropped, held)


def _silenced(claimed: Sequence[Claimed]) -> set[tuple[str, str]]:
    found: set[tuple[str, str]] = set()
    for channel in {item.channel for item in claimed}:
        addresses = {item.address for item in claimed if item.channel == channel}
        found |= {(channel, address) for address in consent.suppressed(addresses, channel=channel)}
    return found


def _settle_guarded(guarded: Guarded, claimed: Sequence[Claimed], *, worker: str, now: datetime) -> None:
    if not guarded.dropped and not guarded.held:
        return
    keys = [item.key for item in claimed if item.id in guarded.dropped]
    with transaction.atomic():
        if guarded.dropped:
            delivery.record_dropped(guarded.dropped, claimed=claimed, now=now)
            decisions.release(keys)
        for reason, until in _by_reason(guarded.held).items():
            delivery.record_held(until, worker=worker, reason=reason)


def _by_reason(held: dict[int, tuple[datetime, str]]) -> dict[str, dict[int, datetime]]:
    found: dict[str, dict[int, datetime]] = defaultdict(dict)
    for delivery_id, (until, reason) in held.items():
        found[reason][delivery_id] = until
    return found


def _hand_over(going: Sequence[Claimed], company: WorkspaceRow) -> list[Result]:
    if not going:
        return []
    sender = delivery_now.sender()
    site = Site(company.name, company.colour, company.postal_address, company.public_url)
    people = customers.cards({item.customer_id for item in going})
    ready = [Ready(item, {"customer": spoken_to(people.get(item.customer_id))}) for item in going]
    prepared = prepare(ready, site=site, sender=sender, signer=_signer)
    return [*prepared.failed, *_provider.for_settings(sender).send(prepared.outgoing)]


def _tell(results: Sequence[Result], going: Sequence[Claimed], states: Mapping[int, str], *, now: datetime) -> None:
    """What became of the messages are events, through the same door as everything."""
    by_id = {item.id: item for item in going}
    sent = [by_id[result.delivery_id] for result in results if result.outcome is Outcome.SENT]
    bounced = [
        (by_id[result.delivery_id], result.reason) for result in results if result.outcome is Outcome.BOUNCED
    ]
    feedback.sent(sent, now=now)
    feedback.bounced(bounced, now=now)
    away = [
        (by_id[result.delivery_id], result.reason)
        for result in results
        if result.outcome in (Outcome.RETRY, Outcome.REFUSED) and result.provider
    ]
    feedback.turned_away(away, given_up={number for number, state in states.items() if state == "failed"}, now=now)


def _candidate(item: Claimed, behind: Errand | None, fallen: str) -> Candidate:
    worth = behind.expires_at if behind else None
    return Candidate(
        key=item.key,
        customer_id=item.customer_id,
        channel=item.channel,
        topic=item.topic,
        category=item.category,
        expires_at=worth or item.queued_at + _WORTH,
        journey_id=item.journey_id,
        run_id=item.run_id,
        step=item.step,
        status=fallen,
    )

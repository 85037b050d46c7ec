"""How fast mail leaves: limits of the provider and of receivers, warm-up, pauses that receivers asked for."""

import tomllib
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path

from django.db import connection, transaction

from tactful.delivery.domain import pacing
from tactful.delivery.domain.message import checked_address
from tactful.delivery.domain.pacing import Bucket, Plan
from tactful.delivery.models import Pace, ProviderPace
from tactful.kernel.errors import InvalidInput
from tactful.kernel.sql import statements

EVERYBODY = ""
"""The receiver of all addresses that no limit is kept for."""
_SECOND, _MINUTE = "/second", "/minute"  # no domain has a slash
_OWN_SERVER = "smtp"  # services with an API keep to the receivers' paces themselves
_FASTEST = 1_000_000
_FILE = Path(__file__).parent / "receivers.toml"
_SQL = Path(__file__).with_suffix(".sql")


@dataclass(frozen=True, slots=True)
class Receiver:
    """A mailbox provider, known by its first domain."""

    title: str
    domains: tuple[str, ...]
    per_minute: int

    @property
    def name(self) -> str:
        return self.domains[0]


@dataclass(frozen=True, slots=True)
class PaceRow:
    """A receiver's pace as the screen shows it. `own`: the limit is the company's. `slowed_until` is None or past
    where it takes mail as usual."""

    name: str
    title: str
    per_minute: int | None
    own: bool
    is_known: bool
    slowed_until: datetime | None
    slowed_by: str
    waiting: int


@dataclass(frozen=True, slots=True)
class ProviderLimits:
    """Limits of a provider and its warm-up; None: none."""

    per_second: int | None = None
    per_minute: int | None = None
    warm_up: Plan | None = None


@dataclass(frozen=True, slots=True)
class WarmUp:
    """Where a warm-up stands: `limit` of today is None when its goal is reached."""

    plan: Plan
    day: int
    limit: int | None
    today: int
    waiting: int


@dataclass(frozen=True, slots=True)
class Room:
    """How many messages may be claimed now: altogether, of marketing, and for each receiver."""

    total: int
    marketing: int
    receivers: Mapping[str, int]


@cache
def known() -> tuple[Receiver, ...]:
    """The receivers of the data file."""
    found = tomllib.loads(_FILE.read_text(encoding="utf-8"))["receiver"]
    return tuple(Receiver(one["title"], tuple(one["domains"]), one["per_minute"]) for one in found)


@cache
def _names_by_domain() -> Mapping[str, str]:
    return {domain: receiver.name for receiver in known() for domain in receiver.domains}


def receivers_of(addresses: Sequence[str]) -> list[str]:
    """For each address the receiver whose pace it keeps to."""
    own = set(Pace.objects.values_list("name", flat=True))
    return [_receiver(address.rpartition("@")[2].lower(), own) for address in addresses]


def _receiver(domain: str, own: Collection[str]) -> str:
    return _names_by_domain().get(domain) or (domain if domain in own else EVERYBODY)


def room(provider: str, *, limit: int, now: datetime) -> Room:
    """How many of at most `limit` may be claimed. Call it in the transaction of the claim, which holds the lock."""
    limits, day_count = _limits(provider, now)
    rows = {row.name: row for row in Pace.objects.all()}
    total = limit
    for name, bucket in _provider_buckets(limits):
        total = min(total, int(_tokens(rows.get(name), bucket, now)))
    receivers = dict.fromkeys((EVERYBODY, *(receiver.name for receiver in known())), total)
    receivers |= {name: total for name in rows if not name.startswith("/")}
    if provider == _OWN_SERVER:
        for name, bucket in _receiver_buckets(rows).items():
            receivers[name] = min(total, int(_tokens(rows.get(name), bucket, now)))
        receivers |= {row.name: 0 for row in rows.values() if row.slowed_until and row.slowed_until > now}
    today = limits.warm_up.limit(now.astimezone(UTC).date()) if limits.warm_up else None
    marketing = total if today is None else min(total, max(0, today - day_count))
    return Room(total, marketing, receivers)


def take(provider: str, taken: Mapping[str, int], *, marketing: int, now: datetime) -> None:
    """Count what was claimed, by receiver. In the same transaction as `room`."""
    count = sum(taken.values())
    if not count:
        return
    limits, _ = _limits(provider, now)
    rows = {row.name: row for row in Pace.objects.all()}
    buckets = {name: (bucket, count) for name, bucket in _provider_buckets(limits)}
    if provider == _OWN_SERVER:
        of_receivers = _receiver_buckets(rows)
        buckets |= {name: (of_receivers[name], number) for name, number in taken.items() if name in of_receivers}
    changed = [
        Pace(name=name, tokens=_tokens(rows.get(name), bucket, now) - number, at=now)
        for name, (bucket, number) in buckets.items()
    ]
    if changed:
        Pace.objects.bulk_create(
            changed, update_conflicts=True, unique_fields=["name"], update_fields=["tokens", "at"]
        )
    if limits.warm_up:
        _count_day(provider, marketing, now)


def slow(refused: Mapping[str, str], *, now: datetime) -> None:
    """Receivers said that it is too much, in their words by the address: nothing goes there for a while."""
    own = set(Pace.objects.values_list("name", flat=True))
    words: dict[str, str] = {}
    for address, reason in refused.items():
        domain = address.rpartition("@")[2].lower()
        words.setdefault(_receiver(domain, own) or domain, reason)
    before = {row.name: row for row in Pace.objects.filter(name__in=words)}
    for name, reason in words.items():
        row = before.get(name) or Pace(name=name)
        row.slow_level, row.slowed_until = pacing.slower(row.slow_level, row.slowed_until, now)
        row.slowed_by = reason[:300]
        row.save()
    _assign(words)


def save_pace(domain: str, per_minute: int | None, *, now: datetime) -> str:  # noqa: ARG001 -- as all that saves
    """Keep this limit for a receiver; None: its usual one, none for those that are not in the data file.

    Gives the receiver's name. Raises InvalidInput.
    """
    name = checked_address(f"x@{domain.strip().lower().removeprefix('@')}").rpartition("@")[2]
    if "." not in name:
        raise InvalidInput("give a domain, like example.com")
    if per_minute is not None and not 1 <= per_minute <= _FASTEST:
        raise InvalidInput(f"a limit is a number from 1 to {_FASTEST:,} a minute")
    receiver = _names_by_domain().get(name, name)
    with transaction.atomic():
        if per_minute is None:
            Pace.objects.filter(name=receiver).delete()
            _release(receiver)
        else:
            Pace.objects.update_or_create(name=receiver, defaults={"per_minute": per_minute})
            _assign([receiver])
    return receiver


def paces(now: datetime) -> list[PaceRow]:
    """Every receiver that a limit or a pause is kept for, those that are slowed first."""
    rows = {row.name: row for row in Pace.objects.all() if not row.name.startswith("/")}
    usual = {receiver.name: receiver for receiver in known()}
    waiting = _waiting_by_receiver()
    found = []
    for name in {*usual, *rows}:
        row, receiver = rows.get(name), usual.get(name)
        own = row.per_minute if row else None
        found.append(
            PaceRow(
                name=name,
                title=receiver.title if receiver else name,
                per_minute=own or (receiver.per_minute if receiver else None),
                own=own is not None,
                is_known=receiver is not None,
                slowed_until=row.slowed_until if row and row.slowed_until and row.slowed_until > now else None,
                slowed_by=row.slowed_by if row else "",
                waiting=waiting.get(name, 0),
            )
        )
    return sorted(found, key=lambda one: (one.slowed_until is None, not one.own, one.title.lower()))


def provider_limits(provider: str) -> ProviderLimits:
    """The limits of a provider."""
    row = ProviderPace.objects.filter(provider=provider).first()
    return ProviderLimits(row.per_second, row.per_minute, _plan(row)) if row else ProviderLimits()


def save_provider_limits(provider: str, limits: ProviderLimits) -> None:
    """Keep these limits from the next claim on. Raises InvalidInput."""
    for number in (limits.per_second, limits.per_minute):
        if number is not None and not 1 <= number <= _FASTEST:
            raise InvalidInput(f"a limit is a number from 1 to {_FASTEST:,}; leave it empty for none")
    plan = limits.warm_up
    if plan and not (1 <= plan.first < plan.goal <= _FASTEST and 5 <= plan.growth <= 100):
        raise InvalidInput(
            "a warm-up begins with at least 1 message a day, grows by 5 to 100 per cent, and its goal is more than"
            " its beginning"
        )
    values: dict[str, int | date | None] = {"per_second": limits.per_second, "per_minute": limits.per_minute}
    values["warm_up_since"] = plan.since if plan else None
    if plan:
        values |= {"warm_up_first": plan.first, "warm_up_growth": plan.growth, "warm_up_goal": plan.goal}
    ProviderPace.objects.update_or_create(provider=provider, defaults=values)


def warm_up(provider: str, now: datetime) -> WarmUp | None:
    """Where the warm-up of a provider stands; None where there is none."""
    limits, today = _limits(provider, now)
    if limits.warm_up is None:
        return None
    day = now.astimezone(UTC).date()
    waiting = _number("waiting_marketing")
    return WarmUp(limits.warm_up, (day - limits.warm_up.since).days + 1, limits.warm_up.limit(day), today, waiting)


def _limits(provider: str, now: datetime) -> tuple[ProviderLimits, int]:
    row = ProviderPace.objects.filter(provider=provider).first()
    if row is None:
        return ProviderLimits(), 0
    count = row.day_count if row.day == now.astimezone(UTC).date() else 0
    return ProviderLimits(row.per_second, row.per_minute, _plan(row)), count


def _plan(row: ProviderPace) -> Plan | None:
    if row.warm_up_since is None:
        return None
    return Plan(row.warm_up_since, row.warm_up_first, row.warm_up_growth, row.warm_up_goal)


def _provider_buckets(limits: ProviderLimits) -> list[tuple[str, Bucket]]:
    found = []
    if limits.per_second:
        found.append((_SECOND, pacing.per_second(limits.per_second)))
    if limits.per_minute:
        found.append((_MINUTE, pacing.per_minute(limits.per_minute)))
    return found


def _receiver_buckets(rows: Mapping[str, Pace]) -> dict[str, Bucket]:
    numbers = {receiver.name: receiver.per_minute for receiver in known()}
    numbers |= {name: row.per_minute for name, row in rows.items() if row.per_minute is not None}
    return {name: pacing.per_minute(number) for name, number in numbers.items()}


def _tokens(row: Pace | None, bucket: Bucket, now: datetime) -> float:
    return bucket.tokens(row.tokens, row.at, now) if row else bucket.burst


def _count_day(provider: str, marketing: int, now: datetime) -> None:
    with connection.cursor() as cursor:
        today = now.astimezone(UTC).date()
        cursor.execute(_statement("count_day"), {"provider": provider, "count": marketing, "today": today})


def _assign(names: Collection[str]) -> None:
    """Queued messages of these domains keep to their own pace from now on."""
    with connection.cursor() as cursor:
        cursor.execute(_statement("assign"), {"names": [name for name in names if name not in _names_by_domain()]})


def _release(name: str) -> None:
    if name in _names_by_domain():
        return
    with connection.cursor() as cursor:
        cursor.execute(_statement("release"), {"name": name})


def _waiting_by_receiver() -> Counter[str]:
    with connection.cursor() as cursor:
        cursor.execute(_statement("waiting_by_receiver"))
        return Counter(dict(cursor.fetchall()))


def _number(name: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(_statement(name))
        row = cursor.fetchone()
    return int(row[0]) if row else 0


def _statement(name: str) -> str:
    return statements(_SQL)[name]

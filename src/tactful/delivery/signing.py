"""The keys by which mail is signed: made, published by the company, checked, used, and followed by the next."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from django.db import transaction

from tactful.delivery.domain.dkim import ALGORITHMS, ED25519, RSA_BITS, SigningKey, in_pem, publishes
from tactful.delivery.domain.message import checked_address
from tactful.delivery.models import DkimKey
from tactful.delivery.port import SenderSettings
from tactful.kernel.errors import Conflict, InvalidInput, NotFound

WAITING, ACTIVE, RETIRED = "waiting", "active", "retired"
_SIGNED_HERE = ("smtp", "mailbox")
"""API providers write the message anew and sign it themselves."""

Lookup = Callable[[str], Sequence[str]]
"""Gives the TXT records of a name. Raises InvalidInput where they cannot be had, in words for staff."""


@dataclass(frozen=True, slots=True)
class KeyRow:
    """A key as the screen shows it: never its private half. `found` is what the last check saw, in words."""

    id: int
    domain: str
    selector: str
    algorithm: str
    state: str
    record_name: str
    record: str
    created_at: datetime
    checked_at: datetime | None
    found: str
    retired_at: datetime | None


def keys_for(sender: SenderSettings) -> list[SigningKey]:
    """The keys that sign mail of this sender; none where nobody made one or the provider signs."""
    if sender.provider not in _SIGNED_HERE:
        return []
    rows = DkimKey.objects.filter(domain=_domain(sender), state=ACTIVE).order_by("-algorithm")  # RSA on top
    return [_key(row) for row in rows]


def keys_of(sender: SenderSettings) -> list[KeyRow]:
    """All keys for the domain of a sender, the newest first."""
    return [_row(row) for row in DkimKey.objects.filter(domain=_domain(sender)).order_by("-id")]


def make_key(sender: SenderSettings, *, algorithm: str, now: datetime) -> KeyRow:
    """A new key for the domain of the sender. It waits until its record is published. Raises InvalidInput, and
    Conflict while another one of its kind waits."""
    if algorithm not in ALGORITHMS:
        raise InvalidInput(f"the kind of key must be one of {', '.join(ALGORITHMS)}")
    domain = _domain(sender)
    of_kind = DkimKey.objects.filter(domain=domain, algorithm=algorithm)
    if of_kind.filter(state=WAITING).exists():
        raise Conflict("a key of this kind waits for its record already: publish that one, or remove it")
    selector = f"tactful-{now:%Y%m}-{algorithm}{DkimKey.objects.filter(domain=domain).count() + 1}"
    while DkimKey.objects.filter(domain=domain, selector=selector).exists():
        selector += "b"
    made = Ed25519PrivateKey.generate() if algorithm == ED25519 else generate_private_key(65537, RSA_BITS)
    return _row(
        DkimKey.objects.create(
            domain=domain, selector=selector, algorithm=algorithm, private_key=in_pem(made), created_at=now
        )
    )


def check_key(key_id: int, *, lookup: Lookup, now: datetime) -> bool:
    """Whether the record is published as it should be. A waiting key that is found signs from now on, in place of
    the one before it, whose record should stay for a week. Raises NotFound."""
    row = _found(key_id)
    row.checked_at = now
    is_there, row.found = _look(_key(row), lookup)
    row.save(update_fields=["checked_at", "found"])
    if is_there and row.state == WAITING:
        _start(row, now=now)
    return is_there


def start_key(key_id: int, *, now: datetime) -> None:
    """Sign with a waiting key though its record was not seen from here. Raises NotFound and Conflict."""
    row = _found(key_id)
    if row.state != WAITING:
        raise Conflict("this key does not wait any more")
    _start(row, now=now)


def retire_key(key_id: int, *, now: datetime) -> None:
    """Sign with it no more; one that never signed is removed. Raises NotFound."""
    row = _found(key_id)
    if row.state == WAITING:
        row.delete()
        return
    DkimKey.objects.filter(id=key_id, state=ACTIVE).update(state=RETIRED, retired_at=now)


@transaction.atomic
def _start(row: DkimKey, *, now: datetime) -> None:
    others = DkimKey.objects.filter(domain=row.domain, algorithm=row.algorithm, state=ACTIVE)
    others.update(state=RETIRED, retired_at=now)
    DkimKey.objects.filter(id=row.id).update(state=ACTIVE)


def _look(key: SigningKey, lookup: Lookup) -> tuple[bool, str]:
    try:
        records = lookup(key.record_name)
    except InvalidInput as fault:
        return False, fault.message
    if any(publishes(record, key) for record in records):
        return True, "The record is published."
    if records:
        return False, f"Another text is published there: {records[0][:120]}"
    return False, "Nothing is published there yet. New records take minutes, at times hours, to be seen."


def _found(key_id: int) -> DkimKey:
    row = DkimKey.objects.filter(id=key_id).first()
    if row is None:
        raise NotFound("this key is not there any more")
    return row


def _domain(sender: SenderSettings) -> str:
    return checked_address(sender.from_address).rpartition("@")[2].lower()


def _key(row: DkimKey) -> SigningKey:
    return SigningKey(row.domain, row.selector, row.algorithm, row.private_key)


def _row(row: DkimKey) -> KeyRow:
    key = _key(row)
    return KeyRow(
        id=row.id,
        domain=row.domain,
        selector=row.selector,
        algorithm=row.algorithm,
        state=row.state,
        record_name=key.record_name,
        record=key.record,
        created_at=row.created_at,
        checked_at=row.checked_at,
        found=row.found,
        retired_at=row.retired_at,
    )

"""Staff, write keys, the record of what was done, and the company's own settings."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from functools import reduce
from operator import or_
from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import IntegrityError, transaction
from django.db.models import F, Func, Q, QuerySet, TextField, Value
from django.db.models.functions import Cast, Concat, Lower

from tactful.kernel.errors import Conflict, InvalidInput, NotFound
from tactful.kernel.ids import secret
from tactful.kernel.time import zone
from tactful.kernel.traces import Traces
from tactful.team import models
from tactful.team.domain.keys import digest_of, new_key, prefix_of
from tactful.team.queries import KeyRow, WorkspaceRow

_SHORTEST_PASSWORD = 8
_MADE_PASSWORD = 12  # bytes of chance: 16 characters
_USE_IS_NOTED_EVERY = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class NewKey:
    """A key just made; `secret` is shown now and never again."""

    id: int
    name: str
    secret: str


@dataclass(frozen=True, slots=True)
class NewNotice:
    """A word to staff; an empty `to` means everybody."""

    key: UUID
    to: str
    text: str
    customer_id: int | None
    at: datetime


def create_user(*, email: str, password: str, role: str, now: datetime, name: str = "") -> int:
    """A member of staff; his id. Raises InvalidInput for an address, password or role that will not do, Conflict
    where the address is taken."""
    address = email.strip().lower()
    try:
        validate_email(address)
    except ValidationError:
        raise InvalidInput(f"{email!r} is not an e-mail address") from None
    if role not in models.Role.values:
        raise InvalidInput(f"{role!r} is not a role; use one of {', '.join(models.Role.values)}")
    user = models.User(email=address, name=name, role=role, created_at=now)
    _set_password(user, password)
    try:
        with transaction.atomic():
            user.save(force_insert=True)
    except IntegrityError:
        raise Conflict(f"{address} has an account already") from None
    return int(user.pk)


def add_colleague(*, email: str, name: str, role: str, now: datetime) -> str:
    """A member of staff with a password of our making, told here and never again. Raises as `create_user`.

    Others have seen it, so he must choose his own when he first comes in.
    """
    password = secret(_MADE_PASSWORD)
    user_id = create_user(email=email, name=name, role=role, password=password, now=now)
    models.User.objects.filter(pk=user_id).update(must_change_password=True)
    return password


def renew_password(user_id: int) -> str:
    """Give a member of staff a password of our making; sign-ins with the old one end. Raises NotFound.

    Others have seen it, so he must choose his own when he comes in.
    """
    password = secret(_MADE_PASSWORD)
    user = _user(user_id)
    _set_password(user, password)
    user.must_change_password = True
    user.save(update_fields=["password", "must_change_password"])
    return password


def set_password(user_id: int, *, password: str) -> None:
    """Give a member of staff the password that he has chosen. Raises InvalidInput, NotFound."""
    user = _user(user_id)
    _set_password(user, password)
    user.must_change_password = False
    user.save(update_fields=["password", "must_change_password"])


def change_account(user_id: int, *, name: str, zone_name: str) -> None:
    """What a member of staff says of himself; without a zone he reads times in the company's.

    Raises InvalidInput for a zone that is none, NotFound.
    """
    if zone_name:
        zone(zone_name)
    user = _user(user_id)
    user.name, user.zone = name, zone_name
    user.save(update_fields=["name", "zone"])


@transaction.atomic
def change_user(user_id: int, *, name: str, role: str, is_active: bool) -> None:
    """Change who somebody is and what he may do; one who is not active cannot sign in, and is out at once.

    Raises NotFound, InvalidInput, and Conflict where nobody would be left who may change these settings.
    """
    if role not in models.Role.values:
        raise InvalidInput(f"{role!r} is not a role; use one of {', '.join(models.Role.values)}")
    # All of them locked: two administrators who switch each other off at a time must not both succeed.
    admins = models.User.objects.select_for_update().filter(role=models.Role.ADMIN, is_active=True).order_by("pk")
    others = [admin for admin in admins if admin.pk != user_id]
    user = _user(user_id)
    was_admin = user.is_active and user.role == models.Role.ADMIN
    if was_admin and not others and not (is_active and role == models.Role.ADMIN):
        raise Conflict(f"{user.email} is the last administrator: make somebody else one first")
    user.name, user.role, user.is_active = name, role, is_active
    user.save(update_fields=["name", "role", "is_active"])


def create_api_key(*, name: str, now: datetime) -> NewKey:
    """A write key for a source; events sent with it come from `api:<name>`. Raises InvalidInput, Conflict."""
    label = name.strip()
    if not label:
        raise InvalidInput("a key needs a name: the source that will send with it")
    secret = new_key()
    try:
        with transaction.atomic():
            key = models.ApiKey.objects.create(
                name=label, prefix=prefix_of(secret), digest=digest_of(secret), created_at=now
            )
    except IntegrityError:
        raise Conflict(f"there is a key with the name {label} already") from None
    return NewKey(id=int(key.pk), name=key.name, secret=secret)


def revoke_api_key(key_id: int, *, now: datetime) -> bool:
    """Take a key back for good; false where it was taken back before. Doors notice within seconds."""
    return models.ApiKey.objects.filter(pk=key_id, revoked_at__isnull=True).update(revoked_at=now) == 1


def use_api_key(digest: str, *, now: datetime) -> KeyRow | None:
    """The key with this digest where it is valid, and a note that it is in use."""
    key = models.ApiKey.objects.filter(digest=digest, revoked_at__isnull=True).first()
    if key is None:
        return None
    if key.last_used_at is None or key.last_used_at < now - _USE_IS_NOTED_EVERY:
        models.ApiKey.objects.filter(pk=key.pk).update(last_used_at=now)
    return KeyRow.of(key)


def audit(*, actor: str, action: str, subject: str, now: datetime, detail: Mapping[str, Any] | None = None) -> None:
    """Note who did what to what; `detail` must fit JSON."""
    models.Audit.objects.create(at=now, actor=actor, action=action, subject=subject, detail=dict(detail or {}))


def notify(notices: Sequence[NewNotice]) -> None:
    """Keep words to staff; one that was kept before (same key) is not kept twice."""
    models.Notice.objects.bulk_create(
        [
            models.Notice(key=one.key, to=one.to, text=one.text, customer_id=one.customer_id, at=one.at)
            for one in notices
        ],
        ignore_conflicts=True,
    )


def read_notices(ids: Collection[int], *, reader: str, now: datetime) -> int:
    """Somebody has read these, of those said to him or to everybody; gives how many nobody had read before."""
    mine = models.Notice.objects.filter(pk__in=ids, to__in=["", reader], read_at=None)
    return mine.update(read_at=now, read_by=reader)


def save_workspace(workspace: WorkspaceRow) -> None:
    """Store the company's settings. Raises InvalidInput for a zone, currency or margin share that is none."""
    zone(workspace.zone)
    if not (len(workspace.currency) == 3 and workspace.currency.isalpha() and workspace.currency.isupper()):
        raise InvalidInput(f"{workspace.currency!r} is not a currency; use a code like EUR")
    if not 0 <= workspace.margin_share <= 1:
        raise InvalidInput("the margin share lies between 0 and 1")
    if not workspace.public_url.startswith(("http://", "https://")):
        raise InvalidInput("the public address begins with http:// or https://")
    fields = {**asdict(workspace), "public_url": workspace.public_url.rstrip("/")}
    models.Workspace.objects.update_or_create(pk=1, defaults=fields)


def follow_address(address: str) -> None:
    """The installation answers at `address` now: its links lead there, unless somebody set a public address."""
    models.Workspace.objects.get_or_create(pk=1)
    models.Workspace.objects.filter(public_url=F("given_url")).update(public_url=address, given_url=address)


def _user(user_id: int) -> models.User:
    user = models.User.objects.filter(pk=user_id).first()
    if user is None:
        raise NotFound("there is no such member of staff")
    return user


def _set_password(user: models.User, password: str) -> None:
    if len(password) < _SHORTEST_PASSWORD:
        raise InvalidInput(f"a password has at least {_SHORTEST_PASSWORD} characters")
    user.set_password(password)


def _perhaps_about(traces: Traces) -> QuerySet[models.Audit]:
    """Of the whole history what may name him; whether it does is judged one by one."""
    text = TextField()
    told = Concat("subject", Value(" "), Cast("detail", text), output_field=text)
    # Python holds these four for capitals of i, i, s and k, a database does not.
    plain = Func(told, Value("\u0130\u0131\u017f\u212a"), Value("iisk"), function="translate", output_field=text)
    rows = models.Audit.objects.alias(told=Lower(plain))
    return rows.filter(reduce(or_, (Q(told__contains=piece) for piece in traces.anchors), Q(pk=None)))


def forget(customer_ids: Collection[int], traces: Traces) -> None:
    """Delete notices about an erased customer; where the history names him, say so instead of the name."""
    models.Notice.objects.filter(customer_id__in=customer_ids).delete()
    for entry in _perhaps_about(traces).iterator():
        told = {"subject": entry.subject, "detail": entry.detail}
        if (blotted := traces.blotted(told)) != told:
            entry.subject, entry.detail = blotted["subject"], blotted["detail"]
            entry.save(update_fields=["subject", "detail"])

"""Who works here, which keys there are, what was done, and the company's own settings."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self

from django.db import connection

from tactful.team import models

# Every batch asks: by hand it takes a fifth of the time.
_WORKSPACE = """
SELECT name, zone, currency, language, postal_address, colour, public_url, margin_share
FROM team_workspace WHERE id = 1
"""


@dataclass(frozen=True, slots=True)
class WorkspaceRow:
    """The company. `margin_share` (0 to 1) stands in where the cost of goods is unknown."""

    name: str
    zone: str
    currency: str
    language: str
    postal_address: str
    colour: str
    public_url: str
    margin_share: float


@dataclass(frozen=True, slots=True)
class UserRow:
    """A member of staff. `zone` is the one in which he reads times; empty: the company's."""

    id: int
    email: str
    name: str
    role: str
    is_active: bool
    created_at: datetime
    last_login: datetime | None
    zone: str = ""
    must_change_password: bool = False


@dataclass(frozen=True, slots=True)
class KeyRow:
    """A write key without its secret. Events sent with it have `source`."""

    id: int
    name: str
    prefix: str
    created_at: datetime
    last_used_at: datetime | None
    revoked_at: datetime | None

    @property
    def source(self) -> str:
        return f"api:{self.name}"

    @classmethod
    def of(cls, key: models.ApiKey) -> Self:
        return cls(
            id=int(key.pk),
            name=key.name,
            prefix=key.prefix,
            created_at=key.created_at,
            last_used_at=key.last_used_at,
            revoked_at=key.revoked_at,
        )


@dataclass(frozen=True, slots=True)
class AuditRow:
    at: datetime
    actor: str
    action: str
    subject: str
    detail: dict[str, Any]


def workspace() -> WorkspaceRow:
    """The company's settings; the defaults where nobody has saved any."""
    with connection.cursor() as cursor:
        cursor.execute(_WORKSPACE)
        saved = cursor.fetchone()
    if saved:
        return WorkspaceRow(*saved)
    row = models.Workspace()
    return WorkspaceRow(
        name=row.name,
        zone=row.zone,
        currency=row.currency,
        language=row.language,
        postal_address=row.postal_address,
        colour=row.colour,
        public_url=row.public_url,
        margin_share=row.margin_share,
    )


def users() -> list[UserRow]:
    """All staff, by address."""
    return [_user(row) for row in models.User.objects.order_by("email")]


def user(email: str) -> UserRow | None:
    row = models.User.objects.filter(email=email.strip().lower()).first()
    return _user(row) if row else None


def api_keys() -> list[KeyRow]:
    """All write keys, valid ones first, by name."""
    rows = [KeyRow.of(row) for row in models.ApiKey.objects.order_by("name")]
    return sorted(rows, key=lambda row: row.revoked_at is not None)


def api_key(digest: str) -> KeyRow | None:
    """The key with this digest, revoked or not."""
    row = models.ApiKey.objects.filter(digest=digest).first()
    return KeyRow.of(row) if row else None


def audits(*, before: datetime | None = None, limit: int = 100) -> list[AuditRow]:
    """What was done, latest first."""
    rows = models.Audit.objects.order_by("-at", "-id")
    if before:
        rows = rows.filter(at__lt=before)
    return [AuditRow(row.at, row.actor, row.action, row.subject, row.detail) for row in rows[:limit]]


def _user(row: models.User) -> UserRow:
    return UserRow(
        id=int(row.pk),
        email=row.email,
        name=row.name,
        role=row.role,
        is_active=row.is_active,
        created_at=row.created_at,
        last_login=row.last_login,
        zone=row.zone,
        must_change_password=row.must_change_password,
    )


@dataclass(frozen=True, slots=True)
class NoticeRow:
    """A word to staff; `read_by` is empty while nobody has read it."""

    id: int
    to: str
    text: str
    customer_id: int | None
    at: datetime
    read_at: datetime | None
    read_by: str


def notices(
    *, reader: str, unread: bool, before: int | None = None, limit: int = 50, text: str = ""
) -> list[NoticeRow]:
    """The words to one of the staff and to everybody that have `text` in them, the latest first."""
    rows = models.Notice.objects.filter(to__in=["", reader])
    if unread:
        rows = rows.filter(read_at=None)
    if text:
        rows = rows.filter(text__icontains=text)
    if before is not None:
        rows = rows.filter(pk__lt=before)
    fields = list(NoticeRow.__dataclass_fields__)
    return [NoticeRow(*row) for row in rows.order_by("-pk").values_list(*fields)[:limit]]


def unread_notices(*, reader: str) -> int:
    """How many words to one of the staff, or to everybody, nobody has read."""
    return models.Notice.objects.filter(to__in=["", reader], read_at=None).count()

"""A customer's record while a batch works on it: what is said goes in, what changes is marked."""

from datetime import date, datetime
from typing import Any

import msgspec

from tactful.customers.domain.statements import Statement
from tactful.events.domain.parse import Parsed
from tactful.kernel.time import HOUR

COLUMNS = (
    "email", "phone", "first_name", "last_name", "language", "zone", "country", "region", "city", "birth_date",
    "source", "owner", "company_id",
)  # fmt: skip
_NOT_BY_HIMSELF = frozenset({"segments", "journeys", "staff"})
_BY_HIMSELF = frozenset({"Email Opened", "Email Link Clicked"})


class Sheet(msgspec.Struct):
    """The columns of a customer, and `known`: whether more than a browser leads to him. Moments are aware UTC."""

    id: int
    created_at: datetime
    external_id: str | None = None
    email: str | None = None
    phone: str | None = None
    first_name: str | None = None
    last_name: str | None = None
    language: str | None = None
    zone: str | None = None
    country: str | None = None
    region: str | None = None
    city: str | None = None
    birth_date: date | None = None
    source: str | None = None
    owner: str | None = None
    attributes: dict[str, Any] = msgspec.field(default_factory=dict)
    company_id: int | None = None
    is_test: bool = False
    last_seen_at: datetime | None = None
    merged_into_id: int | None = None
    known: bool = False
    changed: bool = False

    def put(self, column: str, value: Any) -> bool:
        """Set a column; True if that changes it."""
        if getattr(self, column) == value:
            return False
        setattr(self, column, value)
        self.changed = True
        return True


class Filled(msgspec.Struct):
    """What a merge put where the staying record had nothing, and so what an undo takes away again."""

    columns: dict[str, Any]
    attributes: dict[str, Any]


def new_sheet(number: int, event: Parsed) -> Sheet:
    """The record of somebody first heard of by this event."""
    return Sheet(number, event.occurred_at, source=_source(event), changed=True)


def see(sheet: Sheet, event: Parsed) -> None:
    """Note when the person was last active: to the hour, for each note rewrites the row."""
    moment = event.occurred_at
    if event.historical and moment < sheet.created_at:
        sheet.put("created_at", moment)
    if not _is_sighting(event):
        return
    if sheet.last_seen_at is None or moment > sheet.last_seen_at + HOUR:
        sheet.put("last_seen_at", moment)


def tell(sheet: Sheet, statement: Statement) -> None:
    """Put a statement's columns and attributes onto the record; not e-mail and phone, which may be another's."""
    for column, value in statement.columns.items():
        sheet.put(column, value)
    if statement.created_at is not None and statement.created_at < sheet.created_at:
        sheet.put("created_at", statement.created_at)
    if statement.attributes:
        amend(sheet, statement.attributes)


def amend(sheet: Sheet, attributes: dict[str, Any]) -> None:
    """Merge attributes, one level deep; None removes."""
    present = sheet.attributes
    for name, value in attributes.items():
        if value is None:
            sheet.changed |= present.pop(name, None) is not None
        elif not _same(present.get(name), value):
            present[name] = value
            sheet.changed = True


def absorb(into: Sheet, gone: Sheet) -> Filled:
    """What only the lost record knew goes to the one that stays; what both knew stays as the latter has it."""
    filled = Filled({}, {})
    for column in COLUMNS:
        value = getattr(gone, column)
        if value is not None and getattr(into, column) is None:
            into.put(column, value)
            filled.columns[column] = value
    present = into.attributes
    for name, value in gone.attributes.items():
        if name not in present:
            present[name] = filled.attributes[name] = value
            into.changed = True
    into.put("is_test", into.is_test or gone.is_test)
    into.put("created_at", min(into.created_at, gone.created_at))
    seen = [moment for moment in (into.last_seen_at, gone.last_seen_at) if moment is not None]
    into.put("last_seen_at", max(seen, default=None))
    return filled


def release(into: Sheet, filled: Filled) -> None:
    """Take back what a merge had filled in, unless it was changed since."""
    for column, value in filled.columns.items():
        stands = getattr(into, column)
        if (stands.isoformat() if isinstance(stands, date) else stands) == value:
            into.put(column, None)
    present = into.attributes
    for name, value in filled.attributes.items():
        if name in present and _same(present[name], value):
            del present[name]
            into.changed = True


def _same(old: Any, new: Any) -> bool:
    # To Python, True equals 1; to a segment it does not.
    return old == new and isinstance(old, bool) == isinstance(new, bool)


def _is_sighting(event: Parsed) -> bool:
    """Whether the event shows the person active, not us or a file."""
    if event.source == "delivery":
        return event.name in _BY_HIMSELF
    if event.source in _NOT_BY_HIMSELF:
        return False
    return not (event.kind == "identify" and event.historical)


def _source(event: Parsed) -> str | None:
    """Where a new customer came from: the campaign that brought him, or the file."""
    campaign = (event.context or {}).get("campaign")
    found = campaign.get("source") if isinstance(campaign, dict) else None
    if isinstance(found, str) and found.strip():
        return found.strip()[:200]
    return "import" if event.source.startswith("import:") else None

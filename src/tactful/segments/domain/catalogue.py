"""The fields a rule may name, and what may be asked of each. No other name reaches a query."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from types import MappingProxyType

from tactful.segments.domain.comparisons import Op

CUSTOM = "custom."  # what the company gave its customers itself
COMPANY = "company."  # what is known of the firm that a customer belongs to
OPEN = (CUSTOM, COMPANY)


class Kind(Enum):
    """What a field holds; JSON holds whatever the company sent."""

    TEXT = "text"
    TRUTH = "yes or no"
    DAY = "a date"
    MOMENT = "a moment"
    JSON = "any value"


ATTRIBUTES: Mapping[str, Kind] = MappingProxyType(
    {
        "external_id": Kind.TEXT,
        "email": Kind.TEXT,
        "phone": Kind.TEXT,
        "first_name": Kind.TEXT,
        "last_name": Kind.TEXT,
        "language": Kind.TEXT,
        "zone": Kind.TEXT,
        "country": Kind.TEXT,
        "region": Kind.TEXT,
        "city": Kind.TEXT,
        "source": Kind.TEXT,
        "owner": Kind.TEXT,
        "birth_date": Kind.DAY,
        "is_test": Kind.TRUTH,
        "created_at": Kind.MOMENT,
        "last_seen_at": Kind.MOMENT,
    }
)

_MOMENTS = frozenset({Op.BEFORE, Op.AFTER, Op.BETWEEN, Op.IN_LAST_DAYS, Op.IN_NEXT_DAYS})
_TEXTS = frozenset({Op.IS, Op.IS_NOT, Op.IN, Op.CONTAINS, Op.STARTS, Op.SET})

ALLOWED: Mapping[Kind, frozenset[Op]] = MappingProxyType(
    {
        Kind.TEXT: _TEXTS,
        Kind.TRUTH: frozenset({Op.IS, Op.IS_NOT, Op.SET}),
        Kind.DAY: frozenset({Op.IS, Op.IS_NOT, Op.IN, Op.SET, Op.ANNIVERSARY_IN_DAYS}) | _MOMENTS,
        Kind.MOMENT: frozenset({Op.SET, Op.ANNIVERSARY_IN_DAYS}) | _MOMENTS,
        Kind.JSON: frozenset(Op),
    }
)


def kind_of(field: str) -> Kind:
    """The kind of an attribute; KeyError for a name the catalogue does not have."""
    return Kind.JSON if field.startswith(OPEN) else ATTRIBUTES[field]


@dataclass(frozen=True, slots=True)
class Reached:
    """The moment in a column of the row has come."""

    column: str


@dataclass(frozen=True, slots=True)
class Ahead:
    """The moment in a column of the row is still to come, or unset."""

    column: str


@dataclass(frozen=True, slots=True)
class RecordKind:
    """Records with states that follow from their moments. They are rows of the lake table, from `since` on."""

    table: str
    since: str
    states: Mapping[str, tuple[Reached | Ahead, ...]]


def _matter(table: str, *, late: str, closed: str) -> RecordKind:
    """Tickets and proposals: open until they are closed, and late when they have been so for some days."""
    states: dict[str, tuple[Reached | Ahead, ...]] = {
        "any": (),
        "open": (Ahead("closed_at"),),
        late: (Ahead("closed_at"), Reached("late_at")),
        closed: (Reached("closed_at"),),
    }
    return RecordKind(table=table, since="opened_at", states=MappingProxyType(states))


# A new kind of record needs its lake table and a line here.
RECORDS: Mapping[str, RecordKind] = MappingProxyType(
    {
        "task": RecordKind(
            table="tasks",
            since="created_at",
            states=MappingProxyType(
                {
                    "any": (),
                    "open": (Ahead("done_at"),),
                    "overdue": (Ahead("done_at"), Reached("due_at")),
                    "done": (Reached("done_at"),),
                }
            ),
        ),
        "ticket": _matter("tickets", late="overdue", closed="closed"),
        "proposal": _matter("proposals", late="stalled", closed="answered"),
    }
)

# What may be asked of the technology a customer uses: properties of the event that tells of it, and their words.
DEVICE_USED = "Device Used"
TECHNOLOGY: Mapping[str, str] = MappingProxyType(
    {"device": "device", "system": "system", "browser": "browser", "mail_client": "mail client"}
)

# What a customer did with a message, and the event that tells of it.
MESSAGES: Mapping[str, str] = MappingProxyType(
    {
        "sent": "Email Sent",
        "delivered": "Email Delivered",
        "opened": "Email Opened",
        "clicked": "Email Link Clicked",
        "bounced": "Email Bounced",
        "complained": "Email Marked as Spam",
    }
)

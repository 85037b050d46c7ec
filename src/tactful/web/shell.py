"""What stands around every page: the groups of the sidebar, running work, the reader's zone."""

from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse


@dataclass(frozen=True, slots=True)
class Place:
    """One screen in the sidebar. `key` after `g` goes there."""

    name: str
    url: str
    icon: str
    key: str
    current: bool = False


@dataclass(frozen=True, slots=True)
class Group:
    name: str
    places: tuple[Place, ...]


# A group stands here when it has something in it: name, ((screen, address, icon, key), ...).
_GROUPS: tuple[tuple[str, tuple[tuple[str, str, str, str], ...]], ...] = (
    ("", (("Today", "home", "home", "h"),)),
    ("People", (("Customers", "customers", "users", "c"), ("Segments", "segments", "users-group", "s"))),
    (
        "Contact",
        (
            ("Journeys", "journeys", "route", "j"),
            ("Broadcasts", "broadcasts", "speakerphone", "b"),
            ("Content", "templates", "file-text", "x"),
            ("Decisions", "decisions", "scale", "d"),
            ("Mailbox", "mailbox", "mail", "m"),
            ("Replies", "replies", "message", "r"),
        ),
    ),
    ("Sales", (("Tasks", "tasks", "checklist", "t"),)),
    (
        "Numbers",
        (("Measures", "measures", "chart-line", "n"), ("Experiments", "experiments", "test-pipe", "b")),
    ),
    (
        "Settings",
        (("Data", "data", "database", "e"), ("Settings", "settings", "settings", ",")),
    ),
)


def groups(path: str = "") -> tuple[Group, ...]:
    """The sidebar as seen from the page at `path`."""
    return tuple(Group(name, tuple(_place(path, *place) for place in places)) for name, places in _GROUPS)


def _place(path: str, name: str, view: str, icon: str, key: str) -> Place:
    url = reverse(view)
    return Place(name, url, icon, key, current=path == url or (url != "/" and path.startswith(url)))


@dataclass(frozen=True, slots=True)
class Reader:
    """For whom a page is written: his moment, and the company's zone and currency, in which days and money are
    counted alike for everybody. Times are shown in his own zone, if he has chosen one (tags `ago`, `stamp`, …)."""

    now: datetime
    zone: str
    currency: str

"""What customers use, as their software says of itself: device, system, browser, mail client.

Each combination is an event of its own once a day and customer, so that rules, past moments and merges treat it as
everything else that happened. Programs (crawlers, scanners) use nothing; a proxy tells of the mail client only.
"""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any
from uuid import UUID

import ua_parser

from tactful.events.domain.parse import Located
from tactful.kernel.ids import key_of

DEVICE_USED = "Device Used"
SOURCE = "technology"
DEVICES = ("desktop", "phone", "tablet")
_LONGEST = 1000  # characters of a user agent that are looked at
_KEPT = 4096  # agents of a few days; one is parsed in 50 microseconds

_MAIL = {
    "Apple Mail": "Apple Mail",
    "GmailImageProxy": "Gmail",
    "Lotus Notes": "Lotus Notes",
    "MacOutlook": "Outlook",
    "Outlook": "Outlook",
    "Outlook-Express": "Outlook",
    "Thunderbird": "Thunderbird",
    "Windows Live Mail": "Windows Live Mail",
    "YahooMailProxy": "Yahoo Mail",
}
_PROXIES = frozenset({"GmailImageProxy", "YahooMailProxy"})
_SYSTEMS = {"Mac OS X": "macOS", "Ubuntu": "Linux", "Debian": "Linux", "Fedora": "Linux"}
_DESKTOPS = frozenset({"Windows", "macOS", "Linux", "Chrome OS", "FreeBSD"})


def used(events: Sequence[Located]) -> list[Located]:
    """The uses that these events tell of: one a customer, combination and day, at its first event. Without ids."""
    found: dict[UUID, Located] = {}
    for event in events:
        technology = _told_by(event)
        if technology and event.customer_id is not None:
            key = key_of(
                SOURCE, event.customer_id, event.occurred_at.date().isoformat(), *sorted(technology.items())
            )
            if key not in found or event.occurred_at < found[key].occurred_at:
                found[key] = _use(event, key, technology)
    return list(found.values())


def technology_of(agent: str) -> Mapping[str, str]:
    """`device`, `system`, `browser`, `mail_client`: those that a user agent tells of."""
    return _read(agent[:_LONGEST])


def _told_by(event: Located) -> Mapping[str, str]:
    agent = (event.context or {}).get("userAgent") or event.properties.get("agent")
    if isinstance(agent, str) and agent:
        return technology_of(agent)
    return _of_app(event.context or {})


def _of_app(context: Mapping[str, Any]) -> Mapping[str, str]:
    """Clients in apps name the system itself, and no agent."""
    system = context.get("os")
    name = system.get("name") if isinstance(system, dict) else None
    if not isinstance(name, str) or not name.strip():
        return {}
    known = {"ios": "iOS", "ipados": "iOS", "android": "Android"}.get(name.strip().lower())
    device = {"ipados": "tablet", "ios": "phone", "android": "phone"}.get(name.strip().lower())
    return {"system": known, "device": device} if known and device else {}


@lru_cache(maxsize=_KEPT)
def _read(agent: str) -> Mapping[str, str]:
    said = ua_parser.parse(agent)
    family = said.user_agent.family if said.user_agent else ""
    if family in _PROXIES:
        return {"mail_client": _MAIL[family]}
    if said.device and said.device.family == "Spider":
        return {}
    system = said.os.family if said.os else ""
    system = _SYSTEMS.get(system, system)
    told = {"device": _device(agent, system, said.device), "system": system}
    if family in _MAIL:
        told["mail_client"] = _MAIL[family]
    elif agent.startswith("Mozilla/"):
        told["browser"] = _browser(family)
    return {name: value for name, value in told.items() if value}


def _device(agent: str, system: str, device: ua_parser.Device | None) -> str:
    family = device.family if device else ""
    if system == "iOS":
        return "tablet" if family == "iPad" else "phone"
    if system == "Android":
        return "phone" if "Mobile" in agent else "tablet"
    if system == "Windows Phone":
        return "phone"
    return "desktop" if system in _DESKTOPS else ""


def _browser(family: str) -> str:
    """The browser by one name, whatever it runs on."""
    words = [word for word in family.split() if word not in {"Mobile", "WebView", "iOS"}]
    return " ".join(words)


def _use(event: Located, key: UUID, technology: Mapping[str, str]) -> Located:
    return Located(
        key=key,
        kind="track",
        name=DEVICE_USED,
        occurred_at=event.occurred_at,
        received_at=event.received_at,
        source=SOURCE,
        historical=event.historical,
        user_id=None,
        anonymous_id=None,
        customer_id=event.customer_id,
        previous_id=None,
        group_id=None,
        properties=dict(technology),
        traits={},
        context=None,
    )

"""The facts behind a message as sentences for the person who got it."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from tactful.flows.feedback import Preferences, Why

CHANNELS: Mapping[str, str] = {
    "email": "By e-mail",
    "sms": "By text message",
    "push": "By notification",
    "phone": "By phone",
    "post": "By post",
}
_BEGINNINGS: Mapping[str, str] = {
    "Order Completed": "It began with an order of yours.",
    "Order Refunded": "It began with something that you gave back.",
    "Cart Viewed": "It began when you looked at your basket.",
    "Product Added": "It began when you put something into your basket.",
    "Product Viewed": "It began when you looked at a product.",
    "Checkout Started": "It began when you were about to order.",
    "Customer Identified": "It began when you told us who you are.",
    "Proposal Sent": "It began with a proposal that we made you.",
    "Ticket Opened": "It began with a question that you asked us.",
    "Ticket Closed": "It began with a question of yours that we answered.",
}


def channel(name: str) -> str:
    return CHANNELS.get(name, f"By {name}")


def day(moment: datetime) -> str:
    return f"{moment:%-d %B %Y}"


def sentences(why: Why) -> list[str]:
    """Why this message came, in the order in which a person would ask."""
    return [*_occasion(why), _permission(why), *_restraint(why)]


def _occasion(why: Why) -> list[str]:
    if why.began_with is not None and why.began_with in _BEGINNINGS:
        return [_BEGINNINGS[why.began_with]]
    if why.message.journey_id is None:
        return []
    return ["What we know of your orders and visits with us fits this message."]


def _permission(why: Why) -> str:
    if why.message.category == "service":
        return (
            "It belongs to something that you bought or asked for, so it comes without an agreement to marketing."
        )
    if why.agreed is None:
        return (
            f"It is about “{why.topic}”. We find no record of your agreement: please unsubscribe below or tell us."
        )
    how = f" ({why.agreed.method})" if why.agreed.method else ""
    said = f" The words were: “{why.agreed.text}”" if why.agreed.text else ""
    return f"You agreed to “{why.topic}” on {day(why.agreed.at)}{how}.{said}"


def _restraint(why: Why) -> list[str]:
    """What we looked at before we sent it."""
    saw = {seen.rule: seen.saw for seen in why.rules}
    told = []
    if "local_time" in (hours := saw.get("quiet_hours", {})):
        told.append(f"It was {hours['local_time']} with you when we decided. We keep your quiet hours.")
    caps = _caps(saw.get("frequency_cap", {}))
    if caps:
        told.append(f"We write at most {caps}, all topics together, and looked at that first.")
    return told


def _caps(saw: Mapping[str, Any]) -> str:
    caps = saw.get("caps")
    known = [cap for cap in caps if isinstance(cap, Mapping)] if isinstance(caps, list) else []
    return " and ".join(f"{_times(cap.get('count'))} in {_days(cap.get('days'))}" for cap in known)


def _times(count: object) -> str:
    return "once" if count == 1 else f"{count} times"


def _days(days: object) -> str:
    return "a day" if days == 1 else f"{days} days"


def frequency_choices(chosen: Preferences) -> list[tuple[str, str]]:
    """The names and labels of what can be chosen; the present choice is among them."""
    choices = [
        ("any", "Whenever there is something useful for me"),
        ("weekly", "At most one message a week"),
        ("pause_30", "Pause for 30 days"),
        ("pause_90", "Pause for 90 days"),
    ]
    if chosen.paused_until:
        return [("keep", f"Stay paused until {day(chosen.paused_until)}"), *choices]
    if chosen.frequency == "keep":
        return [("keep", f"As now: at most {chosen.per_week} messages a week"), *choices]
    return choices

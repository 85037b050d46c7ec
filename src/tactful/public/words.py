"""The facts behind a message as sentences for the person who got it."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from tactful.decisions.queries import Stopped
from tactful.flows.feedback import Preferences, Why
from tactful.flows.silence import SPAN, Silence
from tactful.journeys.domain.choosing import Chosen
from tactful.kernel.texts import counted

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

_CHOSEN: Mapping[Chosen, str] = {
    Chosen.FITTING: "What we know of your orders and visits with us fits this message.",
    Chosen.DATE: "It was due by a date that we know of you.",
    Chosen.ORDER: "It was due by a date of an order of yours.",
    Chosen.DEAL: "It was due by a date of a proposal that we made you.",
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
    if why.chosen is Chosen.EVERYBODY:
        return [_to_everybody(why)]
    return [_CHOSEN[why.chosen]]


def _to_everybody(why: Why) -> str:
    whom = "all our customers" if why.message.category == "service" else f"everybody who agreed to “{why.topic}”"
    return f"It went to {whom}, not because of anything you did."


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


_STOPPED: Mapping[str, str] = {
    "suppression": "your address is among those to which we send nothing",
    "consent": "you have not agreed to what it was about",
    "region": "the law where you live asks for more than we have from you",
    "reachability": "we had no address of yours that works",
    "own_choice": "you asked for a pause, or for fewer messages",
    "sales_hold": "somebody here who talks with you asked us to wait",
    "sales_sync": "something between you and us was still open, and it comes first",
    "status": "it did not fit any more, for example because you had bought already",
    "personalisation": "something that it should have told you was missing or too old",
    "quiet_hours": "it was night where you are",
    "public_holiday": "it was a public holiday where you are",
    "frequency_cap": "you had heard from us often enough in the days before",
    "budget": "we had sent you as much as we allow ourselves",
    "sender_health": "we had stopped our sending for a while",
    "holdout": "we leave some people alone, by lot, to see whether our messages are of use; you are one",
    "arbitration": "another message to you was more important at that moment",
}
_OTHERWISE = "one of our rules against too much mail was against it"


def silence_heading(known: Silence) -> str:
    """What the sentences of `silence` are about."""
    if not known.sent:
        return "Why nothing came lately"
    return "What came lately, and what did not" if known.stopped else "What came lately"


def silence(known: Silence, *, now: datetime) -> list[str]:
    """What did not come in the last days, and why, in the words of the person who did not get it."""
    return [_came(known), *(_stopped(one, now) for one in known.stopped)]


def _came(known: Silence) -> str:
    if known.last is None:
        considered = bool(known.stopped)
        return f"In the last {SPAN.days} days we sent you nothing." + (
            "" if considered else " There was nothing that fitted you."
        )
    count = "one message" if known.sent == 1 else f"{known.sent} messages"
    return f"In the last {SPAN.days} days you got {count} from us, the last on {day(known.last)}."


def _stopped(one: Stopped, now: datetime) -> str:
    count = "One message did not go" if one.messages == 1 else f"{one.messages} messages did not go"
    waits = f" We look at it again on {day(one.waits)}." if one.waits and one.waits > now else ""
    return f"{count}: {_STOPPED.get(one.reason, _OTHERWISE)}.{waits}"


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
        return [("keep", f"As now: at most {counted(chosen.per_week or 0, 'message')} a week"), *choices]
    return choices

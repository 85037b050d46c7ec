"""One line of a customer's life: events and decisions, in the words of the house."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from tactful.events.queries import EventRow
from tactful.kernel.errors import InvalidInput
from tactful.kernel.money import to_minor
from tactful.web import words

Properties = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Item:
    """What happened, when, and what is behind it. `detail` is one quiet line; `raw` is folded away."""

    at: datetime
    icon: str
    tone: str
    title: str
    detail: str = ""
    url: str = ""
    raw: dict[str, Any] = field(default_factory=dict)
    historical: bool = False


@dataclass(frozen=True, slots=True)
class Kind:
    """How events of a name look. `title` and `detail` are told the properties."""

    icon: str
    tone: str
    title: Callable[[Properties], str]
    detail: Callable[[Properties], str] = lambda _: ""


def _fixed(text: str) -> Callable[[Properties], str]:
    return lambda _: text


def _with(text: str, *names: str) -> Callable[[Properties], str]:
    """The text and the first of these properties that there is."""
    return lambda found: f"{text} {_first(found, *names)}".strip()


def _named(text: str, name: str) -> Callable[[Properties], str]:
    """The text and a short name of ours, as words."""
    return lambda found: f"{text} {_first(found, name).replace('_', ' ').replace('-', ' ')}".strip()


def _only(*names: str) -> Callable[[Properties], str]:
    return lambda found: " · ".join(str(found[name]) for name in names if found.get(name) not in (None, "", []))


def _first(found: Properties, *names: str) -> str:
    return next((str(found[name]) for name in names if found.get(name) not in (None, "")), "")


def _sum(found: Properties) -> str:
    currency = str(found.get("currency") or "EUR")
    for name in ("revenue", "amount", "total", "value"):
        if found.get(name) is not None:
            try:
                return words.exact_money(to_minor(found[name], currency), currency)
            except InvalidInput:
                return str(found[name])
    return ""


def _order(found: Properties) -> str:
    bought = [line for line in found.get("products") or () if isinstance(line, dict)]
    names = [str(line.get("name") or line.get("sku") or line.get("product_id") or "") for line in bought]
    shown = ", ".join(name for name in names[:3] if name) + (
        f" and {len(names) - 3} more" if len(names) > 3 else ""
    )
    return " · ".join(part for part in (_sum(found), shown, _coupon(found)) if part)


def _coupon(found: Properties) -> str:
    return f"coupon {found['coupon']}" if found.get("coupon") else ""


def _consent(verb: str) -> Callable[[Properties], str]:
    def said(found: Properties) -> str:
        topic = found.get("topic")
        about = "everything" if topic in (None, "", "*") else str(topic)
        return f"{verb} {about} by {found.get('channel') or 'any channel'}"

    return said


def _mail(found: Properties) -> str:
    return " · ".join(str(found[name]) for name in ("subject", "template", "journey") if found.get(name))


KINDS: dict[str, Kind] = {
    "Order Completed": Kind("shopping-cart", "accent", _with("Bought, order", "order_id"), _order),
    "Order Updated": Kind("receipt", "", _with("Order changed", "order_id"), _order),
    "Order Cancelled": Kind("circle-x", "", _with("Cancelled order", "order_id")),
    "Order Refunded": Kind("receipt-refund", "held", _with("Returned goods of order", "order_id"), _order),
    "Product Viewed": Kind("eye", "", _with("Looked at", "name", "sku", "product_id"), _only("category")),
    "Product Added": Kind("paper-bag", "", _with("Put into the cart:", "name", "sku", "product_id")),
    "Cart Viewed": Kind("paper-bag", "", _fixed("Looked at the cart")),
    "Checkout Started": Kind("credit-card", "", _fixed("Began the checkout"), _sum),
    "Page Viewed": Kind("pointer", "", _with("Visited", "title", "name", "path", "url")),
    "Screen Viewed": Kind("device-mobile", "", _with("Opened in the app:", "name")),
    "Email Sent": Kind("send", "sent", _fixed("E-mail sent"), _mail),
    "Email Delivered": Kind("mail", "sent", _fixed("E-mail delivered"), _mail),
    "Email Opened": Kind("mail-opened", "sent", _fixed("Opened an e-mail"), _mail),
    "Email Link Clicked": Kind("hand-click", "sent", _fixed("Followed a link in an e-mail"), _only("url")),
    "Email Fetched": Kind("inbox", "", _fixed("A program fetched the images of an e-mail"), _only("why")),
    "Email Link Scanned": Kind(
        "pointer", "", _fixed("A program followed a link in an e-mail"), _only("why", "url")
    ),
    "Email Delayed": Kind("clock-pause", "held", _fixed("E-mail is delayed on its way"), _only("reason")),
    "Reply Received": Kind("message", "held", _fixed("Answered"), _only("subject", "text")),
    "Reply Read": Kind("mail-opened", "sent", _fixed("His answer was read"), _only("by")),
    "Automatic Reply Received": Kind("message", "", _fixed("A program answered for him"), _only("subject")),
    "Email Bounced": Kind("mail-off", "failed", _fixed("E-mail came back"), _only("bounce", "reason")),
    "Email Marked as Spam": Kind("mood-sad", "failed", _fixed("Complained about an e-mail"), _mail),
    "Unsubscribed": Kind("ban", "held", _consent("Unsubscribed from")),
    "Consent Given": Kind("shield-check", "sent", _consent("Agreed to"), _only("method", "text")),
    "Consent Withdrawn": Kind("ban", "held", _consent("No longer wants"), _only("method", "text")),
    "Preferences Changed": Kind(
        "adjustments", "", _fixed("Chose how often to hear from us"), _only("paused_until")
    ),
    "Customer Identified": Kind("id", "", _fixed("Told who it is"), lambda found: ", ".join(sorted(found))),
    "Company Identified": Kind("building-store", "", _with("Belongs to", "name", "groupId")),
    "Customer Aliased": Kind("user-plus", "", _fixed("Known under another name too")),
    "Segment Entered": Kind("users-group", "accent", _named("Entered segment", "segment")),
    "Segment Left": Kind("users-group", "", _named("Left segment", "segment")),
    "Journey Started": Kind("route", "accent", _named("Began journey", "journey")),
    "Journey Ended": Kind("flag", "", _named("Ended journey", "journey"), _only("outcome")),
    "Task Created": Kind("checklist", "", _with("Task:", "title")),
    "Task Done": Kind("clipboard-check", "sent", _with("Task done", "title"), _only("result")),
    "Contact Held": Kind("player-pause", "held", _fixed("Marketing held by staff"), _only("reason", "by")),
    "Contact Resumed": Kind("player-play", "", _fixed("Marketing goes on"), _only("by")),
    "Proposal Sent": Kind("file-text", "", _fixed("Got a proposal")),
    "Ticket Opened": Kind("message", "held", _with("Opened a ticket", "subject")),
    "Ticket Reopened": Kind("message", "held", _with("Opened a ticket again", "subject")),
    "Proposal Answered": Kind("file-text", "", _fixed("Answered a proposal"), _only("answer")),
    "Device Used": Kind(
        "device-mobile", "", _fixed("Came with"), _only("device", "system", "browser", "mail_client")
    ),
    "Ticket Closed": Kind("circle-check", "", _with("Ticket closed", "subject")),
}

_ANSWERS = ("Reply Received", "Reply Read", "Automatic Reply Received")
FILTERS: dict[str, tuple[str, frozenset[str] | None]] = {
    "": ("Everything", None),
    "orders": ("Orders", frozenset({"Order Completed", "Order Updated", "Order Cancelled", "Order Refunded"})),
    "messages": (
        "Messages",
        frozenset(name for name in KINDS if name.startswith("Email ")) | {"Unsubscribed", *_ANSWERS},
    ),
    "decisions": ("Decisions", frozenset()),
    "visits": (
        "Visits",
        frozenset(
            {"Product Viewed", "Product Added", "Cart Viewed", "Checkout Started", "Page Viewed", "Screen Viewed"}
        ),
    ),
    "consent": (
        "Consent",
        frozenset({"Consent Given", "Consent Withdrawn", "Preferences Changed", "Unsubscribed"}),
    ),
}


def of_event(event: EventRow, *, url: str = "") -> Item:
    """The event in a sentence; one of a name we do not know is shown under that name."""
    kind = KINDS.get(event.name, Kind("activity", "", _fixed(event.name)))
    return Item(
        at=event.occurred_at,
        icon=kind.icon,
        tone=kind.tone,
        title=kind.title(event.properties),
        detail=kind.detail(event.properties),
        url=url,
        raw=event.properties,
        historical=event.historical,
    )

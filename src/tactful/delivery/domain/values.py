"""What crosses the border of this package: messages to be queued, claimed messages, what screens show."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

SERVICE = "service"
"""The category of messages that are part of what the customer asked for. Every other category is marketing."""

OPEN_STATES = ("queued", "claimed")
STATES = (*OPEN_STATES, "sent", "failed", "dropped", "in_doubt")


@dataclass(frozen=True, slots=True)
class Intent:
    """A message to be queued. `key` names the intention: the same one cannot be queued twice.

    `context` are the template's variables that must be as they were when it was decided: order, product.
    """

    key: UUID
    decision_id: int
    customer_id: int
    channel: str
    topic: str
    address: str
    template: str
    template_version: int
    due_at: datetime
    category: str = "marketing"
    journey_id: int | None = None
    run_id: int | None = None
    step: str = ""
    context: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Claimed:
    """A message that this worker may send until its lease ends. `attempt` counts from 1."""

    id: int
    key: UUID
    attempt: int
    decision_id: int
    customer_id: int
    journey_id: int | None
    run_id: int | None
    step: str
    channel: str
    topic: str
    category: str
    address: str
    template: str
    template_version: int
    context: Mapping[str, Any]
    queued_at: datetime


@dataclass(frozen=True, slots=True)
class Site:
    """The company as its messages show it. `public_url` is without a slash at the end; so may `shop` be blank."""

    name: str
    colour: str
    postal_address: str
    public_url: str
    shop: str = ""


@dataclass(frozen=True, slots=True)
class Ready:
    """A claimed message and the facts about its customer: the template's variables beside company and links."""

    claimed: Claimed
    variables: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class DeliveryRow:
    """A delivery as lists show it. Moments are None until they happen."""

    id: int
    key: UUID
    decision_id: int
    customer_id: int
    journey_id: int | None
    run_id: int | None
    channel: str
    topic: str
    category: str
    address: str
    template: str
    template_version: int
    state: str
    reason: str
    provider: str
    subject: str
    message_id: str
    attempts: int
    queued_at: datetime
    due_at: datetime
    sent_at: datetime | None
    delivered_at: datetime | None
    opened_at: datetime | None
    clicked_at: datetime | None
    bounced_at: datetime | None
    complained_at: datetime | None
    unsubscribed_at: datetime | None

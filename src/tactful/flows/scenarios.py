"""The ready scenarios: what each needs, whether that is here, and taking it with all that belongs to it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from tactful.content import queries as content_now
from tactful.content import services as content
from tactful.customers import queries as customers
from tactful.events import queries as events
from tactful.journeys import queries as journeys_now
from tactful.journeys import scenarios
from tactful.journeys import services as journeys
from tactful.journeys.domain.calendar import OnDate
from tactful.journeys.domain.definition import ARRIVES, PLANNED, Definition
from tactful.journeys.domain.lint_ways import asks_for, segments_named, tree
from tactful.journeys.scenarios import Scenario
from tactful.sales.domain.matters import KINDS as MATTERS
from tactful.sales.domain.matters import Kind
from tactful.segments import queries as segments_now
from tactful.segments import services as segments
from tactful.segments.domain.comparisons import Bound, Op
from tactful.segments.domain.conditions import Attribute, EventCount, Orders
from tactful.segments.domain.dependencies import dependencies
from tactful.segments.domain.nodes import Node, leaves
from tactful.segments.domain.tree import parse
from tactful.segments.domain.writing import to_json

_OWN = "custom."
_ORDERS = "Order Completed"
_OPENING = {str(kind): min(said.opening) for kind, said in MATTERS.items()}
_DATED_BY = {"order": _ORDERS, "deal": min(MATTERS[Kind.PROPOSAL].opening)}
_BUILT_IN = frozenset({"birth_date", "birthday"})


@dataclass(frozen=True, slots=True)
class Needs:
    """What a scenario lives on. Of the `events` one is enough; `attributes` are the company's own; all of them."""

    events: tuple[str, ...]
    attributes: tuple[str, ...]
    segments: tuple[str, ...]
    templates: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Offer:
    """A scenario with how it stands here. `status` is empty where it is not installed (or was removed)."""

    scenario: Scenario
    needs: Needs
    status: str
    active: int
    missing_events: tuple[str, ...]
    missing_attributes: tuple[str, ...]
    missing_templates: tuple[str, ...]

    @property
    def later(self) -> str:
        """Why it cannot be launched yet; empty where it can."""
        return _later(self.scenario.definition)

    @property
    def usable(self) -> bool:
        """Whether it can be launched, and the data at hand would let anybody in."""
        return not self.missing_events and not self.missing_attributes and not self.later


@dataclass(frozen=True, slots=True)
class Installed:
    """What an installation brought: nothing of what was here already. `later`: why it cannot be launched yet."""

    slug: str
    journey: bool
    segments: tuple[str, ...]
    templates: tuple[str, ...]
    later: str = ""


def offers(*, now: datetime) -> list[Offer]:
    """All ready scenarios in their order."""
    known = {row.slug: row for row in journeys_now.journeys()}
    arrived = {row.name for row in events.catalogue(now=now)}
    needed = {one.slug: _needs(one.definition) for one in scenarios.ready()}
    attributes = customers.attributes_known({name for needs in needed.values() for name in needs.attributes})
    templates = set(content_now.latest_numbers({slug for needs in needed.values() for slug in needs.templates}))
    found = []
    for one in scenarios.ready():
        needs, row = needed[one.slug], known.get(one.slug)
        found.append(
            Offer(
                one,
                needs,
                status=row.status if row and row.status != "archived" else "",
                active=row.counts.active if row else 0,
                missing_events=() if arrived.intersection(needs.events) or not needs.events else needs.events,
                missing_attributes=tuple(name for name in needs.attributes if name not in attributes),
                missing_templates=tuple(slug for slug in needs.templates if slug not in templates),
            )
        )
    return found


@transaction.atomic
def install(slug: str, *, now: datetime) -> Installed:
    """Bring a scenario as a draft, with the ready segments and templates that it names. What is here stays.

    Raises NotFound.
    """
    one = scenarios.scenario(slug)
    needs = _needs(one.definition)
    archived = any(row.slug == slug and row.status == "archived" for row in journeys_now.names())
    if archived:
        journeys.bring_back(slug, now=now)
        journeys.save(one.data, now=now)
    return Installed(
        slug,
        journey=bool(journeys.install_ready([slug], now=now)) or archived,
        segments=tuple(_bring_segments(needs.segments, now=now)),
        templates=tuple(name for name in content.install_ready(now=now) if name in needs.templates),
        later=_later(one.definition),
    )


def remove(slug: str, *, now: datetime) -> bool:
    """Take a scenario away: True where nothing is left of it, False where it was archived for its history.

    Its segments and templates stay, for others may use them. Raises NotFound, and Conflict with the number of
    customers on the way.
    """
    scenarios.scenario(slug)
    return journeys.remove(slug, now=now)


def _later(definition: Definition) -> str:
    channels = sorted(set(definition.not_sendable.values()))
    return f"{', '.join(channels).upper()} {ARRIVES}" if channels else ""


def _needs(definition: Definition) -> Needs:
    rules = [_ready_rule(definition.entry.segment)] if definition.entry.segment else []
    condition = tree(definition.entry.condition) if definition.entry.condition else None
    event = definition.entry.event.name
    named = {event} if not definition.entry.segment and event != PLANNED else set()
    for rule in rules:
        asked = {name for leaf in leaves(rule) if not _holds_without(leaf) for name in dependencies(leaf)}
        named |= {_OPENING.get(name, _ORDERS if name == "orders" else name) for name in asked}
    own = {name for rule in [*rules, condition] if rule for name in _attributes(rule)}
    if isinstance(definition.entry.rule, OnDate) and definition.entry.about == "customer":
        own |= {definition.entry.rule.attribute} - _BUILT_IN
    if about := _DATED_BY.get(definition.entry.about):
        named.add(about)
    return Needs(
        events=tuple(sorted(named - {"attributes", "consent"})),
        attributes=tuple(sorted(own)),
        segments=tuple(sorted({slug for _, slug in segments_named(definition)})),
        templates=definition.templates,
    )


def _attributes(rule: Node) -> Iterator[str]:
    """The company's own attributes that have to be there for the rule to hold."""
    for node in asks_for(rule):
        if isinstance(node, Attribute) and node.field.startswith(_OWN) and not _holds_without(node):
            yield node.field.removeprefix(_OWN)


def _holds_without(node: Node) -> bool:
    """Whether somebody of whom nothing is known meets it."""
    match node:
        case Attribute(comparison=said):
            return said.op is Op.IS_NOT or (said.op is Op.SET and said.value.raw is False)
        case Orders(bound=Bound.EXACTLY | Bound.AT_MOST, number=0) | EventCount(bound=Bound.EXACTLY, times=0):
            return True
    return False


def _ready_rule(slug: str) -> Node:
    ready = next((each.tree for each in segments.ready() if each.slug == slug), None)
    return ready or parse(segments_now.segment(slug).definition)


def _bring_segments(named: tuple[str, ...], *, now: datetime) -> list[str]:
    """Those that come ready and are not in use here; an archived one comes back as it was written ready."""
    in_use = {row.slug for row in segments_now.segments()}
    found = [each for each in segments.ready() if each.slug in named and each.slug not in in_use]
    for each in found:
        rule = to_json(each.tree)
        segments.save(slug=each.slug, name=each.name, definition=rule, goal=each.goal, action=each.action, now=now)
    return [each.slug for each in found]

"""How steps follow each other, and what conditions exclude: what lint can prove about a definition."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import timedelta
from heapq import heappop, heappush

from tactful.journeys.domain.definition import Definition
from tactful.journeys.domain.steps import Branch, Condition, Edge, Message, Step, Wait, WaitForEvent, WaitUntil
from tactful.segments.domain.comparisons import Bound, Op
from tactful.segments.domain.conditions import Attribute, EventCount, Orders, Records
from tactful.segments.domain.nodes import All, Node, Not
from tactful.segments.domain.spelling import refers_to
from tactful.segments.domain.tree import parse

_WAITS = (Wait, WaitUntil, WaitForEvent)
_FROM = frozenset({Bound.AT_LEAST, Bound.GREATER, Bound.EXACTLY})
_UP_TO = frozenset({Bound.AT_MOST, Bound.LESS, Bound.EXACTLY})


def conditions(definition: Definition) -> Iterator[tuple[str, Condition]]:
    """Every condition with the path to it."""
    if definition.entry.condition:
        yield "entry.if", definition.entry.condition
    yield from (("exit", rule.condition) for rule in definition.exit_conditions)
    for name, step in definition.steps.items():
        if isinstance(step, Branch | Message) and step.condition:
            yield f"steps.{name}.if", step.condition


def segments_named(definition: Definition) -> Iterator[tuple[str, str]]:
    """Every segment that is named, with the path to the name."""
    if definition.entry.segment:
        yield "entry.segment", definition.entry.segment
    for where, condition in conditions(definition):
        yield from ((where, slug) for slug in sorted(refers_to(tree(condition))))


def tree(condition: Condition) -> Node:
    """The condition as a tree."""
    return parse(condition.tree)


def first_messages(definition: Definition) -> dict[str, Message]:
    """The messages that may be the first on their way."""
    return dict(_messages_ahead(definition.steps, [definition.start], through_waits=_WAITS))


def at_once_after(definition: Definition, name: str) -> dict[str, Message]:
    """The messages that follow this step without any wait between."""
    targets = [edge.target for edge in definition.steps[name].edges if edge.target]
    return dict(_messages_ahead(definition.steps, targets, through_waits=()))


def branches_at_once(definition: Definition, start: str) -> Iterator[tuple[str, Branch]]:
    """The forks that are reached from a step without a wait or a message between; the step itself among them."""
    seen: set[str] = set()
    ahead = [start]
    while ahead:
        name = ahead.pop()
        step = definition.steps[name]
        if name in seen or isinstance(step, (*_WAITS, Message)):
            continue
        seen.add(name)
        if isinstance(step, Branch):
            yield name, step
        ahead.extend(edge.target for edge in step.edges if edge.target)


def soonest(definition: Definition) -> dict[str, timedelta]:
    """How soon after the start each step can be reached; a wait for a date or a time of day may be over at once."""
    found: dict[str, timedelta] = {}
    ahead = [(timedelta(), definition.start)]
    while ahead:
        after, name = heappop(ahead)
        if name in found:
            continue
        found[name] = after
        step = definition.steps[name]
        for edge in step.edges:
            if edge.target and edge.target not in found:
                heappush(ahead, (after + _least(step, edge), edge.target))
    return found


def exclude_each_other(*nodes: Node) -> bool:
    """Whether it can be proved that no customer meets all of these at one moment."""
    flat = [leaf for node in nodes for leaf in _all_of(node)]
    return _opposites(flat) or _no_number_left(flat) or _no_value_left(flat)


def asks_for(node: Node) -> Iterator[Node]:
    """What must hold of whoever meets the rule, one after the other."""
    return iter(_all_of(node))


def _messages_ahead(
    steps: Mapping[str, Step], starts: list[str], *, through_waits: tuple[type, ...]
) -> Iterator[tuple[str, Message]]:
    seen: set[str] = set()
    ahead = list(starts)
    while ahead:
        name = ahead.pop()
        step = steps[name]
        if name in seen or (isinstance(step, _WAITS) and not isinstance(step, through_waits)):
            continue
        seen.add(name)
        if isinstance(step, Message):
            yield name, step
            continue
        ahead.extend(edge.target for edge in step.edges if edge.target)


def _least(step: Step, edge: Edge) -> timedelta:
    if isinstance(step, Wait):
        return step.span
    if isinstance(step, WaitForEvent) and edge.name == "timeout":
        return step.timeout
    return timedelta()


def _all_of(node: Node) -> list[Node]:
    if isinstance(node, All):
        return [leaf for child in node.nodes for leaf in _all_of(child)]
    return [node]


def _opposites(flat: list[Node]) -> bool:
    denied = {node.node for node in flat if isinstance(node, Not)}
    return any(node in denied for node in flat)


def _no_number_left(flat: list[Node]) -> bool:
    bounds: dict[object, list[tuple[Bound, float]]] = defaultdict(list)
    for node in flat:
        match node:
            case Orders(measure, bound, number, window, category, months):
                bounds[measure, window, category, months].append((bound, number))
            case EventCount(event, bound, times, window, where):
                bounds[event, window, where].append((bound, times))
            case Records(kind, state, bound, number, window):
                bounds[kind, state, window].append((bound, number))
    return any(_is_empty(said) for said in bounds.values())


def _is_empty(said: list[tuple[Bound, float]]) -> bool:
    low = max((number for bound, number in said if bound in _FROM), default=None)
    high = min((number for bound, number in said if bound in _UP_TO), default=None)
    if low is None or high is None:
        return False
    # Where both ends are one number, it has to meet every bound itself.
    return low > high or (low == high and not all(bound.meets(low, number) for bound, number in said))


def _no_value_left(flat: list[Node]) -> bool:
    said: dict[str, list[Attribute]] = defaultdict(list)
    for node in flat:
        if isinstance(node, Attribute):
            said[node.field].append(node)
    return any(_at_odds(nodes) for nodes in said.values())


def _at_odds(nodes: list[Attribute]) -> bool:
    unset = [node for node in nodes if node.comparison.op is Op.SET and node.comparison.value.raw is False]
    compared = [node for node in nodes if node.comparison.op is not Op.IS_NOT and node not in unset]
    values = {node.comparison.value for node in nodes if node.comparison.op is Op.IS}
    return bool(unset and compared) or len(values) > 1

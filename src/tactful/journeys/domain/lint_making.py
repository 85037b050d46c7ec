"""Rules over a definition by itself: what is wrong with how a journey is made."""

from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta

from tactful.journeys.domain import lint_ways, lint_words
from tactful.journeys.domain.calendar import Once
from tactful.journeys.domain.definition import ARRIVES, Definition
from tactful.journeys.domain.findings import Facts, Found, Severity
from tactful.journeys.domain.steps import Branch, Message, Split, Task, Wait, WaitForEvent, WaitUntil
from tactful.kernel.texts import counted
from tactful.segments.domain.comparisons import Bound
from tactful.segments.domain.conditions import Measure, Orders
from tactful.segments.domain.dependencies import dependencies
from tactful.segments.domain.spelling import refers_to

Check = Callable[[Definition, Facts], Iterator[Found]]

# What ends a sale, by the events of a shop, of a company that sells to companies, of a service.
PURCHASES = frozenset(
    {
        "Order Completed",
        "Deal Won",
        "Proposal Answered",
        "Contract Renewed",
        "Contract Signed",
        "Subscription Started",
        "Subscription Renewed",
        "Trial Converted",
    }
)
_TINY = 0.05
# What ends an order or deal without a purchase, by what the journey is about.
_OVER = {"order": "Order Cancelled", "deal": "Proposal Answered"}


def messages(definition: Definition) -> dict[str, Message]:
    """The messages by step."""
    return {name: step for name, step in definition.steps.items() if isinstance(step, Message)}


def says(step: Message, facts: Facts) -> str:
    """All words of a message that are known; with several texts, those of all."""
    return " ".join(f"{slug} {facts.read[slug].words if slug in facts.read else ''}" for slug in step.templates)


def sells(definition: Definition, facts: Facts) -> bool:
    """Whether it wants a purchase: by its category, by a topic of offers, or by what it says."""
    found = messages(definition).values()
    return bool(found) and (
        definition.category == "activation"
        or any(step.topic == "offers" or lint_words.is_discount(says(step, facts)) for step in found)
    )


def discount_only(definition: Definition, facts: Facts) -> Iterator[Found]:
    found = messages(definition)
    offers = {name for name, step in found.items() if lint_words.is_discount(says(step, facts))}
    if offers and len(offers) == len(found):
        yield Found(
            f"steps.{min(offers)}",
            "every message offers a discount: customers learn to wait for the next one",
            "say something useful first, and keep the discount for those for whom it makes sense",
        )
    elif _wakes(definition):
        for name in sorted(offers & lint_ways.first_messages(definition).keys()):
            yield Found(
                f"steps.{name}",
                "the first word to somebody who has gone silent is a discount",
                "begin with a guess at the reason (a question, something useful) and let the discount come last",
            )


def no_exit_on_purchase(definition: Definition, facts: Facts) -> Iterator[Found]:
    if _is_one_off(definition) or not sells(definition, facts):
        return
    ends = {rule.event.name for rule in definition.exit_events}
    rules = [lint_ways.tree(rule.condition) for rule in definition.exit_conditions]
    if any(refers_to(rule) for rule in rules):
        return  # by a segment of its own: what that asks is not seen here
    asked = {name for rule in rules for name in dependencies(rule)}
    enough = PURCHASES | ({definition.goal.event.name} if definition.goal else set())
    if not (ends | asked) & (enough | {"orders"}):
        yield Found(
            "exit",
            "it sells, and a purchase does not end it: who has bought goes on getting it",
            "add an exit rule such as {event: Order Completed, reason: bought}",
        )


def _is_one_off(definition: Definition) -> bool:
    """One message at one moment: a purchase has nothing to end."""
    waits = any(isinstance(step, Wait | WaitUntil | WaitForEvent) for step in definition.steps.values())
    return isinstance(definition.entry.rule, Once) and len(messages(definition)) == 1 and not waits


def nobody_answers(definition: Definition, _facts: Facts) -> Iterator[Found]:
    for field in ("owner", "failure_path"):
        if lint_words.says_nothing(getattr(definition, field)):
            yield Found(
                field,
                f"{getattr(definition, field)!r} is no {field.replace('_', ' ')}",
                "name who answers for the journey and what is done when it fails",
            )


def no_review(definition: Definition, _facts: Facts) -> Iterator[Found]:
    if definition.review_by is None:
        yield Found(
            "review_by",
            "nobody has to look at it again",
            "set a date within a year",
        )


def review_over(definition: Definition, facts: Facts) -> Iterator[Found]:
    day = definition.review_by
    if day and day < facts.today:
        yield Found(
            "review_by",
            f"was to be reviewed by {day.day} {day:%b %Y}",
            "look at effect, complaints and texts, then set the next date or archive it",
        )


def no_goal(definition: Definition, _facts: Facts) -> Iterator[Found]:
    if definition.goal is None:
        yield Found("goal", "it has no goal: nobody can say whether it works", "name an event and a window of days")


def no_holdout(definition: Definition, _facts: Facts) -> Iterator[Found]:
    if definition.goal and not definition.holdout and definition.category != "service":
        yield Found(
            "holdout",
            "nobody is left alone, so the goals reached cannot be told from those that would have come anyway",
            "leave 5 % or more of them alone, or write into the description why not",
        )


def too_late(definition: Definition, _facts: Facts) -> Iterator[Found]:
    if definition.goal is None:
        return
    soonest = lint_ways.soonest(definition)
    for name in messages(definition):
        if soonest[name] > definition.goal.within:
            yield Found(
                f"steps.{name}",
                f"goes out {_days(soonest[name])} after the start at the soonest, when the goal's "
                f"{_days(definition.goal.within)} are over",
                "shorten the waits before it, leave it out, or give the goal a longer window",
            )


def no_breath(definition: Definition, _facts: Facts) -> Iterator[Found]:
    for name, step in messages(definition).items():
        for other, following in lint_ways.at_once_after(definition, name).items():
            if not _either_or(step, following):
                yield Found(
                    f"steps.{other}",
                    f"follows the message {name!r} without a wait: the customer gets both at once",
                    "put a wait between them, or give them conditions that exclude each other",
                )


def same_way(definition: Definition, _facts: Facts) -> Iterator[Found]:
    for name, step in definition.steps.items():
        if isinstance(step, Branch | Split) and len({edge.target for edge in step.edges}) == 1:
            yield Found(
                f"steps.{name}", "all its ways lead to the same step", "lead them apart, or take the fork away"
            )


def tiny_share(definition: Definition, _facts: Facts) -> Iterator[Found]:
    for name, step in definition.steps.items():
        shares = (
            [(way.name, way.share) for way in step.ways]
            if isinstance(step, Split)
            else [(arm.name, arm.share) for arm in step.arms]
            if isinstance(step, Message)
            else []
        )
        for way, share in shares:
            if share < _TINY:
                yield Found(
                    f"steps.{name}",
                    f"only {share:.1%} go the way {way!r}: too few to learn anything from",
                    "give each way at least 5 %, or take it away",
                )


def never_true(definition: Definition, _facts: Facts) -> Iterator[Found]:
    for where, condition in lint_ways.conditions(definition):
        if lint_ways.exclude_each_other(lint_ways.tree(condition)):
            yield Found(where, "no customer can meet this: its parts exclude each other", "correct the numbers")


def asked_twice(definition: Definition, _facts: Facts) -> Iterator[Found]:
    for name, step in definition.steps.items():
        if not isinstance(step, Branch) or step.condition is None:
            continue
        for way, start in (("yes", step.yes), ("no", step.no)):
            for other, following in lint_ways.branches_at_once(definition, start):
                if following.condition == step.condition:
                    yield Found(
                        f"steps.{other}",
                        f"asks again what {name!r} has just asked: all who come from its {way!r} go by {way!r}",
                        "put a wait between them, or take one of them away",
                    )


def leaves_at_once(definition: Definition, _facts: Facts) -> Iterator[Found]:
    if definition.entry.condition is None:
        return
    entering = set(lint_ways.asks_for(lint_ways.tree(definition.entry.condition)))
    for rule in definition.exit_conditions:
        if set(lint_ways.asks_for(lint_ways.tree(rule.condition))) <= entering:
            yield Found(
                "exit",
                f"who may enter leaves at once by {rule.reason!r}: the exit rule asks what the entry asks",
                "change one of the two",
            )


def nobody_does_it(definition: Definition, _facts: Facts) -> Iterator[Found]:
    for name, step in definition.steps.items():
        if isinstance(step, Task) and not step.assignee:
            yield Found(
                f"steps.{name}.assignee",
                f"the task {step.title!r} is nobody's: everybody will think that another does it",
                "name the team or the person",
            )


def service_sells(definition: Definition, facts: Facts) -> Iterator[Found]:
    if definition.category != "service":
        return
    for name, step in messages(definition).items():
        if lint_words.is_selling(says(step, facts)):
            yield Found(
                f"steps.{name}",
                "is of the category service, which passes by the frequency caps, and sounds like selling",
                "say only what the customer needs to know, or make the journey an activation",
            )


def channel_not_here(definition: Definition, _facts: Facts) -> Iterator[Found]:
    for name, channel in definition.not_sendable.items():
        yield Found(f"steps.{name}", f"{channel.upper()} {ARRIVES}", "send it by email, or wait with the launch")


def nothing_to_ask(definition: Definition, _facts: Facts) -> Iterator[Found]:
    if definition.entry.rule is None or definition.entry.about in _OVER:
        return  # of an order or deal, an event has told
    for name, step in definition.steps.items():
        asks = (isinstance(step, Branch) and step.where and not step.heard) or (
            isinstance(step, WaitUntil) and step.of_event
        )
        if asks:
            yield Found(
                f"steps.{name}",
                "asks for a property of the event that began the run, and the calendar began it: there is none",
                "ask for an attribute of the customer, or enter by the event",
            )


def goes_on_when_over(definition: Definition, _facts: Facts) -> Iterator[Found]:
    over = _OVER.get(definition.entry.about)
    if over and over not in {rule.event.name for rule in definition.exit_events}:
        yield Found(
            "exit",
            f"“{over}” does not end it: what is over before the entry lets nobody in, but afterwards it goes on",
            f"add an exit rule such as {{event: {over}, same_key: true}}",
        )


MAKING: Mapping[str, tuple[Severity, Check]] = {
    "discount_only": (Severity.MUST, discount_only),
    "no_exit_on_purchase": (Severity.MUST, no_exit_on_purchase),
    "nobody_answers": (Severity.MUST, nobody_answers),
    "no_review_date": (Severity.SHOULD, no_review),
    "review_over": (Severity.SHOULD, review_over),
    "no_goal": (Severity.SHOULD, no_goal),
    "goal_without_holdout": (Severity.SHOULD, no_holdout),
    "too_late": (Severity.SHOULD, too_late),
    "message_after_message": (Severity.MUST, no_breath),
    "fork_to_one_step": (Severity.SHOULD, same_way),
    "tiny_share": (Severity.SHOULD, tiny_share),
    "never_true": (Severity.MUST, never_true),
    "asked_twice": (Severity.SHOULD, asked_twice),
    "leaves_at_once": (Severity.MUST, leaves_at_once),
    "task_of_nobody": (Severity.SHOULD, nobody_does_it),
    "channel_not_here": (Severity.MUST, channel_not_here),
    "service_sells": (Severity.SHOULD, service_sells),
    "nothing_to_ask": (Severity.MUST, nothing_to_ask),
    "goes_on_when_over": (Severity.SHOULD, goes_on_when_over),
}


def _wakes(definition: Definition) -> bool:
    """Whether it is for those who have gone silent: by its name, its segment's, or a condition of its entry."""
    if lint_words.is_for_sleepers(definition.slug) or lint_words.is_for_sleepers(definition.entry.segment or ""):
        return definition.entry.event.name != "Segment Left"
    condition = definition.entry.condition
    return condition is not None and any(
        isinstance(node, Orders)
        and node.measure is Measure.DAYS_SINCE_LAST
        and node.bound in {Bound.AT_LEAST, Bound.GREATER}
        for node in lint_ways.asks_for(lint_ways.tree(condition))
    )


def _either_or(one: Message, other: Message) -> bool:
    return (
        one.condition is not None
        and other.condition is not None
        and lint_ways.exclude_each_other(lint_ways.tree(one.condition), lint_ways.tree(other.condition))
    )


def _days(span: timedelta) -> str:
    days = span.total_seconds() / 86400
    return counted(round(days), "day") if days >= 2 else counted(round(span.total_seconds() / 3600), "hour")

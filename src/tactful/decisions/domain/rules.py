"""The rules, each one question about one message. They do not know of one another; their order is `RULES`."""

from collections.abc import Callable
from datetime import datetime, time, timedelta

from msgspec import Struct

from tactful.consent.domain.consent import agreed
from tactful.decisions.domain import days_off, regions
from tactful.decisions.domain.facts import Candidate, CapRule, Facts, Policy, Profile, TouchSeen, Verdict
from tactful.decisions.domain.pressure import Fullness, fullness
from tactful.kernel.texts import counted
from tactful.kernel.time import zone_or

PASS = "pass"  # noqa: S105 -- a verdict, not a password
# A message that lost to a more important one is looked at again after this.
STEP_BACK = timedelta(days=1)
BY_PEOPLE = frozenset({"call", "ticket"})
"""Channels of touches that no message made."""
_YEAR = 365
_HEALTH = timedelta(hours=1)  # a paused stream is looked at again after this


# A decision makes one of these for each rule: structs are made several times as fast as frozen dataclasses.
class Question(Struct, frozen=True):
    """All that a rule may look at. `touches` include slots taken earlier in the batch; `winner` is the key of a
    message to the same customer that goes out in this batch."""

    candidate: Candidate
    facts: Facts
    policy: Policy
    now: datetime
    touches: tuple[TouchSeen, ...]
    winner: str | None = None

    @property
    def messages(self) -> tuple[TouchSeen, ...]:
        """Touches that were messages: calls and tickets are no answer to "how many a week"."""
        return tuple(touch for touch in self.touches if touch.channel not in BY_PEOPLE)


class Finding(Struct, frozen=True):
    verdict: str
    reason: str
    saw: dict[str, object]
    until: datetime | None = None


def _pass(reason: str, **saw: object) -> Finding:
    return Finding(PASS, reason, saw)


def _drop(reason: str, **saw: object) -> Finding:
    return Finding(Verdict.DROP, reason, saw)


def _hold(question: Question, until: datetime, reason: str, **saw: object) -> Finding:
    """Held, unless the message is worth nothing any more by then."""
    expires = question.candidate.expires_at
    saw = {**saw, "until": until.isoformat(), "expires_at": expires.isoformat()}
    if until > expires:
        return Finding(Verdict.DROP, f"{reason}; it would be too late by then", saw)
    return Finding(Verdict.HOLD, reason, saw, until)


def erased(question: Question) -> Finding:
    profile = question.facts.profile
    if profile is Profile.PRESENT:
        return _pass("The customer is in the base", profile=profile.value)
    words = {
        Profile.ERASED: "The customer was erased",
        Profile.MERGED: "The customer was merged into another record",
        Profile.UNKNOWN: "There is no such customer",
    }
    return _drop(words[profile], profile=profile.value)


def test_person(question: Question) -> Finding:
    if question.facts.is_test:
        return _drop("A test person: left out of everything that counts", is_test=True)
    return _pass("A real customer", is_test=False)


def suppression(question: Question) -> Finding:
    if question.facts.suppressed:
        return _drop("The address is on the suppression list", suppressed=True)
    return _pass("The address is not suppressed", suppressed=False)


def consent(question: Question) -> Finding:
    candidate, facts = question.candidate, question.facts.consent
    if candidate.is_service:
        return _pass("A service message needs no marketing consent", category=candidate.category)
    said = {name: facts.topics.get(name) for name in (candidate.topic, "*")}
    about = f"{candidate.topic} by {candidate.channel}"
    if agreed(facts, candidate.topic):
        return _pass(f"Agreed to {about}", topics=said)
    if False in said.values():
        return _drop(f"Does not want {about}", topics=said)
    return _drop(f"Has not agreed to {about}", topics=said)


def reachability(question: Question) -> Finding:
    channel, by = question.candidate.channel, question.candidate.chosen_by
    chosen: dict[str, object] = {"channel_chosen_by": by} if by else {}
    if question.facts.address:
        return _pass(f"Can be reached by {channel}", reachable=True, **chosen)
    return _drop(f"No address for {channel}", reachable=False, **chosen)


def own_choice(question: Question) -> Finding:
    chosen, now = question.facts.consent, question.now
    if question.candidate.is_service:
        return _pass("A service message", category=question.candidate.category)
    if chosen.paused_until and chosen.paused_until > now:
        paused = chosen.paused_until.isoformat()
        return _hold(question, chosen.paused_until, "Asked for a pause", paused_until=paused)
    if chosen.per_week is None:
        return _pass("No wish about pauses or frequency", per_week=None)
    week = fullness(CapRule(chosen.per_week, days=7), question.messages, now)
    saw: dict[str, object] = {"per_week": chosen.per_week, "touches": week.counted}
    if not week.full:
        return _pass("Within the frequency he chose", **saw)
    if week.free_at is None:
        return _drop("Chose to hear nothing", **saw)
    return _hold(question, week.free_at, f"Chose at most {chosen.per_week} a week", **saw)


def sales_hold(question: Question) -> Finding:
    hold = question.facts.sales_hold
    if question.candidate.is_service:
        return _pass("A service message", category=question.candidate.category)
    if hold is None or hold.until <= question.now:
        return _pass("Nobody asked marketing to wait", held_until=None)
    who, why = f" by {hold.by}" if hold.by else "", f": {hold.reason}" if hold.reason else ""
    return _hold(question, hold.until, f"Held{who}{why}", by=hold.by, why=hold.reason)


def status(question: Question) -> Finding:
    topic = question.candidate.topic
    if topic in question.facts.consent.retired:
        return _drop(f"The topic {topic} is retired: nobody is written to about it", retired=topic)
    if why := question.candidate.status:
        return _drop(f"No longer true of the customer: {why}", status=why)
    return _pass("Still true of the customer", status="")


def sender_health(question: Question) -> Finding:
    paused = question.facts.stream_paused
    if question.candidate.is_service or not paused:
        return _pass("The sender is in good health", paused="")
    return _hold(question, question.now + _HEALTH, f"Sending is paused: {paused}", paused=paused)


def holdout(question: Question) -> Finding:
    if question.candidate.is_service:
        return _pass("A service message", category=question.candidate.category)
    if question.facts.in_holdout:
        return _drop("In the group that gets no marketing, for comparison", in_holdout=True)
    return _pass("Not in the holdout", in_holdout=False)


def quiet_hours(question: Question) -> Finding:
    facts, policy = question.facts, question.policy
    if question.candidate.is_service:
        return _pass("A service message", category=question.candidate.category)
    where = zone_or(facts.zone, policy.fallback_zone)
    local = question.now.astimezone(where)
    clock, over = _clock(local.time()), _clock(policy.quiet.end)
    quiet = f"{_clock(policy.quiet.start)}-{over}"
    saw: dict[str, object] = {"zone": where.key, "local_time": clock, "quiet_hours": quiet}
    until = policy.quiet.over_at(question.now, where)
    if until == question.now:
        return _pass(f"It is {clock} where he is", **saw)
    return _hold(question, until, f"It is {clock} where he is, and quiet until {over}", **saw)


def _clock(moment: time) -> str:
    return moment.isoformat("minutes")


def region(question: Question) -> Finding:
    candidate, facts = question.candidate, question.facts
    if candidate.is_service:
        return _pass("A service message", category=candidate.category)
    law, how = regions.regime(facts.country), facts.agreed_to(candidate.topic)
    saw: dict[str, object] = {"country": facts.country, "law": law, "agreed_by": how}
    if question.policy.guards.double_opt_in and "double" not in (how or "").lower():
        return _drop("His yes was not confirmed by a second click (double opt-in)", **saw)
    if law == regions.EXPLICIT and facts.country and how is None:
        return _drop("The law where he lives asks for the record of his yes, and there is none", **saw)
    if law == regions.SOFT and how is None and not facts.spending.orders:
        return _drop("The law where he lives asks for the record of his yes, or an order of his", **saw)
    return _pass("The law where he lives allows it", **saw)


def sales_sync(question: Question) -> Finding:
    candidate, guards = question.candidate, question.policy.guards
    if candidate.is_service:
        return _pass("A service message", category=candidate.category)
    windows = {"ticket": guards.ticket_days, "proposal": guards.proposal_days, "task": guards.task_days}
    waits = [
        (matter.since + timedelta(days=windows[matter.kind]), _MATTERS[matter.kind])
        for matter in question.facts.matters
        if matter.kind != candidate.about
    ]
    waits += [
        (touch.at + timedelta(days=guards.call_days), _MATTERS["call"])
        for touch in question.touches
        if touch.channel == "call"
    ]
    until, why = max(waits, default=(question.now, ""))
    if until <= question.now:
        return _pass("Nobody here has anything under way with him", under_way="")
    # Whatever it is may be settled earlier, so it is looked at again every day.
    return _hold(question, min(until, question.now + STEP_BACK), f"Waits for {why}", under_way=why)


_MATTERS = {
    "ticket": "an open question or complaint of his",
    "proposal": "a proposal that he has not answered",
    "call": "a call of these days to settle",
    "task": "a colleague with a fresh task on him",
}


def personalisation(question: Question) -> Finding:
    recorded, days = question.candidate.product_at, question.policy.guards.product_days
    if lacking := question.candidate.lacking:
        told = f"Its text needs {', '.join(lacking)}, and that is not known"
        if question.candidate.is_service:
            return _pass(f"{told}; a service message goes all the same", lacking=list(lacking))
        return _drop(told, lacking=list(lacking))
    if recorded is None or not days or recorded > question.now - timedelta(days=days):
        return _pass("What it shows is fresh enough", product_at=recorded.isoformat() if recorded else None)
    return _drop(f"Its product data are older than {counted(days, 'day')}", product_at=recorded.isoformat())


def public_holiday(question: Question) -> Finding:
    country = question.facts.country
    if question.candidate.is_service or not country or not question.policy.guards.public_holidays:
        return _pass("Public holidays do not matter here", country=country)
    where = zone_or(question.facts.zone, question.policy.fallback_zone)
    name = days_off.name_of(country, question.now.astimezone(where).date())
    if not name:
        return _pass("No public holiday where he lives", country=country)
    until = days_off.over_at(country, question.now, where)
    return _hold(question, until, f"A public holiday where he lives: {name}", country=country)


def budget(question: Question) -> Finding:
    guards, spent = question.policy.guards, question.facts.spending
    if question.candidate.is_service:
        return _pass("A service message", category=question.candidate.category)
    if guards.discount_percent and spent.discounted * 100 > guards.discount_percent * spent.orders:
        return _drop(
            f"More than {guards.discount_percent} % of his orders of a year were discounted",
            orders=spent.orders,
            discounted=spent.discounted,
        )
    cost, allowed = _cost(question), _allowance(question)
    saw: dict[str, object] = {"cost_minor": cost, "allowed_minor": allowed}
    if allowed is not None and cost > allowed:
        return _drop("His budget for messages and discounts is spent", **saw)
    return _pass("Within his budget", **saw)


def _cost(question: Question) -> int:
    """Discounts and messages of the budget's days, this message included, in minor units, rounded down."""
    guards = question.policy.guards
    since = question.now - timedelta(days=guards.budget_days)
    messages = 1 + sum(touch.at > since for touch in question.messages)
    return question.facts.spending.discount_minor + messages * guards.thousand_cost_minor // 1000


def _allowance(question: Question) -> int | None:
    """The strictest limit in minor units. A share of margin counts for buyers only: others have no margin yet."""
    guards, spent = question.policy.guards, question.facts.spending
    limits = [guards.budget_minor] if guards.budget_minor else []
    if guards.budget_percent and spent.orders:
        expected = spent.margin_minor * guards.budget_days // _YEAR
        limits.append(max(0, expected * guards.budget_percent // 100))
    return min(limits, default=None)


def frequency_cap(question: Question) -> Finding:
    candidate = question.candidate
    if candidate.is_service:
        return _pass("A service message", category=candidate.category)
    message = TouchSeen(question.now, candidate.channel, candidate.category, candidate.topic)
    where = zone_or(question.facts.zone, question.policy.fallback_zone)
    seen = [
        fullness(cap, question.touches, question.now, where) for cap in question.policy.caps if cap.covers(message)
    ]
    saw: dict[str, object] = {"caps": [_as_seen(one) for one in seen]}
    full = [one for one in seen if one.full]
    if not full:
        return _pass("A slot is free under every cap", **saw)
    tightest = max(full, key=lambda one: (one.free_at is None, one.free_at or question.now))
    reason = f"Contacted {tightest.counted} times {_window(tightest.cap)}; at most {tightest.cap.count} are allowed"
    if tightest.free_at is None:
        return _drop(reason, **saw)
    return _hold(question, tightest.free_at, reason, **saw)


def arbitration(question: Question) -> Finding:
    candidate = question.candidate
    saw: dict[str, object] = {"priority": candidate.priority}
    if candidate.expected_by:
        saw |= {"expected_minor": candidate.expected_minor, "expected_by": candidate.expected_by}
    if candidate.is_service or question.winner is None:
        return _pass("No other message wants this moment", **saw)
    until = question.now + STEP_BACK
    return _hold(question, until, "A more important message goes first", **saw, winner=question.winner)


def _as_seen(one: Fullness) -> dict[str, object]:
    cap = one.cap
    special = {"category": cap.category, "topic": cap.topic, "period": cap.period}
    told = {name: value for name, value in special.items() if value}
    return {"channel": cap.channel, "count": cap.count, "days": cap.days, "touches": one.counted, **told}


def _window(cap: CapRule) -> str:
    return f"this {cap.period}" if cap.period else f"in {counted(cap.days, 'day')}"


RULES: tuple[tuple[str, Callable[[Question], Finding]], ...] = (
    ("erased", erased),
    ("test_person", test_person),
    ("suppression", suppression),
    ("consent", consent),
    ("region", region),
    ("reachability", reachability),
    ("own_choice", own_choice),
    ("sales_hold", sales_hold),
    ("sales_sync", sales_sync),
    ("status", status),
    ("personalisation", personalisation),
    ("quiet_hours", quiet_hours),
    ("public_holiday", public_holiday),
    ("frequency_cap", frequency_cap),
    ("budget", budget),
    ("sender_health", sender_health),
    ("holdout", holdout),
    ("arbitration", arbitration),
)
CLEAR = "clear"
"""The reason of a verdict that no rule forbade. Names of rules are stable: `docs/reasons.md` lists them."""

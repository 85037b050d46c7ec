"""The rules, each one question about one message. They do not know of one another; their order is `RULES`."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from tactful.consent.domain.consent import allows
from tactful.decisions.domain.facts import Candidate, CapRule, Facts, Policy, Profile, TouchSeen, Verdict
from tactful.decisions.domain.pressure import Fullness, fullness
from tactful.kernel.time import zone_or

PASS = "pass"  # noqa: S105 -- a verdict, not a password
# A message that lost to a more important one is looked at again after this.
STEP_BACK = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Question:
    """All that a rule may look at. `touches` include slots taken earlier in the batch; `winner` is the key of a
    message to the same customer that goes out in this batch."""

    candidate: Candidate
    facts: Facts
    policy: Policy
    now: datetime
    touches: tuple[TouchSeen, ...]
    winner: str | None = None


@dataclass(frozen=True, slots=True)
class Finding:
    verdict: str
    reason: str
    saw: dict[str, object] = field(default_factory=dict)
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
    if allows(facts, candidate.topic):
        return _pass(f"Agreed to {about}", topics=said)
    if False in said.values():
        return _drop(f"Does not want {about}", topics=said)
    return _drop(f"Has not agreed to {about}", topics=said)


def reachability(question: Question) -> Finding:
    channel = question.candidate.channel
    if question.facts.address:
        return _pass(f"Can be reached by {channel}", reachable=True)
    return _drop(f"No address for {channel}", reachable=False)


def own_choice(question: Question) -> Finding:
    chosen, now = question.facts.consent, question.now
    if question.candidate.is_service:
        return _pass("A service message", category=question.candidate.category)
    if chosen.paused_until and chosen.paused_until > now:
        paused = chosen.paused_until.isoformat()
        return _hold(question, chosen.paused_until, "Asked for a pause", paused_until=paused)
    if chosen.per_week is None:
        return _pass("No wish about pauses or frequency", per_week=None)
    week = fullness(CapRule(chosen.per_week, days=7), question.touches, now)
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
    if why := question.candidate.status:
        return _drop(f"No longer true of the customer: {why}", status=why)
    return _pass("Still true of the customer", status="")


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
    quiet = f"{policy.quiet.start:%H:%M}-{policy.quiet.end:%H:%M}"
    saw: dict[str, object] = {"zone": where.key, "local_time": f"{local:%H:%M}", "quiet_hours": quiet}
    until = policy.quiet.over_at(question.now, where)
    if until == question.now:
        return _pass(f"It is {local:%H:%M} where he is", **saw)
    return _hold(
        question, until, f"It is {local:%H:%M} where he is, and quiet until {policy.quiet.end:%H:%M}", **saw
    )


def frequency_cap(question: Question) -> Finding:
    candidate = question.candidate
    if candidate.is_service:
        return _pass("A service message", category=candidate.category)
    seen = [
        fullness(cap, question.touches, question.now)
        for cap in question.policy.caps
        if cap.channel in {"", candidate.channel}
    ]
    saw: dict[str, object] = {"caps": [_as_seen(one) for one in seen]}
    full = [one for one in seen if one.full]
    if not full:
        return _pass("A slot is free under every cap", **saw)
    tightest = max(full, key=lambda one: (one.free_at is None, one.free_at or question.now))
    reason = (
        f"Contacted {tightest.counted} times in {tightest.cap.days} days; at most {tightest.cap.count} are allowed"
    )
    if tightest.free_at is None:
        return _drop(reason, **saw)
    return _hold(question, tightest.free_at, reason, **saw)


def arbitration(question: Question) -> Finding:
    priority = question.candidate.priority
    if question.candidate.is_service or question.winner is None:
        return _pass("No other message wants this moment", priority=priority)
    until = question.now + STEP_BACK
    return _hold(question, until, "A more important message goes first", priority=priority, winner=question.winner)


def _as_seen(one: Fullness) -> dict[str, object]:
    return {"channel": one.cap.channel, "count": one.cap.count, "days": one.cap.days, "touches": one.counted}


RULES: tuple[tuple[str, Callable[[Question], Finding]], ...] = (
    ("erased", erased),
    ("test_person", test_person),
    ("suppression", suppression),
    ("consent", consent),
    ("reachability", reachability),
    ("own_choice", own_choice),
    ("sales_hold", sales_hold),
    ("status", status),
    ("holdout", holdout),
    ("quiet_hours", quiet_hours),
    ("frequency_cap", frequency_cap),
    ("arbitration", arbitration),
)
CLEAR = "clear"
"""The reason of a verdict that no rule forbade. Names of rules are stable: `docs/reasons.md` lists them."""

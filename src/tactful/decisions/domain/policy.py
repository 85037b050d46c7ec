"""Send, hold or drop: every rule looks at every message, and the first that forbids settles it. Pure."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta

from msgspec.structs import replace

from tactful.decisions.domain.facts import (
    Candidate,
    Decided,
    Facts,
    FactsOf,
    Policy,
    Profile,
    RuleSaw,
    TouchSeen,
    Verdict,
)
from tactful.decisions.domain.rules import CLEAR, PASS, RULES, Question

# After losing a slot to another process the message is decided again this much later.
_AGAIN = timedelta(minutes=10)
_NOBODY = Facts(profile=Profile.UNKNOWN)


def decide(candidate: Candidate, facts: Facts, policy: Policy, now: datetime) -> Decided:
    """The verdict on one message by itself."""
    return _settle(Question(candidate, facts, policy, now, facts.touches))


def decide_batch(candidates: Sequence[Candidate], facts: FactsOf, policy: Policy, now: datetime) -> list[Decided]:
    """Verdicts in the order of the candidates; of several for one customer the most important is looked at first:
    by priority, then by expected margin, then as they came.

    A message that is to be sent takes its slot at once, so the next one for the same customer finds it taken,
    and loses the arbitration. A candidate without facts is for nobody: dropped as `erased`.
    """
    by_customer: dict[int, list[int]] = defaultdict(list)
    for index, candidate in enumerate(candidates):
        by_customer[candidate.customer_id].append(index)
    decided: dict[int, Decided] = {}
    for indices in by_customer.values():
        indices.sort(key=lambda index: (*importance(candidates[index]), index))
        decided |= _of_one_customer({index: candidates[index] for index in indices}, facts, policy, now)
    return [decided[index] for index in range(len(candidates))]


def importance(candidate: Candidate) -> tuple[int, int]:
    """Sorts the message that goes first to the front: by priority, then by the margin that it may bring."""
    return -candidate.priority, -candidate.expected_minor


def without_slot(decided: Decided, now: datetime) -> Decided:
    """The same message when another process took the slot between the decision and the reservation: held."""
    until = now + _AGAIN
    too_late = until > decided.candidate.expires_at
    verdict = Verdict.DROP if too_late else Verdict.HOLD
    lost = "The last slot was taken by another message at the same time"
    reasons = tuple(
        RuleSaw(seen.rule, verdict.value, lost, seen.saw) if seen.rule == "frequency_cap" else seen
        for seen in decided.reasons
    )
    return replace(
        decided,
        verdict=verdict,
        reason="frequency_cap",
        reasons=reasons,
        hold_until=None if too_late else until,
    )


def _of_one_customer(
    candidates: dict[int, Candidate], facts: FactsOf, policy: Policy, now: datetime
) -> dict[int, Decided]:
    taken: tuple[TouchSeen, ...] = ()
    winner: str | None = None
    decided: dict[int, Decided] = {}
    for index, candidate in candidates.items():
        known = facts.get((candidate.customer_id, candidate.channel), _NOBODY)
        result = _settle(Question(candidate, known, policy, now, known.touches + taken, winner))
        decided[index] = result
        if result.verdict is Verdict.SEND and not candidate.is_service:
            taken += (TouchSeen(now, candidate.channel, candidate.category, candidate.topic),)
            winner = winner or str(candidate.key)
    return decided


def _settle(question: Question) -> Decided:
    reasons: list[RuleSaw] = []
    reason, verdict, until = CLEAR, Verdict.SEND, None
    for name, rule in RULES:
        finding = rule(question)
        reasons.append(RuleSaw(name, str(finding.verdict), finding.reason, finding.saw))
        if finding.verdict != PASS and reason == CLEAR:
            reason, verdict, until = name, Verdict(finding.verdict), finding.until
    return Decided(question.candidate, verdict, reason, tuple(reasons), until)

"""The second look, when a queued message is claimed for sending: what may have changed since it was decided. Pure.

Its own slot under the caps was taken when it was queued, so caps and arbitration are not asked again; everything
by which a person or the law says "not now" or "never" is.
"""

from dataclasses import replace
from datetime import datetime

from tactful.decisions.domain import rules
from tactful.decisions.domain.facts import Candidate, Decided, Facts, Policy, RuleSaw, Verdict
from tactful.decisions.domain.rules import PASS, Question

AGAIN = (
    ("erased", rules.erased),
    ("test_person", rules.test_person),
    ("suppression", rules.suppression),
    ("consent", rules.consent),
    ("region", rules.region),
    ("reachability", rules.reachability),
    ("own_choice", rules.own_choice),
    ("sales_hold", rules.sales_hold),
    ("sales_sync", rules.sales_sync),
    ("status", rules.status),
    ("quiet_hours", rules.quiet_hours),
    ("public_holiday", rules.public_holiday),
    ("sender_health", rules.sender_health),
)


def recheck(candidate: Candidate, facts: Facts, policy: Policy, now: datetime) -> Decided | None:
    """None when the message may go; else why not, with `hold_until` when it may go later.

    Touches are left out, but for calls: among them is the message's own.
    """
    calls = tuple(touch for touch in facts.touches if touch.channel == "call")
    question = Question(candidate, replace(facts, touches=calls), policy, now, calls)
    for name, rule in AGAIN:
        finding = rule(question)
        if finding.verdict != PASS:
            seen = RuleSaw(name, str(finding.verdict), finding.reason, finding.saw)
            return Decided(candidate, Verdict(finding.verdict), name, (seen,), finding.until)
    return None

"""What is wrong with a journey: its making, and what stands around it. Pure."""

from collections.abc import Mapping

from tactful.journeys.domain.definition import Definition
from tactful.journeys.domain.findings import Facts, Finding, Severity
from tactful.journeys.domain.lint_making import MAKING, Check
from tactful.journeys.domain.lint_standing import STANDING

RULES: Mapping[str, tuple[Severity, Check]] = {**MAKING, **STANDING}
UNREADABLE = "unreadable"


def lint(definition: Definition, facts: Facts) -> list[Finding]:
    """All findings, what must be mended first."""
    found = [
        Finding(rule, severity, one.where, one.words, one.remedy)
        for rule, (severity, check) in RULES.items()
        for one in check(definition, facts)
    ]
    return sorted(found, key=lambda finding: finding.severity is not Severity.MUST)


def unreadable(message: str) -> Finding:
    """The finding of a definition that cannot be read; the message begins with the path."""
    where, _, words = message.partition(" ")
    return Finding(UNREADABLE, Severity.MUST, where.rstrip(":"), words, "correct the definition at this place")

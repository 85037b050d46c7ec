"""What is wrong with a journey: its making, and what stands around it. Pure."""

from collections.abc import Iterable, Mapping

from tactful.journeys.domain.definition import Definition
from tactful.journeys.domain.findings import Facts, Finding, Severity
from tactful.journeys.domain.lint_making import MAKING, Check
from tactful.journeys.domain.lint_standing import STANDING

RULES: Mapping[str, tuple[Severity, Check]] = {**MAKING, **STANDING}
UNREADABLE = "unreadable"
STOPPING = frozenset(
    {
        "template_missing",
        "template_archived",
        "topic_unknown",
        "topic_retired",
        "segment_missing",
        "notice_to_nobody",
    }
)
"""Rules by which a journey cannot do what it says. All others are for people to weigh."""

_CHANNEL_NOT_HERE = "channel_not_here"


def lint(definition: Definition, facts: Facts) -> list[Finding]:
    """All findings, what must be mended first."""
    found = [
        Finding(rule, severity, one.where, one.words, one.remedy)
        for rule, (severity, check) in RULES.items()
        for one in check(definition, facts)
    ]
    return sorted(found, key=lambda finding: finding.severity is not Severity.MUST)


def unreadable(message: str) -> Finding:
    """The finding of a definition that cannot be read; the message begins with the path, where it has one."""
    where, _, words = message.partition(" ")
    if where[:1].isupper():
        where, words = "definition", message
    return Finding(UNREADABLE, Severity.MUST, where.rstrip(":"), words, "correct the definition at this place")


def unlaunchable(found: Iterable[Finding]) -> list[Finding]:
    """What a launch is refused for, whether it is mended here or waits for another release."""
    return [finding for finding in found if finding.rule in STOPPING | {_CHANNEL_NOT_HERE}]


def stopping(found: Iterable[Finding]) -> list[Finding]:
    """What a journey cannot be let go with."""
    return [finding for finding in found if finding.rule in STOPPING]

"""What is wrong with the segments, where people keep them: by segment, and together with what to do."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from tactful.flows.segment_care import findings
from tactful.segments.domain.lint import Fault
from tactful.segments.queries import Summary
from tactful.web import words

# What the fault is called where one segment has it, and where several have.
_TOGETHER = {
    Fault.NO_GOAL: ("does not say what it is for", "do not say what they are for"),
    Fault.NO_ACTION: ("changes nothing we do", "change nothing we do"),
    Fault.ADJECTIVES: ("takes too many words to tell", "take too many words to tell"),
    Fault.EMPTY: ("is empty", "are empty"),
    Fault.EVERYONE: ("holds everybody", "hold everybody"),
    Fault.UNUSED: ("is used by nothing", "are used by nothing"),
    Fault.TWIN: ("has a twin", "have a twin"),
    Fault.UNKNOWN: ("asks for what is not here", "ask for what is not here"),
    Fault.RETIRED: ("asks about a retired topic", "ask about retired topics"),
}


def of_one(slug: str) -> list[str]:
    """What is found wrong with one segment."""
    return [one.message for one in findings() if one.slug == slug]


def listed(rows: Sequence[Summary]) -> dict[str, Any]:
    """For the list of segments: what is found wrong. The lifecycle's stages have their own screen."""
    found: dict[str, list[str]] = defaultdict(list)
    faulty: dict[Fault, set[str]] = defaultdict(set)
    for one in findings() if rows else ():
        found[one.slug].append(one.message)
        faulty[one.fault].add(one.slug)
    return {
        "too_many": " ".join(found.pop("", ())),
        "faults": [
            f"{words.number(count)} {_TOGETHER[fault][count > 1]}"
            for fault in _TOGETHER
            if (count := len(faulty[fault]))
        ],
        "findings": dict(found),
    }

"""What a rule says while it is written: in words, whom it meets now, who would come and go."""

from itertools import islice
from typing import Any

from tactful.customers import queries as customers
from tactful.flows.nightly import FOLDER
from tactful.flows.tables import TABLES
from tactful.kernel.errors import NotFound, TactfulError
from tactful.segments.domain.nodes import Node
from tactful.segments.domain.tree import parse
from tactful.segments.domain.weight import heavy
from tactful.segments.services import editing
from tactful.segments.services.asking import tree_of
from tactful.web.pages import CLOCK
from tactful.web.segment_faults import Fault, of_rule
from tactful.web.segment_files import written
from tactful.web.segment_hints import hints
from tactful.web.tried import WAYS, address, before

_GONE = "There is no such segment any more."
_MOST_HINTS = 4


def of_segment(text: str, slug: str | None) -> dict[str, Any]:
    """For a segment, compared with the saved one where there is one; or its fault; or that nothing is written."""
    return _told(text, slug, ())


def of_stage(text: str, slug: str | None) -> dict[str, Any]:
    """The same for a stage, in which nobody is who meets the rule of one before it. A new one is the last."""
    return {**_told(text, slug, before(slug)), "stage": True}


def _told(text: str, slug: str | None, after: list[Node] | tuple[()]) -> dict[str, Any]:
    if not text.strip():
        return {"empty": True}
    rule: object = None
    try:
        rule = written(text).rule
        found = editing.preview(rule, slug=slug, at=CLOCK.now(), tables=TABLES, folder=FOLDER, after=after)
    except NotFound:
        return {"fault": Fault("", _GONE, _GONE)}
    except TactfulError as fault:
        return {"fault": of_rule(fault.message, rule)}
    moved = [one for one in (found.entering, found.leaving) if one]
    people = customers.cards({*found.sample, *(number for one in moved for number in one.first)})
    named = {number: profile.name for number, profile in people.items()}
    moves = [
        (word, one.count, [(number, named[number]) for number in one.first if number in named])
        for word, one in zip(("enter", "leave"), moved, strict=False)
    ]
    return {
        "reading": found.reading,
        "count": found.count,
        "everybody": customers.total(),
        "sample": [people[number] for number in found.sample if number in people],
        "moves": moves,
        "asked": {way: address(rule, slug, way, of_stage=bool(after)) for way in WAYS},
        "hints": list(islice(hints(rule), _MOST_HINTS)),
        "heavy": heavy(tree_of(parse(rule))),
    }

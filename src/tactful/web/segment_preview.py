"""What a rule says while it is written: in words, whom it meets now, who would come and go."""

from collections.abc import Iterator
from itertools import islice
from typing import Any

from tactful.customers import queries as customers
from tactful.flows.nightly import FOLDER
from tactful.flows.tables import TABLES
from tactful.kernel.errors import NotFound, TactfulError
from tactful.segments import queries as segments
from tactful.segments.domain.comparisons import Op
from tactful.segments.domain.conditions import Attribute
from tactful.segments.domain.nodes import Node, said
from tactful.segments.domain.tree import parse
from tactful.segments.domain.weight import heavy
from tactful.segments.services import editing
from tactful.segments.services.asking import tree_of
from tactful.segments.services.editing import About
from tactful.web.pages import CLOCK
from tactful.web.segment_faults import Fault, of_rule
from tactful.web.segment_files import written

_GONE = "There is no such segment any more."
_MOST_HINTS = 4
_LOOKED_AT, _LISTED = 500_000, 50  # customers and values that a suggestion looks at: beyond, it cannot say "nobody"


def of_segment(text: str, slug: str | None) -> dict[str, Any]:
    """For a segment, compared with the saved one where there is one; or its fault; or that nothing is written."""
    return _told(text, slug, ())


def of_stage(text: str, slug: str | None) -> dict[str, Any]:
    """The same for a stage, in which nobody is who meets the rule of one before it. A new one is the last."""
    before = []
    for stage in segments.stages():
        if stage.slug == slug:
            break
        before.append(stage.own)
    return {**_told(text, slug, before), "stage": True}


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
        "hints": list(islice(_hints(parse(rule)), _MOST_HINTS)),
        "heavy": heavy(tree_of(parse(rule))),
    }


def _hints(tree: Node) -> Iterator[str]:
    """Names in a rule that nothing here has: a slip of the pen would else look like nobody, or like everybody."""
    named = {event for leaf in said(tree) if (event := getattr(leaf, "event", None)) is not None}
    if named:
        there = {one.value for one in _suggested("events", About())}
        yield from (f"Nothing called “{event}” has ever happened." for event in sorted(named - there))
    if customers.total() > _LOOKED_AT:
        return
    for leaf in said(tree):
        if isinstance(leaf, Attribute) and leaf.comparison.op in {Op.IS, Op.IN} and leaf.field in editing.SHARED:
            for value in leaf.comparison.values:
                yield from _unheard_of(leaf.field, str(value.raw))


def _unheard_of(field: str, value: str) -> Iterator[str]:
    known = [one.value for one in _suggested("attribute_values", About(attribute=field, text=value))]
    if value not in known and len(known) < _LISTED:
        like = next((each for each in known if each.casefold() == value.casefold()), "")
        yield f"Nobody has the {field} “{value}”" + (f": did you mean “{like}”?" if like else ".")


def _suggested(kind: str, about: About) -> list[editing.Suggestion]:
    return editing.suggest(kind, about, now=CLOCK.now(), tables=TABLES, folder=FOLDER)

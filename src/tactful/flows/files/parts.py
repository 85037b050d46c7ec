"""What can be kept as a file: topics, the lifecycle, segments, templates, journeys, the house's restraint.

Each kind says what it is now, reads what a file wants, and saves it.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Any

from tactful.decisions import queries as decisions_now
from tactful.decisions import services as decisions
from tactful.decisions.domain.facts import PERIODS, CapRule, Guards
from tactful.decisions.services import CONTACTS
from tactful.flows import launching
from tactful.flows.files import stages, texts, topics
from tactful.journeys import queries as journeys_now
from tactful.journeys import services as journeys
from tactful.journeys.domain.definition import BEST, CHANNELS
from tactful.journeys.domain.fields import Fields
from tactful.journeys.domain.parsing import CATEGORIES
from tactful.journeys.domain.parsing import parse as parse_journey
from tactful.journeys.domain.writing import in_order
from tactful.kernel.errors import InvalidInput
from tactful.kernel.time import QuietHours
from tactful.segments import queries as segments_now
from tactful.segments import services as segments
from tactful.segments.domain.tree import parse as parse_rule
from tactful.segments.domain.writing import to_json

SEGMENT, TEMPLATE, JOURNEY, RESTRAINT = "segment", "template", "journey", "restraint"
TOPICS, LIFECYCLE = topics.TOPICS, stages.LIFECYCLE
ALONE = (TOPICS, LIFECYCLE, RESTRAINT)  # one of each, in a file of its name
_ARCHIVED = "archived"
_MOST = 10**9
_CAPPED = (*(channel for channel in CHANNELS if channel != BEST), *CONTACTS.values())

Data = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Part:
    """One thing as a file wants it. `file` names the file in messages."""

    kind: str
    slug: str
    file: str
    data: Data


@dataclass(frozen=True, slots=True)
class Kind:
    """`now`: everything of the kind by slug. `read`: what a file says, in one spelling; InvalidInput with the path.
    `save` writes one."""

    now: Callable[[], dict[str, Data]]
    read: Callable[[Data], Data]
    save: Callable[[str, Data, datetime, str], object]


def _segments() -> dict[str, Data]:
    return {
        row.slug: {"name": row.name, "goal": row.goal, "action": row.action, "rule": _rule(row.definition)}
        for row in segments_now.segments()
        if row.position is None
    }


def _rule(definition: object) -> object:
    """In the one spelling; a rule that cannot be read any more as it is."""
    try:
        return to_json(parse_rule(definition))
    except InvalidInput:
        return definition


def _read_segment(data: Data) -> Data:
    fields = Fields({name: value for name, value in data.items() if name != "slug"}, "")
    found: Data = {"name": fields.text("name"), "goal": fields.text("goal", default="")}
    found["action"] = fields.text("action", default="")
    try:
        found["rule"] = to_json(parse_rule(fields.take("rule")))
    except InvalidInput as fault:
        raise InvalidInput(f"rule: {fault.message}") from None
    fields.finish()
    return found


def _save_segment(slug: str, data: Data, now: datetime, by: str) -> object:
    if any(stage.slug == slug for stage in segments_now.stages()):
        raise InvalidInput(f"{slug!r} is a stage of the lifecycle, which is changed on its own screen")
    rest = {name: data[name] for name in ("name", "goal", "action")}
    return segments.save(slug=slug, definition=data["rule"], now=now, by=by, **rest)


def _journeys() -> dict[str, Data]:
    return {row.slug: in_order(row.source) for row in journeys_now.journeys() if row.status != _ARCHIVED}


def _read_journey(data: Data) -> Data:
    parse_journey(data)
    return in_order(json.loads(json.dumps(data, default=str)))


def _save_journey(slug: str, data: Data, now: datetime, by: str) -> object:
    if any(row.slug == slug and row.status == _ARCHIVED for row in journeys_now.names()):
        journeys.bring_back(slug, now=now)
    return launching.save(data, by=by, now=now)


def _restraint() -> dict[str, Data]:
    quiet = decisions_now.quiet_hours()
    return {
        RESTRAINT: {
            "caps": [_cap(cap) for cap in sorted(decisions_now.caps(), key=_shortest)],
            "quiet_hours": {"start": f"{quiet.start:%H:%M}", "end": f"{quiet.end:%H:%M}"},
            "guards": asdict(decisions_now.guards()),
        }
    }


def _cap(cap: CapRule) -> Data:
    """What is empty means all together, and is not said."""
    return {name: value for name, value in asdict(cap).items() if value != ""}


def _read_restraint(data: Data) -> Data:
    fields = Fields(data, "")
    caps = sorted(
        (_read_cap(one, f"caps[{place}]") for place, one in enumerate(fields.items("caps"))), key=_shortest
    )
    inner = Fields(fields.take("quiet_hours"), "quiet_hours")
    ends = {name: inner.clock(name) for name in ("start", "end")}
    for name, moment in ends.items():
        if moment is None:
            inner.fail(name, "is required, as in '21:00'")
    inner.finish()
    guards = _read_guards(fields.mapping("guards"))
    fields.finish()
    return {
        "caps": [_cap(cap) for cap in sorted(caps, key=_shortest)],
        "quiet_hours": {name: f"{moment:%H:%M}" for name, moment in ends.items()},
        "guards": asdict(guards),
    }


def _read_guards(data: Data) -> Guards:
    """What a file does not name is as it comes."""
    fields, usual = Fields(data, "guards"), asdict(Guards())
    said = {
        name: fields.flag(name) if isinstance(value, bool) else int(fields.number(name, low=0, high=_MOST))
        for name, value in usual.items()
        if name in fields
    }
    fields.finish()
    return Guards(**{**usual, **said})


def _read_cap(data: object, path: str) -> CapRule:
    fields = Fields(data, path)
    words = ("channel", "category", "topic", "period")
    cap = CapRule(
        count=int(fields.number("count", low=0, high=1000)),
        days=int(fields.number("days", low=1, high=366)),
        **{name: fields.text(name, default="") for name in words},
    )
    for name, known in (("channel", _CAPPED), ("category", CATEGORIES), ("period", tuple(PERIODS))):
        said = getattr(cap, name)
        if said and said not in known:
            fields.fail(name, f"must be one of {', '.join(known)}, not {said!r}: such a cap would never count")
    fields.finish()
    return cap


def _shortest(cap: CapRule) -> tuple[int, str, str, str, str]:
    return cap.window


def _save_restraint(_slug: str, data: Data, _now: datetime, _by: str) -> object:
    decisions.save_caps([_read_cap(one, "caps") for one in data["caps"]])
    inner = Fields(data["quiet_hours"], "quiet_hours")
    start, end = inner.clock("start"), inner.clock("end")
    if start and end:
        decisions.save_quiet_hours(QuietHours(start, end))
    decisions.save_guards(Guards(**data["guards"]))
    return None


# In the order in which they are saved: what others name comes first.
KINDS: Mapping[str, Kind] = MappingProxyType(
    {
        TOPICS: Kind(topics.now, topics.read, topics.save),
        LIFECYCLE: Kind(stages.lifecycle, stages.read, stages.save),
        SEGMENT: Kind(_segments, _read_segment, _save_segment),
        TEMPLATE: Kind(texts.templates, texts.read, texts.save),
        JOURNEY: Kind(_journeys, _read_journey, _save_journey),
        RESTRAINT: Kind(_restraint, _read_restraint, _save_restraint),
    }
)

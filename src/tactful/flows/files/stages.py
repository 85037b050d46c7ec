"""The stages of the lifecycle as a file: all of them in their order."""

from datetime import datetime
from typing import Any

from tactful.journeys.domain.fields import Fields
from tactful.kernel.errors import InvalidInput
from tactful.segments import queries as segments_now
from tactful.segments import services as segments
from tactful.segments.domain.tree import parse
from tactful.segments.domain.writing import to_json

LIFECYCLE = "lifecycle"
_WORDS = ("slug", "name", "goal", "action")

Data = dict[str, Any]


def lifecycle() -> dict[str, Data]:
    rows = [_stage(row) for row in segments_now.stages()]
    return {LIFECYCLE: {"stages": rows}} if rows else {}


def _stage(row: segments_now.SegmentRow) -> Data:
    return {**{name: getattr(row, name) for name in _WORDS}, "rule": to_json(row.own)}


def read(data: Data) -> Data:
    """Raises InvalidInput with the path."""
    fields = Fields(data, "")
    stages = [_read(one, f"stages[{place}]") for place, one in enumerate(fields.items("stages"))]
    fields.finish()
    slugs = [stage["slug"] for stage in stages]
    if not stages:
        raise InvalidInput("stages: a lifecycle needs at least one")
    if twice := {slug for slug in slugs if slugs.count(slug) > 1}:
        raise InvalidInput(f"stages: {', '.join(sorted(twice))} stands there twice")
    return {"stages": stages}


def _read(data: object, path: str) -> Data:
    fields = Fields(data, path)
    found: Data = {name: fields.text(name) for name in ("slug", "name")}
    found |= {name: fields.text(name, default="") for name in ("goal", "action")}
    try:
        found["rule"] = to_json(parse(fields.take("rule")))
    except InvalidInput as fault:
        raise InvalidInput(f"{path}.rule: {fault.message}") from None
    fields.finish()
    return found


def save(_slug: str, data: Data, now: datetime, by: str) -> object:
    """Write what differs, and put the stages into the order of the file. Files never remove: that is refused."""
    here = {stage["slug"]: stage for stage in lifecycle().get(LIFECYCLE, {"stages": ()})["stages"]}
    slugs = [stage["slug"] for stage in data["stages"]]
    if left := [slug for slug in here if slug not in slugs]:
        raise InvalidInput(
            f"stages: the file lacks {', '.join(left)}: write them into it, or remove them on the screen of the"
            " lifecycle, which says where their customers would go"
        )
    for stage in data["stages"]:
        if stage != here.get(stage["slug"]):
            words = {name: stage[name] for name in _WORDS}
            segments.save_stage(definition=stage["rule"], now=now, by=by, **words)
    segments.arrange_stages(slugs)
    return None

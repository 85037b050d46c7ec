"""A plan from files: what would be new, what would change and how. Then the act, all or nothing."""

import difflib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction

from tactful.flows import topic_care
from tactful.flows.files import topics
from tactful.flows.files.parts import JOURNEY, KINDS, SEGMENT, TOPICS, Data, Part
from tactful.journeys.domain.lint_ways import segments_named
from tactful.journeys.domain.parsing import parse
from tactful.kernel.errors import Conflict, InvalidInput, TactfulError
from tactful.kernel.texts import counted
from tactful.segments.services.editing import named_in

CREATE, CHANGE, SAME, KEPT = "create", "change", "same", "kept"
_ABSENT = "(nothing)"


@dataclass(frozen=True, slots=True)
class Field:
    """What changes at one path. Both are text as a person reads it."""

    path: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Change:
    """What becomes of one thing. `kept`: it is here and in none of the files; files never remove."""

    kind: str
    slug: str
    file: str
    act: str
    fields: tuple[Field, ...] = ()


@dataclass(frozen=True, slots=True)
class Plan:
    """Changes in the order in which they are made."""

    changes: tuple[Change, ...]

    @property
    def to_do(self) -> tuple[Change, ...]:
        return tuple(change for change in self.changes if change.act in {CREATE, CHANGE})


def plan(parts: Sequence[Part], *, now: datetime) -> Plan:
    """What applying would do. It is tried and taken back: what would fail, fails here, with file and path."""
    with transaction.atomic():
        found = _carried_out(parts, now=now, by="")
        transaction.set_rollback(True)
    return found


@transaction.atomic
def apply(parts: Sequence[Part], *, seen: Plan, now: datetime, by: str) -> Plan:
    """Do what the plan said, all or nothing. New journeys are drafts; changed ones have a new version.

    Raises InvalidInput with file and path, and Conflict where something changed since the plan was seen.
    """
    done = _carried_out(parts, now=now, by=by)
    if done != seen:
        raise Conflict("something was changed while you looked at the plan: make a new one")
    return done


def _carried_out(parts: Sequence[Part], *, now: datetime, by: str) -> Plan:
    present = {kind: KINDS[kind].now() for kind in dict.fromkeys(part.kind for part in parts)}
    changes = [_change(part, present[part.kind].get(part.slug)) for part in _in_order(parts)]
    wanted = {change.file for change in changes if change.act != SAME}
    for part in _in_order(parts):
        _references(part, parts, present)
        if part.file in wanted:
            try:
                KINDS[part.kind].save(part.slug, part.data, now, by)
            except TactfulError as fault:
                raise InvalidInput(f"{part.file}: {fault.message}") from None
    _still_needed(parts)
    return Plan((*changes, *_left(parts, present)))


def _still_needed(parts: Sequence[Part]) -> None:
    """A topic is retired together with the files that take it out of the journeys: only then is it not needed."""
    for part in parts:
        if part.kind == TOPICS:
            try:
                topic_care.refuse_needed(topics.retired_by(part.data))
            except Conflict as fault:
                raise InvalidInput(f"{part.file}: {fault.message}") from None


def _in_order(parts: Sequence[Part]) -> list[Part]:
    """By kind; segments behind those that their rules name."""
    ordered: list[Part] = []
    waiting = [part for part in parts if part.kind == SEGMENT]
    while waiting:
        slugs = {part.slug for part in waiting}
        ready = [part for part in waiting if not named_in(part.data["rule"]) & (slugs - {part.slug})] or waiting
        ordered += sorted(ready, key=lambda part: part.slug)
        waiting = [part for part in waiting if part not in ready]
    rest = [part for kind in KINDS for part in parts if part.kind == kind != SEGMENT]
    return ordered + rest


def _references(part: Part, parts: Sequence[Part], present: Mapping[str, dict[str, Data]]) -> None:
    """A journey may name segments that are here or come along; others would stop it at the first customer."""
    if part.kind != JOURNEY:
        return
    known = present.get(SEGMENT) or KINDS[SEGMENT].now()
    coming = {other.slug for other in parts if other.kind == SEGMENT}
    for where, slug in segments_named(parse(part.data)):
        if slug not in known and slug not in coming:
            raise InvalidInput(
                f"{part.file}: {where} names the segment {slug!r}, which is neither here nor in the files"
            )


def _change(part: Part, before: Data | None) -> Change:
    if before is None:
        return Change(part.kind, part.slug, part.file, CREATE)
    fields = tuple(_differences(before, part.data, ""))
    return Change(part.kind, part.slug, part.file, CHANGE if fields else SAME, fields)


def _left(parts: Sequence[Part], present: Mapping[str, dict[str, Data]]) -> Iterator[Change]:
    """Only where a whole folder was given does it mean anything that something is not in it."""
    if len(parts) < 2:
        return
    named = {(part.kind, part.slug) for part in parts}
    for kind, rows in present.items():
        yield from (Change(kind, slug, "", KEPT) for slug in sorted(rows) if (kind, slug) not in named)


def _differences(before: Any, after: Any, path: str) -> Iterator[Field]:
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        for name in dict.fromkeys([*after, *before]):
            inner = f"{path}.{name}" if path else str(name)
            yield from _differences(before.get(name, _ABSENT), after.get(name, _ABSENT), inner)
    elif isinstance(before, list) and isinstance(after, list):
        for place in range(max(len(before), len(after))):
            old, new = (some[place] if place < len(some) else _ABSENT for some in (before, after))
            yield from _differences(old, new, f"{path}[{place}]")
    elif before != after or isinstance(before, bool) != isinstance(after, bool):
        yield _field(path, before, after)


def _field(path: str, before: Any, after: Any) -> Field:
    if isinstance(before, str) and isinstance(after, str) and "\n" in before + after:
        lines = list(difflib.ndiff(before.splitlines(), after.splitlines()))
        count = {sign: sum(line.startswith(sign) for line in lines) for sign in "-+"}
        return Field(path, counted(count["-"], "line"), counted(count["+"], "line"))
    return Field(path, _said(before), _said(after))


def _said(value: Any) -> str:
    return "nothing" if value is None else str(value)

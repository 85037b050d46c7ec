"""Versions of a journey: which runs are on which, what changed between two, and moving runs to the current one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from tactful.content import queries as content
from tactful.journeys import queries as journeys
from tactful.journeys import versions
from tactful.journeys.domain.moving import LEAVE, Landing
from tactful.journeys.queries import VersionRow
from tactful.kernel.errors import NotFound, TactfulError
from tactful.web import journey_compare, words
from tactful.web.access import EDITORS, may, staff
from tactful.web.acting import note
from tactful.web.journey_compare import Line
from tactful.web.pages import CLOCK, page

_TO = "to:"
_LEAVES = "(leave)"


@dataclass(frozen=True, slots=True)
class Moving:
    """A step of older versions where customers stand, and where they would go on. An empty `target`: unknown."""

    step: str
    runs: int
    versions: str
    target: str
    same: bool


@staff()
def listing(request: HttpRequest, slug: str) -> HttpResponse:
    """All versions; `?old=` and `?new=` are set side by side (by default the last change)."""
    rows = journeys.versions(slug)
    if not rows:
        raise Http404
    current = rows[0]
    old, new = (_asked(request, name, rows, place) for name, place in (("old", 1), ("new", 0)))
    found = journeys.landings(slug, {}) if current.definition else {}
    journey = journeys.journey(slug).summary
    context = {
        "journey": journey,
        "rows": rows,
        "old": old,
        "new": new,
        "lines": _lines(old, new),
        "moving": _moving(found),
        "to_move": sum(one.runs for landings in found.values() for one in landings),
        "steps": sorted(current.definition.steps) if current.definition else [],
        "leaves": _LEAVES,
        "may_edit": may(request, *EDITORS),
    }
    return page(request, "web/journey_versions.html", context, title=f"Versions of {journey.name}")


@staff(*EDITORS)
@require_POST
def move(request: HttpRequest, slug: str) -> HttpResponse:
    """Puts running customers on the current version, where the form says."""
    chosen = {
        name.removeprefix(_TO): LEAVE if value == _LEAVES else str(value)
        for name, value in request.POST.items()
        if name.startswith(_TO) and value
    }
    try:
        count = versions.move_runs(slug, chosen, now=CLOCK.now())
    except NotFound:
        raise Http404 from None
    except TactfulError as fault:
        messages.error(request, fault.message)
    else:
        note(request, "journey runs moved", slug, {"runs": count})
        messages.success(request, f"{words.count_of(count, 'run')} moved to the current version.")
    return redirect("journey-versions", slug)


def _asked(request: HttpRequest, name: str, rows: Sequence[VersionRow], place: int) -> VersionRow | None:
    text = request.GET.get(name, "")
    if text.isdecimal():
        return next((row for row in rows if row.number == int(text)), None)
    return rows[place] if len(rows) > place else None


def _lines(old: VersionRow | None, new: VersionRow | None) -> list[Line]:
    if old is None or new is None or old.definition is None or new.definition is None:
        return []
    return journey_compare.compare(
        old.definition, new.definition, {row.slug: row.name for row in content.templates()}
    )


def _moving(found: Mapping[int, Sequence[Landing]]) -> list[Moving]:
    """One line for each step, whatever the versions in which customers stand there."""
    by_step: dict[str, list[tuple[int, Landing]]] = {}
    for number, landings in found.items():
        for landing in landings:
            by_step.setdefault(landing.step, []).append((number, landing))
    return [
        Moving(
            step=step,
            runs=sum(landing.runs for _, landing in pairs),
            versions=", ".join(str(number) for number, _ in pairs),
            target=pairs[0][1].target or "",
            same=all(landing.same for _, landing in pairs),
        )
        for step, pairs in by_step.items()
    ]

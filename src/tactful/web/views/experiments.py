"""Texts under test: all of them, and one with its arms, its course and the customers behind each number."""

from typing import Any

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect

from tactful.analytics import trials
from tactful.customers import queries as customers
from tactful.experiments import queries, services
from tactful.experiments.domain.values import Status
from tactful.experiments.records import ExperimentFacts
from tactful.flows.nightly import FOLDER
from tactful.journeys import queries as journeys
from tactful.kernel.errors import NotFound
from tactful.kernel.time import zone_or
from tactful.lake.engine import reading
from tactful.web import trial_words, words
from tactful.web.access import EDITORS, staff
from tactful.web.acting import carry_out
from tactful.web.pages import CLOCK, page, reader
from tactful.web.paging import SIZE, Pager, page_number

_GROUPS = {"all": "All", "running": "Running", "over": "Over"}
_BEHIND = {
    "assigned": "drew this text",
    "sent": "were sent this text",
    "counted": "were sent this text and have had their days",
    "did": "did what is counted",
}


class EndForm(forms.Form):
    """Which text goes on, and why. An empty text stops the test: the first goes on."""

    arm = forms.ChoiceField(label="Text that goes on", required=False)
    reason = forms.CharField(label="Why?", required=False, max_length=500, widget=forms.Textarea(attrs={"rows": 2}))

    def __init__(self, data: Any, *, arms: list[str]) -> None:
        super().__init__(data)
        choices = [("", "None: stop the test, the first text goes on"), *((name, name) for name in arms)]
        self.fields["arm"] = forms.ChoiceField(label="Text that goes on", required=False, choices=choices)


@staff()
def listing(request: HttpRequest) -> HttpResponse:
    group = request.GET.get("state", "all")
    group = group if group in _GROUPS else "all"
    text, number = request.GET.get("q", "").strip(), page_number(request)
    names = {row.id: row for row in journeys.names()}
    found = [one for one in queries.experiments() if _fits(one, group) and _named(one, names, text)]
    if request.GET.get("sort") == "journey":
        found.sort(key=lambda one: names[one.journey_id].name if one.journey_id in names else "")
    shown = found[(number - 1) * SIZE : number * SIZE]
    assigned = queries.assigned([one.id for one in shown])
    rows = [
        (one, names.get(one.journey_id), sum(assigned.get(one.id, {}).values()), trial_words.verdict(one))
        for one in shown
    ]
    context = {
        "rows": rows,
        "groups": _GROUPS,
        "group": group,
        "text": text,
        "statuses": trial_words.STATUSES,
        "pages": Pager(number, len(shown), len(found)),
        "filtered": bool(text) or group != "all",
    }
    return page(request, "web/experiments.html", context, title="Experiments")


@staff()
def one(request: HttpRequest, experiment_id: int) -> HttpResponse:
    found, who = _found(experiment_id), reader()
    assigned = queries.assigned([found.id]).get(found.id, {})
    zone = zone_or(None, who.zone)
    looks = [(words.stamp(look.at, zone), look.evidence) for look in queries.looks(found.id)]
    context = _around(found) | {
        "form": EndForm(None, arms=list(found.shares)),
        "rows": trial_words.arms(found, assigned, who.currency),
        "pairs": trial_words.pairs(found, who.currency),
        "chart": trial_words.course(found, looks, who.currency),
        "doubt": found.evidence.get("doubt"),
        "status": trial_words.STATUSES[found.status],
        "verdict": trial_words.verdict(found),
        "metric": trial_words.metric(found.design.metric),
        "guard_days": trials.GUARD_DAYS,
        "running": found.status is Status.RUNNING,
    }
    return page(request, "web/experiment.html", context, title=f"Experiment: {found.step}")


@staff(*EDITORS)
def end(request: HttpRequest, experiment_id: int) -> HttpResponse:
    """Stop it, or choose a text, by hand and with a reason."""
    found = _found(experiment_id)
    form = EndForm(request.POST or None, arms=list(found.shares))

    def act(data: dict[str, Any]) -> None:
        if data["arm"]:
            services.choose(found.id, data["arm"], reason=data["reason"], now=CLOCK.now())
        else:
            services.stop(found.id, reason=data["reason"], now=CLOCK.now())

    done = f"The test of {found.step} is over."
    if request.method == "POST" and carry_out(request, form, act, action="experiment ended", done=done):
        return redirect("experiment", found.id)
    context = _around(found) | {"form": form}
    return page(
        request, "web/experiment_end.html", context, title="End the test", status=422 if form.errors else 200
    )


@staff()
def behind(request: HttpRequest, experiment_id: int) -> HttpResponse:
    """The customers behind one number of an arm."""
    found, who, number = _found(experiment_id), reader(), page_number(request)
    arm, of = request.GET.get("arm", ""), request.GET.get("of", "assigned")
    if arm not in found.design.names or of not in _BEHIND:
        raise Http404
    if of == "assigned":
        ids = queries.drew(found.id, arm)
    else:
        with reading(trials.TABLES, folder=FOLDER) as lake:
            ids = trials.people(lake, found, arm=arm, of=of, now=who.now, currency=who.currency)
    shown = ids[(number - 1) * SIZE : number * SIZE]
    people = customers.cards(shown)
    context = _around(found) | {
        "people": [people[each] for each in shown if each in people],
        "arm": arm,
        "of": _BEHIND[of],
        "pages": Pager(number, len(shown), len(ids)),
    }
    return page(request, "web/experiment_behind.html", context, title=f"“{arm}”: customers")


def _around(found: ExperimentFacts) -> dict[str, Any]:
    journey = next((row for row in journeys.names() if row.id == found.journey_id), None)
    return {"experiment": found, "journey": journey}


def _found(experiment_id: int) -> ExperimentFacts:
    try:
        return queries.experiment(experiment_id)
    except NotFound:
        raise Http404 from None


def _fits(found: ExperimentFacts, group: str) -> bool:
    return group == "all" or (found.status is Status.RUNNING) == (group == "running")


def _named(found: ExperimentFacts, names: dict[int, journeys.Named], text: str) -> bool:
    journey = names.get(found.journey_id)
    return text.casefold() in f"{journey.name if journey else ''} {found.step}".casefold()

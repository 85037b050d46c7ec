"""Sender health: how mail is received, what the brakes hold, and letting go of one."""

from datetime import date, timedelta

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_POST

from tactful.customers import queries as customers
from tactful.delivery import health
from tactful.delivery.domain.health import LEAST, LIMITS, Measure
from tactful.delivery.health import Standing, Stream, Tally
from tactful.kernel.errors import TactfulError
from tactful.web import words
from tactful.web.access import ADMIN, EDITORS, may, staff
from tactful.web.acting import actor
from tactful.web.charts import Chart, Series
from tactful.web.pages import CLOCK, page, reader
from tactful.web.paging import id_asked

_DAYS = 30
_SIZE = 50
_WORDS = {
    Measure.BOUNCE: ("Bounced", "bounced"),
    Measure.COMPLAINT: ("Marked as spam", "were marked as spam"),
    Measure.REFUSAL: ("Refused by policy", "were refused by policy"),
}


class ResumeForm(forms.Form):
    note = forms.CharField(
        label="What was done",
        max_length=300,
        error_messages={"required": "Say in a few words what was done: the next person will want to know."},
    )


@staff()
def listing(request: HttpRequest) -> HttpResponse:
    return _show(request, {}, status=200)


@staff(*EDITORS)
@require_POST
def resume(request: HttpRequest, brake_id: int) -> HttpResponse:
    form = _form(brake_id, request.POST)
    if not form.is_valid():
        return _show(request, {brake_id: form}, status=422)
    try:
        brake = health.resume(brake_id, by=actor(request), note=form.cleaned_data["note"], now=CLOCK.now())
    except TactfulError as fault:
        messages.error(request, f"{fault.message}.")
    else:
        messages.success(request, f"Marketing from {brake.stream} goes on; it is measured anew from now.")
    return redirect("settings-health")


@staff()
def behind(request: HttpRequest) -> HttpResponse:
    """The messages and customers behind a share of the last days."""
    stream = _asked(request.GET.get("stream", ""))
    what = request.GET.get("what", "")
    if stream is None or what not in set(Measure):
        raise Http404
    since = reader().now - timedelta(days=_DAYS)
    rows = health.behind(stream, Measure(what), since=since, before=id_asked(request, "before"), limit=_SIZE + 1)
    shown = rows[:_SIZE]
    context = {
        "rows": shown,
        "next": shown[-1].id if len(rows) > _SIZE else None,
        "people": customers.cards({row.customer_id for row in shown}),
        "stream": stream,
        "what": _WORDS[Measure(what)][1],
        "days": _DAYS,
    }
    return page(request, "web/health_behind.html", context, title=_WORDS[Measure(what)][0])


def _form(brake_id: int, posted: QueryDict | None = None) -> ResumeForm:
    """Several may stand on the page, each with ids of its own."""
    return ResumeForm(posted, auto_id=f"brake-{brake_id}-%s")


def _show(request: HttpRequest, failed: dict[int, ResumeForm], *, status: int) -> HttpResponse:
    who = reader()
    found = health.standings(who.now)
    brakes = [one.brake.id for one in found if one.brake]
    asked = _asked(request.GET.get("stream", ""))
    chosen = next((one.stream for one in found if one.stream == asked), found[0].stream if found else None)
    since = who.now - timedelta(days=_DAYS)
    context = {
        "tab": "health",
        "may_edit": may(request, ADMIN),
        "may_resume": may(request, *EDITORS),
        "forms": {number: failed.get(number) or _form(number) for number in brakes},
        "standings": [(one, _code(one.stream), _table(one)) for one in found],
        "chosen": chosen,
        "code": _code(chosen) if chosen else "",
        "charts": _charts(health.days(chosen, since=since, zone=who.zone)) if chosen else [],
        "receivers": health.receivers(chosen, since=since) if chosen else [],
        "history": health.history(),
        "limits": [
            (_WORDS[measure][0], limit.warn / 10_000, limit.pause / 10_000) for measure, limit in LIMITS.items()
        ],
        "least": LEAST,
        "days": _DAYS,
    }
    return page(request, "web/settings_health.html", context, title="Settings", status=status)


def _table(standing: Standing) -> list[tuple[str, str, list[object]]]:
    """A row for each share: its name, the address of what is behind it, and the findings of the windows. Refusals
    have one window of their own."""
    address, code = reverse("health-behind"), _code(standing.stream)
    rows = []
    for place, measure in enumerate(Measure):
        findings: list[object] = [window[place] for window in standing.findings]
        shown = findings[:1] if measure is Measure.REFUSAL else findings
        rows.append((_WORDS[measure][0], f"{address}?stream={code}&what={measure.value}", shown))
    return rows


def _charts(days: list[tuple[date, Tally]]) -> list[Chart]:
    """One for each share: complaints would lie flat on the scale of bounces."""
    labels = [words.short_day(day) for day, _ in days]
    courses = [
        (Measure.BOUNCE, "bounced", [tally.bounced / tally.mails for _, tally in days]),
        (Measure.COMPLAINT, "marked as spam", [tally.complained / tally.mails for _, tally in days]),
    ]
    return [
        Chart(
            f"health-{measure.value}",
            f"Share {name}",
            "line",
            labels,
            [Series(name, course)],
            unit="share",
            limit=LIMITS[measure].pause / 10_000,
        )
        for measure, name, course in courses
        if days
    ]


def _code(stream: Stream) -> str:
    return f"{stream.provider}:{stream.domain}"


def _asked(text: str) -> Stream | None:
    provider, found, domain = text.partition(":")
    return Stream(provider, domain) if found and provider else None

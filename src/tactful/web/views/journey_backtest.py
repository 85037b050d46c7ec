"""A journey tried on the base's own past: asked, watched, read."""

from datetime import datetime, timedelta
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect

from tactful.customers import queries as customers
from tactful.journeys import queries as journeys
from tactful.journeys.queries import Summary
from tactful.kernel.errors import InvalidInput, NotFound
from tactful.kernel.time import zone
from tactful.web import backtests, verdicts, words
from tactful.web.access import EDITORS, may, staff
from tactful.web.acting import note
from tactful.web.backtests import PeriodForm
from tactful.web.charts import Chart, Series
from tactful.web.pages import page, reader

_PERIOD = timedelta(days=365)
_WORDS = {"entered": "entered", "decided": "message", "task": "task for staff", "ended": "ended"}


@staff()
def one(request: HttpRequest, slug: str) -> HttpResponse:
    """The latest backtest of a journey, and the question for the next."""
    summary = _found(slug)
    form = PeriodForm(request.POST if request.method == "POST" else None, initial=_period())
    if request.method == "POST" and may(request, *EDITORS) and _begun(request, form, summary):
        return redirect("journey-backtest", slug)
    work = backtests.latest(slug)
    found = work.result if work and work.state == "done" else None
    context: dict[str, Any] = {
        "journey": summary,
        "form": form,
        "work": work,
        "found": found,
        "may_edit": may(request, *EDITORS),
    }
    if found:
        context |= _shown(found)
    return page(request, "web/journey_backtest.html", context, title=f"Backtest: {summary.name}")


def _begun(request: HttpRequest, form: PeriodForm, summary: Summary) -> bool:
    """Whether the form makes sense and a backtest runs now; what is wrong stands in the form."""
    if summary.definition is None:
        form.add_error(None, "The definition of this journey cannot be read any more.")
    elif form.is_valid():
        try:
            backtests.start(form.asked(summary.definition, summary.id, reader().zone))
        except InvalidInput as fault:
            form.add_error(None, f"{fault.message[:1].upper()}{fault.message[1:]}.")
        else:
            note(request, "journey backtest", summary.slug)
            messages.success(request, "The backtest runs. Nothing is sent and nothing is changed by it.")
            return True
    return False


def _shown(found: dict[str, Any]) -> dict[str, Any]:
    pressure = found["pressure"]
    ids = [int(customer_id) for customer_id in found["stories"]]
    people = customers.cards(ids)
    return {
        "since": _moment(found["since"]),
        "last": _moment(found["until"]) - timedelta(seconds=1),
        "each_before": words.number(pressure["before"] / max(1, pressure["customers"]), 2),
        "each_after": words.number(pressure["after"] / max(1, pressure["customers"]), 2),
        "chart": _chart(found),
        "messages": [(each, verdicts.reason(each["reason"]).label) for each in found["messages"]],
        "busy": [(verdicts.look(verdict).word, count) for verdict, count in pressure["busy"].items()],
        "touches": pressure["histogram"],
        "stories": [
            (people.get(int(customer_id)), int(customer_id), [_line(each) for each in story])
            for customer_id, story in found["stories"].items()
        ],
    }


def _line(happening: dict[str, Any]) -> dict[str, Any]:
    said = [word for word in happening["said"] if word]
    if happening["what"] == "decided":
        verdict, reason = said
        said = [verdicts.look(verdict).word, verdicts.reason(reason).label]
    return {
        "at": _moment(happening["at"]),
        "what": _WORDS[happening["what"]],
        "step": happening["step"],
        "said": ", ".join(word.replace(":", ": ") for word in said),
    }


def _chart(found: dict[str, Any]) -> Chart | None:
    if len(found["by_day"]) < 2:
        return None
    weekly = len(found["by_day"]) > 92
    days: dict[str, list[int]] = {}
    for each in found["by_day"]:
        day = datetime.fromisoformat(each["day"]).date()
        first = day - timedelta(days=day.weekday()) if weekly else day
        sums = days.setdefault(words.short_day(first) + (f" {first:%y}" if weekly else ""), [0, 0])
        sums[0] += each["entered"]
        sums[1] += each["sent"]
    series = [
        Series("Entered", [entered for entered, _ in days.values()], "b"),
        Series("Sent", [sent for _, sent in days.values()], "a"),
    ]
    heading = "Week of" if weekly else "Day"
    return Chart("backtest", "Entries and messages", "line", list(days), series, heading=heading)


def _period() -> dict[str, Any]:
    who = reader()
    today = who.now.astimezone(zone(who.zone)).date()
    return {"since": today - _PERIOD, "until": today - timedelta(days=1)}


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


def _found(slug: str) -> Summary:
    try:
        return journeys.journey(slug).summary
    except NotFound:
        raise Http404 from None

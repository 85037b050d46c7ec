"""Today: what was said and what was not, what needs a person, how the eight measures move, what is planned."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, timedelta

from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from tactful.customers import queries as customers
from tactful.decisions import queries as decisions
from tactful.delivery import queries as delivery
from tactful.events import queries as events
from tactful.jobs import queries as jobs
from tactful.journeys import queries as journeys
from tactful.kernel.time import start_of_day, zone_or
from tactful.sales import queries as sales
from tactful.web import words
from tactful.web.access import staff
from tactful.web.pages import page, reader
from tactful.web.shell import Reader
from tactful.web.views import decisions as deciding
from tactful.web.views import measures

_AHEAD = 7


@dataclass(frozen=True, slots=True)
class Need:
    """Something that waits for a person."""

    tone: str
    icon: str
    text: str
    url: str


@staff()
def today(request: HttpRequest) -> HttpResponse:
    who = reader()
    everybody = customers.total()
    alone, fatigue = measures.cards(who, days=30) if everybody else ([], [])
    midnight = start_of_day(who.now, zone_or(None, who.zone))
    yesterday = deciding.summary(
        since=start_of_day(midnight - timedelta(hours=12), zone_or(None, who.zone)), until=midnight
    )
    month = midnight - timedelta(days=29)
    context = {
        "everybody": everybody,
        "yesterday": yesterday,
        "week": {} if yesterday["total"] else deciding.summary(since=midnight - timedelta(days=7), until=who.now),
        "needs": _needs(who),
        "cards": alone,
        "fatigue": fatigue,
        "chart": deciding.chart(
            decisions.reason_counts(since=month, until=who.now, zone=who.zone), since=month, who=who
        ),
        "journeys": [row for row in journeys.journeys() if row.status == "active"],
        "planned": _planned(who),
    }
    return page(request, "web/today.html", context, title="Today")


def _needs(who: Reader) -> list[Need]:
    """What a person should look at, the most pressing first."""
    found: list[Need] = []
    sender = delivery.sender()
    if sender.paused:
        waiting = words.count_of(delivery.open_count(), "message")
        found.append(
            Need("held", "player-pause", f"Sending is paused, {waiting} wait", reverse("settings-sending"))
        )
    states = delivery.state_counts(delivery.Filters(since=who.now - timedelta(days=7)))
    for state, said in (("failed", "could not be sent"), ("in_doubt", "may or may not have gone")):
        if states.get(state):
            text = f"{words.count_of(states[state], 'message')} of this week {said}"
            found.append(Need("failed", "alert-triangle", text, f"{reverse('mailbox')}?state={state}"))
    _, due = sales.due_by_tonight(now=who.now, zone_name=who.zone, limit=1)
    if due:
        text = f"{words.count_of(due, 'task')} due by tonight"
        found.append(Need("held", "checklist", text, reverse("tasks")))
    if rejected := events.rejected_count():
        text = f"{words.count_of(rejected, 'event')} turned away at the door"
        found.append(Need("held", "database", text, reverse("data-rejected")))
    faults = [row for row in jobs.periodic() if row.error]
    if faults:
        found.append(
            Need(
                "failed", "clock", f"{faults[0].name.capitalize()} failed the last time", reverse("data-machinery")
            )
        )
    return found + _journey_needs(who)


def _journey_needs(who: Reader) -> list[Need]:
    found = []
    for row in journeys.journeys():
        url = reverse("journey", args=[row.slug])
        if row.definition is None:
            found.append(Need("failed", "route", f"{row.name} cannot be read any more", url))
        elif row.status == "active" and row.definition.review_by and row.definition.review_by < who.now.date():
            found.append(Need("held", "route", f"{row.name} was to be reviewed", url))
    return found


def _planned(who: Reader) -> list[tuple[date, str, int, float]]:
    """Runs that move in the next days: day, its name, how many, and the share of the fullest day."""
    counts: dict[date, int] = defaultdict(int)
    today_here = who.now.astimezone(zone_or(None, who.zone)).date()
    for day, _, count in journeys.planned(who.now + timedelta(days=_AHEAD)):
        counts[max(day, today_here)] += count
    if not counts:
        return []
    days = [today_here + timedelta(days=offset) for offset in range(_AHEAD)]
    most = max(counts.values())
    return [(day, f"{day:%A}", counts[day], counts[day] / most) for day in days]

"""Today: what was said and what was not, what needs a person, how the eight measures move, what is planned."""

from dataclasses import dataclass
from datetime import timedelta

from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from tactful.analytics import planned, uplift
from tactful.analytics.domain.welch import FEW
from tactful.analytics.planned import Day
from tactful.customers import queries as customers
from tactful.decisions import queries as decisions
from tactful.decisions.queries import Filters
from tactful.delivery import health
from tactful.delivery import queries as delivery
from tactful.events import queries as events
from tactful.experiments import queries as experiments
from tactful.flows.nightly import FOLDER
from tactful.jobs import queries as jobs
from tactful.journeys import queries as journeys
from tactful.kernel.time import start_of_day, zone_or
from tactful.lake.engine import reading
from tactful.sales import queries as sales
from tactful.sales import replies
from tactful.web import earned, spans, words
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
    cards = measures.cards(who, days=30) if everybody else measures.Cards([], [], 0)
    midnight = start_of_day(who.now, zone_or(None, who.zone))
    yesterday = deciding.summary(
        since=start_of_day(midnight - timedelta(hours=12), zone_or(None, who.zone)), until=midnight
    )
    month = spans.asked("30", who)
    context = {
        "everybody": everybody,
        "yesterday": yesterday,
        "week": {} if yesterday["total"] else deciding.summary(since=midnight - timedelta(days=7), until=who.now),
        "needs": _needs(who),
        "cards": cards.alone,
        "fatigue": cards.fatigue,
        "left_out": cards.left_out,
        "chart": deciding.chart(
            decisions.reason_counts(Filters(since=month.since, until=month.until), zone=who.zone), month, who
        ),
        "journeys": _earned(who),
        "days_after": uplift.DAYS,
        "few": FEW,
        "planned": _planned(who),
        "caps": [cap for cap in decisions.caps() if cap.is_global],
    }
    return page(request, "web/today.html", context, title="Today")


def _needs(who: Reader) -> list[Need]:
    """What a person should look at, the most pressing first."""
    found: list[Need] = []
    if breaches := decisions.breaches_since(who.now - timedelta(days=7)):
        text = f"{words.count_of(breaches, 'message')} went out against a rule"
        found.append(Need("failed", "scale", text, f"{reverse('decisions')}#audit"))
    sender = delivery.sender()
    if sender.paused:
        waiting = words.count_of(delivery.open_count(), "message")
        found.append(
            Need("held", "player-pause", f"Sending is paused, {waiting} wait", reverse("settings-sending"))
        )
    found += _brake_needs()
    if unread := replies.counts()["unread"]:
        text = f"{words.count_of(unread, 'reply', 'replies')} nobody has read; marketing to them waits"
        found.append(Need("held", "message", text, reverse("replies")))
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


def _brake_needs() -> list[Need]:
    return [
        Need(
            "failed",
            "player-pause",
            f"Marketing from {brake.stream} is paused: {brake.reason}",
            reverse("settings-health"),
        )
        for brake in health.open_brakes()
    ]


def _journey_needs(who: Reader) -> list[Need]:
    found = []
    for row in journeys.journeys():
        url = reverse("journey", args=[row.slug])
        if row.definition is None:
            found.append(Need("failed", "route", f"{row.name} cannot be read any more", url))
        elif row.status == "active" and row.definition.review_by and row.definition.review_by < who.now.date():
            found.append(Need("held", "route", f"{row.name} was to be reviewed", url))
    return found


def _earned(who: Reader) -> list[earned.Earned]:
    """Journeys under way by what they earned beside the holdout, the most first; those not known yet at the end."""
    active = [row for row in journeys.journeys() if row.status == "active"]
    holdout = experiments.holdout()
    if not active or holdout is None:
        return earned.ranked(active, {}, who.currency)
    with reading(uplift.TABLES, folder=FOLDER) as lake:
        found = uplift.uplifts(lake, since=holdout.started_at, until=who.now, currency=who.currency)
    return earned.ranked(active, found, who.currency)


def _planned(who: Reader) -> list[tuple[Day, str, float]]:
    """The next days: each with its name and its share of the fullest day; nothing where nothing is planned."""
    with reading(planned.TABLES, folder=FOLDER) as lake:
        days = planned.planned(lake, now=who.now, days=_AHEAD, caps=decisions.caps(), zone_name=who.zone)
    most = max(day.moves for day in days)
    return [(day, f"{day.day:%A}", day.moves / most) for day in days] if most else []

"""Builds the demo company: simulated people at the door, the real engine behind it, a clock turned by hand."""

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time, timedelta
from pathlib import Path

from django.db import connection, transaction

from tactful.cli.demo import people, shop
from tactful.cli.demo.simulation import Sent, Simulation
from tactful.customers import queries as customers
from tactful.delivery import queries as delivery_now
from tactful.delivery import services as delivery
from tactful.delivery.queries import Filters
from tactful.events import services as events
from tactful.experiments import services as experiments
from tactful.flows import calendar, dispatch, nightly, react, setting_up
from tactful.flows.tables import TABLES
from tactful.journeys import queries as journeys_now
from tactful.journeys import services as journeys
from tactful.kernel.clock import VirtualClock
from tactful.kernel.randomness import generator
from tactful.kernel.time import DAY, HOUR
from tactful.lake import services as lake
from tactful.segments import services as segments
from tactful.team import services as team
from tactful.team.queries import workspace

SOURCE = "api:shop"
HOLDOUT = 0.1
# The engine looks at its inbox at these hours (UTC) of each simulated day; mail goes out then.
HOURS = (8, 17)
# The day of the month on which the lake is brought up to date, so that its tail stays short.
FLUSH_DAYS = (1,)
_WORKER = "demo"
_LOOK_BACK = timedelta(hours=26)


@dataclass(frozen=True, slots=True)
class Plan:
    """Which company: how many people, which days, which seed, where its files go."""

    customers: int
    days: int
    seed: str
    end: datetime
    folder: Path

    @property
    def start(self) -> datetime:
        return self.end - timedelta(days=self.days)


class Company:
    """One run of the simulation against the engine."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._clock = VirtualClock(plan.start - 2 * DAY)
        invented = people.invent(
            plan.customers, start=plan.start, days=plan.days, chance=generator(f"{plan.seed}:people")
        )
        self._simulation = Simulation(invented, seed=plan.seed, end=plan.end)
        self._received: set[str] = set()

    def build(self, *, progress: Callable[[datetime], object]) -> None:
        """Run the whole period. `progress` is told each simulated day."""
        self._set_up()
        self._import_history()
        self._open_for_business()
        day = self._plan.start
        while day < self._plan.end:
            self._live(day)
            progress(day)
            day += DAY
        self._close()

    def _set_up(self) -> None:
        now = self._clock.now()
        with connection.cursor() as cursor:
            # A company that is made anew from its seed need not wait for the disk at each commit.
            cursor.execute("SET synchronous_commit = off")
        setting_up.prepare(now=now)
        team.save_workspace(
            replace(
                workspace(),
                name=shop.NAME,
                zone=shop.ZONE,
                currency=shop.CURRENCY,
                postal_address=shop.ADDRESS,
                colour=shop.COLOUR,
            )
        )
        sender = delivery_now.sender()
        delivery.save_sender(replace(sender, from_name=shop.NAME, from_address="hello@leaf-and-kettle.example.com"))
        experiments.set_holdout(HOLDOUT, now=now, seed=f"{self._plan.seed}:holdout")

    def _import_history(self) -> None:
        """What happened before the period fills the past, and starts nothing."""
        payloads = self._simulation.until(self._plan.start)
        now = self._clock.set(self._plan.start - HOUR)
        with transaction.atomic():
            events.append(((SOURCE, True, payload) for payload in payloads), now=now)
        react.drain(now=now)
        lake.flush(TABLES, folder=nightly.FOLDER, now=now)

    def _open_for_business(self) -> None:
        now = self._clock.set(self._plan.start)
        segments.install_ready(now=now)
        nightly.fill_segments(now)
        journeys.install_ready(now=now)
        for journey in journeys_now.journeys():
            journeys.activate(journey.slug, now=now)

    def _live(self, day: datetime) -> None:
        for hour in HOURS:
            moment = day + hour * HOUR
            payloads = self._simulation.until(moment)
            now = self._clock.set(moment)
            with transaction.atomic():
                events.append(((SOURCE, False, payload) for payload in payloads), now=now)
            self._work()
        segments.write_sizes(self._clock.now())
        if day.day in FLUSH_DAYS:
            lake.flush(TABLES, folder=nightly.FOLDER, now=self._clock.now())

    def _work(self) -> None:
        now = self._clock.now()
        react.drain(now=now)
        calendar.read(now)
        while react.tick(now=now):
            pass
        while dispatch.dispatch(worker=_WORKER, clock=self._clock):
            pass
        self._post()

    def _post(self) -> None:
        """Let the simulated people find the mail that was sent since the last time."""
        page = delivery_now.page(Filters(state="sent", since=self._clock.now() - _LOOK_BACK), limit=100_000)
        fresh = sorted((row for row in page.rows if str(row.key) not in self._received), key=lambda row: row.id)
        if not fresh:
            return
        names = {journey.id: journey.slug for journey in journeys_now.journeys()}
        known = customers.external_ids({row.customer_id for row in fresh})
        self._received |= {str(row.key) for row in fresh}
        self._simulation.receive([
            Sent(
                message_key=str(row.key),
                external_id=known.get(row.customer_id, ""),
                journey=names.get(row.journey_id or 0, ""),
                topic=row.topic,
                template=row.template,
                at=row.sent_at or self._clock.now(),
            )
            for row in fresh
        ])  # fmt: skip

    def _close(self) -> None:
        now = self._clock.now()
        react.drain(now=now)
        lake.flush(TABLES, folder=nightly.FOLDER, now=now)
        lake.compact(TABLES, folder=nightly.FOLDER, now=now)
        truth = self._simulation.truth.as_json()
        document = {"seed": self._plan.seed, "customers": self._plan.customers, "days": self._plan.days, **truth}
        (self._plan.folder / "truth.json").write_text(json.dumps(document, indent=2), encoding="utf-8")


def midnight(moment: datetime) -> datetime:
    """The beginning of the day, UTC."""
    return datetime.combine(moment.date(), time(), tzinfo=UTC)

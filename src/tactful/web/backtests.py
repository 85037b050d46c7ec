"""Backtests asked for on the screen: worked out beside the pages, shown as long work is, kept as its result."""

import threading
from datetime import time, timedelta

import structlog
from django import forms
from django.db import connection

from tactful.flows.backtest import LIVING, Asked, Standing, backtest
from tactful.flows.nightly import FOLDER
from tactful.jobs import queries as jobs
from tactful.jobs import services as works
from tactful.jobs.queries import WorkRow
from tactful.journeys.domain.calendar import by_wall
from tactful.journeys.domain.definition import Definition
from tactful.kernel.errors import InvalidInput, TactfulError
from tactful.kernel.time import zone
from tactful.web.pages import CLOCK

log = structlog.get_logger()
KIND = "backtest"
_STORIES = 12  # customers of whom the whole story is kept
_BEGUN_WITHIN = 10.0  # seconds
_MIDNIGHT = time()


class Stopped(TactfulError):
    """The backtest was stopped; nothing of it is kept."""


class PeriodForm(forms.Form):
    """Days are those of the company's calendar; both are part of the period."""

    since = forms.DateField(label="First day", widget=forms.DateInput(attrs={"type": "date"}))
    until = forms.DateField(label="Last day", widget=forms.DateInput(attrs={"type": "date"}))
    beside = forms.BooleanField(label="Count what this journey really sent as pressure", required=False)

    def asked(self, definition: Definition, journey_id: int, company: str) -> Asked:
        """The question. Raises InvalidInput for a period that cannot be."""
        data, where = self.cleaned_data, zone(company)
        found = Asked(
            definition,
            by_wall(data["since"], _MIDNIGHT, where),
            by_wall(data["until"] + timedelta(days=1), _MIDNIGHT, where),
            journey_id,
            Standing.BESIDE if data["beside"] else Standing.INSTEAD,
        )
        found.check()
        return found


def latest(slug: str) -> WorkRow | None:
    """The last backtest of a journey in the last days, under way or over."""
    rows = jobs.recent(now=CLOCK.now(), days=30)
    return next((row for row in rows if row.kind == KIND and row.title == _title(slug)), None)


def start(asked: Asked) -> None:
    """Begin, unless one of this journey is under way; returns when it can be seen. Raises InvalidInput."""
    before = latest(asked.definition.slug)
    if before and before.state == "running":
        raise InvalidInput("A backtest of this journey is under way: stop it first, or wait for it")
    begun = threading.Event()
    threading.Thread(target=_work, args=(asked, begun), daemon=True).start()
    begun.wait(_BEGUN_WITHIN)


def _work(asked: Asked, begun: threading.Event) -> None:
    try:
        with works.long_work(KIND, _title(asked.definition.slug), total=None, now=CLOCK.now) as (bar, result):
            begun.set()

            def tell(phase: str, done: int, total: int | None) -> None:
                if not bar.reached(done, total=total if phase == LIVING else None):
                    raise Stopped

            result.update(backtest(asked, folder=FOLDER, keep=_STORIES, progress=tell).as_json())
    except TactfulError as fault:
        log.info("a backtest came to no end", why=fault.message)
    except Exception:
        log.exception("a backtest failed")
    finally:
        begun.set()
        connection.close()


def _title(slug: str) -> str:
    return f"Backtest of {slug}"

"""The clock: what must happen because time passes."""

import threading
from collections.abc import Callable
from datetime import datetime, timedelta

import structlog

from tactful.delivery import health, visits
from tactful.flows import arms, audit, calendar, dispatch, expecting, nightly, visiting
from tactful.jobs import services as jobs
from tactful.kernel.clock import SystemClock
from tactful.segments import services as segments
from tactful.worker import loop

log = structlog.get_logger()

# name, how often, what
SCHEDULE: tuple[tuple[str, timedelta, Callable[[datetime], object]], ...] = (
    ("expired leases", timedelta(seconds=15), dispatch.sweep),
    ("calendar of journeys", timedelta(seconds=30), calendar.read),
    ("opens and clicks", timedelta(seconds=3), visiting.settle),
    ("health of senders", timedelta(seconds=30), health.check),
    ("old opens and clicks", timedelta(hours=1), visits.forget),
    ("lake flush", timedelta(minutes=5), nightly.flush_lake),
    ("new segments", timedelta(seconds=15), nightly.fill_segments),
    ("sizes of segments", timedelta(hours=1), segments.write_sizes),
    ("cuts of percentiles", timedelta(days=1), nightly.cut_percentiles),
    ("check of segments", timedelta(days=1), nightly.recount_segments),
    ("audit of restraint", timedelta(days=1), audit.audit_nightly),
    ("margins of journeys", timedelta(days=1), expecting.measure),
    ("experiments", timedelta(hours=1), arms.evaluate),
    ("old lake files", timedelta(hours=1), nightly.remove_old_files),
)


def run(stop: threading.Event) -> None:
    clock = SystemClock()

    def once() -> None:
        for name, every, work in SCHEDULE:
            if stop.is_set():
                return
            _run_if_due(name, every, work, clock)
        stop.wait(1.0)

    loop.run("clock", once, stop)


def _run_if_due(name: str, every: timedelta, work: Callable[[datetime], object], clock: SystemClock) -> None:
    now = clock.now()
    if not jobs.claim_periodic(name, every=every, now=now):
        return
    error = ""
    try:
        work(now)
    except loop.DATABASE_AWAY:
        raise
    except Exception as fault:  # one broken duty must not stop the others; staff see it
        log.exception("periodic work failed", work=name)
        error = f"{type(fault).__name__}: {fault}"
    jobs.finish_periodic(name, now=clock.now(), error=error)

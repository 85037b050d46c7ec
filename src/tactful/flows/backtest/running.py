"""A backtest, read top to bottom: who was called, the past cut into parts, each part lived through, all added up.

Nothing is written but files of this process, which go with it; nothing is sent.
"""

import multiprocessing
import os
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from datetime import UTC, datetime
from pathlib import Path

import django

from tactful.flows.backtest import called, world
from tactful.flows.backtest.part import live_through
from tactful.flows.backtest.parts import SQL, Parts, cut
from tactful.flows.backtest.question import Asked, segments_heard
from tactful.flows.backtest.report import Report, report_of
from tactful.flows.backtest.tally import Tally
from tactful.flows.backtest.world import World
from tactful.flows.tables import TABLES
from tactful.lake.engine import reading, scratch
from tactful.team.queries import workspace

Progress = Callable[[str, int, int | None], object]
READING, LIVING = "reading the past", "living through it"


def backtest(
    asked: Asked,
    *,
    folder: Path,
    keep: int = 0,
    progress: Progress = lambda _phase, _done, _total: None,
) -> Report:
    """What the journey would have done in a period of the base's own history.

    `folder` is the lake's. `keep`: of how many customers the whole story is told. `progress` hears the phase, and
    how many customers of how many are through; it may raise to stop. Raises InvalidInput, NotFound.
    """
    asked.check()
    progress(READING, 0, None)
    company = workspace().zone
    imported = _imported_until(folder)
    callers = [
        *called.by_segments(asked, imported_until=imported, company=company, folder=folder),
        *called.by_calendar(asked, company=company, folder=folder),
    ]
    heard = [called.told_since(slug, imported) for slug in segments_heard(asked.definition)]
    house = world.of_today(asked, told_since=max(heard, default=asked.since), keep=keep, folder=folder)
    with scratch(folder) as place:
        with reading(TABLES, folder=folder) as reader:
            parts = cut(reader, asked, callers, (house.entry, house.way), place)
        del callers
        whole = Tally()
        done = 0
        for tally in _lived(house, parts, folder):
            whole.add(tally, keep=keep)
            done = min(parts.customers, done + parts.each)
            progress(LIVING, done, parts.customers)
    return report_of(asked, whole, house, missing=world.missing_templates(asked))


def _imported_until(folder: Path) -> datetime | None:
    tables = [table for table in TABLES if table.name == "events"]
    with reading(tables, folder=folder) as reader:
        (last,) = reader.rows(SQL["imported_until"].format(events=reader.relation("events")))[0]
    return last.replace(tzinfo=UTC) if last else None


def _lived(house: World, parts: Parts, folder: Path) -> Iterator[Tally]:
    """The tally of each part, as they come; in processes of their own where there are several."""
    workers = min(parts.count, os.cpu_count() or 1)
    if workers == 1:
        yield from (live_through(house, parts, number, folder) for number in range(parts.count))
        return
    # Not forked: a copy of a process with the engine's threads in it may stand still for ever.
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(workers, mp_context=context, initializer=django.setup) as pool:
        waiting = [pool.submit(live_through, house, parts, each, folder) for each in range(parts.count)]
        try:
            for future in as_completed(waiting):
                yield future.result()
        finally:
            pool.shutdown(wait=True, cancel_futures=True)

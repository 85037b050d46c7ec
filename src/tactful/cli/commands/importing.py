"""`tactful import`: orders, customers or events from a file."""

import argparse
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from tactful.cli.environment import Environment
from tactful.cli.output import add_json, console, say_json, say_table
from tactful.flows.importing import READING, ImportReport, Kind, import_file, read_mapping
from tactful.jobs import services as jobs
from tactful.kernel.clock import SystemClock
from tactful.kernel.errors import TactfulError
from tactful.kernel.texts import counted
from tactful.team.queries import workspace

Heard = Callable[[str, int, int | None], None]


class Stopped(TactfulError):
    """The import was stopped in the interface. What is in stays in; the same command goes on from there."""


HELP = "bring in orders, customers or events from CSV, XLSX or Parquet"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", type=Path)
    kinds = [kind.value for kind in Kind]
    parser.add_argument("--as", dest="kind", choices=kinds, required=True, help="what a row of the file is")
    parser.add_argument(
        "--map",
        dest="mapping",
        type=Path,
        metavar="MAP.yaml",
        help="what columns mean: a file of yours, or online_retail or cdnow (default: guessed from their names)",
    )
    parser.add_argument("--dry-run", action="store_true", help="say what would become of the rows, write nothing")
    add_json(parser)


def run(args: argparse.Namespace, env: Environment) -> int:
    kind = Kind(args.kind)
    mapping = read_mapping(args.mapping, kind) if args.mapping else None
    with _shown(args.file.name, dry_run=args.dry_run) as (progress, result):
        report = import_file(
            args.file,
            kind=kind,
            mapping=mapping,
            dry_run=args.dry_run,
            now=SystemClock().now(),
            folder=env.data,
            progress=progress,
        )
        result.update(rows=report.rows, imported=report.imported, merged=report.merged, rejected=report.rejected)
    if args.json:
        say_json(_as_json(report))
    else:
        _say(report)
    return 0


def _bar() -> Progress:
    # On the error stream: what the command answers can be piped.
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    return Progress(*columns, console=Console(stderr=True), transient=True)


@contextmanager
def _shown(name: str, *, dry_run: bool) -> Iterator[tuple[Heard, dict[str, Any]]]:
    """Progress in the terminal and, where something is written, in the interface, which may stop it."""
    with _bar() as bar:
        task = bar.add_task(READING, total=None)

        def show(phase: str, done: int, total: int | None) -> None:
            bar.update(task, description=phase, completed=done, total=total)

        if dry_run:
            yield show, {}
            return
        with jobs.long_work("import", f"Import of {name}", total=None, now=SystemClock().now) as (work, result):

            def tell(phase: str, done: int, total: int | None) -> None:
                show(phase, done, total)
                # People see one bar: it fills while rows are worked in, and only counts while they are read.
                if not work.reached(done, total=None if phase == READING else total):
                    raise Stopped

            yield tell, result


def _as_json(report: ImportReport) -> dict[str, object]:
    return {
        "rows": report.rows,
        "imported": report.imported,
        "merged": report.merged,
        "rejected": report.rejected,
        "rejected_file": str(report.rejected_file) if report.rejected_file else None,
        "reasons": report.reasons,
        "returns_without_order": report.returns_without_order,
        "currencies": list(report.currencies),
        "dates": report.dates,
        "mapping": report.mapping,
        "dry_run": report.dry_run,
    }


def _say(report: ImportReport) -> None:
    would = "would be " if report.dry_run else ""
    console.print(
        f"{counted(report.rows, 'row')}: {report.imported:,} {would}imported, "
        f"{report.merged:,} merged (they say nothing new), {report.rejected:,} rejected."
    )
    if report.reasons:
        say_table(["rejected", "because"], [(f"{count:,}", reason) for reason, count in report.reasons.items()])
    if report.rejected_file:
        console.print(f"Rejected rows: {report.rejected_file}")
        console.print("Correct them there, and import that file in the same way.")
    for name, orders in report.dates.items():
        console.print(f"order.{name} {would or 'is '}new or different for {counted(orders, 'order')}.")
    if report.returns_without_order:
        console.print(f"{report.returns_without_order:,} returns fit no known order and stand without one.")
    others = [currency for currency in report.currencies if currency != workspace().currency]
    if others:
        console.print(
            f"Orders are in {', '.join(others)}; the company counts in {workspace().currency}. "
            "Measures in money leave other currencies out: change the company's currency in the settings."
        )

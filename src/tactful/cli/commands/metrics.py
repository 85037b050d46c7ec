"""`tactful metrics`: the eight measures over any period."""

import argparse
from datetime import timedelta

from tactful.analytics import measures
from tactful.cli.environment import Environment
from tactful.cli.output import add_json, console, say_json, say_table
from tactful.flows.tables import TABLES
from tactful.journeys import queries as journeys
from tactful.kernel.clock import SystemClock
from tactful.kernel.time import parse_moment
from tactful.lake.engine import reading
from tactful.segments import queries as segments
from tactful.team.queries import workspace

HELP = "the eight measures over a period"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--from", dest="start", help="first moment, inclusive (default: 30 days before the end)")
    parser.add_argument("--to", dest="end", help="last moment, exclusive (default: now)")
    parser.add_argument(
        "--currency", help="count orders in this currency (default: the company's, else the commonest)"
    )
    add_json(parser)


def run(args: argparse.Namespace, env: Environment) -> int:
    end = parse_moment(args.end) if args.end else SystemClock().now()
    start = parse_moment(args.start) if args.start else end - timedelta(days=30)
    with reading(TABLES, folder=env.data / "lake") as reader:
        own = workspace().currency
        currency = args.currency or measures.currency_of(reader, start=start, end=end, preferred=own)
        found = measures.compute(reader, start=start, end=end, currency=currency)
    if args.json:
        say_json(
            found.as_json(
                segments={row.id: row.slug for row in segments.segments()},
                journeys={row.id: row.slug for row in journeys.journeys()},
            )
        )
        return 0
    console.print(f"{start:%Y-%m-%d %H:%M} to {end:%Y-%m-%d %H:%M} UTC. {found.purchase_rule}")
    if found.left_out:
        console.print(f"Counted in {found.currency}; {found.left_out} purchases in other currencies are left out.")
    say_table(
        ["measure", "value", "of", "definition"],
        [
            (name, _short(measure.value), _of(measure), measure.definition.sentence)
            for name, measure in found.by_name.items()
        ],
    )
    return 0


def _short(value: float | None) -> str:
    return "nothing to count" if value is None else f"{value:,.4g}"


def _of(measure: measures.Measure) -> str:
    return "" if measure.denominator is None else f"{measure.numerator} of {measure.denominator}"

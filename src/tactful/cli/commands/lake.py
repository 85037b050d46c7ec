"""`tactful lake`: the columnar copy."""

import argparse

from tactful.cli.environment import Environment
from tactful.cli.output import add_json, say_json, say_table
from tactful.flows.tables import TABLES
from tactful.kernel.clock import SystemClock
from tactful.lake import services as lake

HELP = "flush, rebuild or compact the columnar copy"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("action", choices=["flush", "rebuild", "compact"])
    add_json(parser)


def run(args: argparse.Namespace, env: Environment) -> int:
    action = {"flush": lake.flush, "rebuild": lake.rebuild, "compact": lake.compact}[args.action]
    rows = action(TABLES, folder=env.data / "lake", now=SystemClock().now())
    if args.json:
        say_json(rows)
    else:
        say_table(["table", "rows written"], sorted(rows.items()))
    return 0

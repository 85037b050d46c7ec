"""`tactful import`: orders, customers or events from a file."""

import argparse

from tactful.cli.environment import Environment

HELP = "bring in orders, customers or events from CSV, XLSX or Parquet"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file")


def run(args: argparse.Namespace, env: Environment) -> int:
    return 0

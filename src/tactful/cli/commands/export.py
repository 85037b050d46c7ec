"""`tactful export`: topics, segments, journeys, templates, caps and quiet hours as files."""

import argparse
from collections import Counter
from pathlib import Path

from tactful.cli.environment import Environment
from tactful.cli.output import console
from tactful.flows.files import folder

HELP = "write topics, segments, journeys, templates, caps and quiet hours into a folder, as YAML"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--to", type=Path, default=Path("tactful"), help="the folder (default: ./tactful)")


def run(args: argparse.Namespace, env: Environment) -> int:  # noqa: ARG001 -- every command takes both
    found = folder.export(args.to)
    for one in found:
        if one.act in {"fresh", "changed"}:
            console.print(f"{'+' if one.act == 'fresh' else '~'} {one.file}")
        elif one.act == "stale":
            console.print(f"? {one.file} is not in Tactful (any more); delete the file, or apply it")
    counts = Counter(one.act for one in found)
    console.print(f"{args.to}: {counts['fresh']} new, {counts['changed']} changed, {counts['same']} as they were")
    return 0

"""`tactful up`: everything in one command."""

import argparse

from tactful.cli.environment import Environment
from tactful.cli.supervisor import supervise

HELP = "start database, web, engine, sender and clock"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--port", type=int, default=8000, help="where to answer (default: 8000)")
    parser.add_argument("--host", default="127.0.0.1", help="on which address (default: 127.0.0.1)")


def run(args: argparse.Namespace, env: Environment) -> int:
    supervise(env, host=args.host, port=args.port)
    return 0

"""`tactful user add`: staff who may sign in."""

import argparse
import getpass

from tactful.cli.environment import Environment
from tactful.cli.output import console
from tactful.kernel.clock import SystemClock
from tactful.team import services as team

HELP = "add a member of staff"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    add = actions.add_parser("add", help="add somebody who may sign in")
    add.add_argument("email")
    add.add_argument("--name", default="")
    add.add_argument("--role", default="admin", choices=["admin", "marketer", "sales", "service", "analyst"])
    add.add_argument("--password", help="asked for when it is not given")


def run(args: argparse.Namespace, env: Environment) -> int:  # noqa: ARG001 -- every command takes both
    password = args.password or getpass.getpass("Password: ")
    team.create_user(email=args.email, name=args.name, role=args.role, password=password, now=SystemClock().now())
    console.print(f"{args.email} may sign in.")
    return 0

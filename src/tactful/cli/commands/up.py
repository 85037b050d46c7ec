"""`tactful up`: everything in one command."""

import argparse
from contextlib import AbstractContextManager

from tactful.cli.environment import Environment
from tactful.cli.supervisor import Supervisor, claim

HELP = "start database, web, engine, sender and clock"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--port", type=int, default=8000, help="where to answer (default: 8000)")
    parser.add_argument("--host", default="127.0.0.1", help="on which address (default: 127.0.0.1)")
    parser.add_argument("--mail-port", type=int, help="also take bounces and answers by SMTP, on this port")


def before(args: argparse.Namespace) -> AbstractContextManager[None]:
    """Held from before the database is touched until the end: a second one must not even migrate."""
    return claim(args.data, host=args.host, port=args.port, mail_port=args.mail_port)


def run(args: argparse.Namespace, env: Environment) -> int:
    Supervisor(env, host=args.host, port=args.port, mail_port=args.mail_port).run()
    return 0

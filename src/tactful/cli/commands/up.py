"""`tactful up`: everything in one command."""

import argparse
from contextlib import AbstractContextManager
from pathlib import Path

from tactful.cli.environment import Environment
from tactful.cli.supervisor import Supervisor, claim
from tactful.delivery.tls import own_certificate
from tactful.kernel.errors import InvalidInput

HELP = "start database, web, engine, sender and clock"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--port", type=int, default=8000, help="where to answer (default: 8000)")
    parser.add_argument("--host", default="127.0.0.1", help="on which address (default: 127.0.0.1)")
    parser.add_argument("--mail-port", type=int, help="also take bounces and answers by SMTP, on this port")
    parser.add_argument("--mail-certificate", type=Path, metavar="FILE", help="offer STARTTLS there with it (PEM)")
    parser.add_argument("--mail-key", type=Path, metavar="FILE", help="its key, where that is not in the same file")


def before(args: argparse.Namespace) -> AbstractContextManager[None]:
    """Held from before the database is touched until the end: a second one must not even migrate."""
    _mail_words(args)  # a process that finds its certificate wrong would be started again for ever
    return claim(args.data, host=args.host, port=args.port, mail_port=args.mail_port)


def run(args: argparse.Namespace, env: Environment) -> int:
    supervisor = Supervisor(
        env, host=args.host, port=args.port, mail_port=args.mail_port, mail_words=_mail_words(args)
    )
    supervisor.run()
    return 0


def _mail_words(args: argparse.Namespace) -> list[str]:
    """What the process for mail is told of its certificate. Raises InvalidInput where that cannot be used."""
    own = own_certificate(args.mail_certificate, args.mail_key)
    if own is None:
        return []
    if args.mail_port is None:
        raise InvalidInput("--mail-certificate is for mail that comes in: name its port, too, with --mail-port")
    return own.words(certificate="--certificate", key="--key")

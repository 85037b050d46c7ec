"""Addresses outside: where a program of ours may connect to because somebody typed it in."""

import ipaddress
import socket
from collections.abc import Callable

from tactful.kernel.errors import InvalidInput

Resolve = Callable[[str, int], list[str]]
"""(host, port) -> the addresses of that name."""


class Refused(InvalidInput):
    """This address leads into a private network, where nobody outside can follow it."""


def public_address(host: str, port: int, *, resolve: Resolve) -> str:
    """The address to connect to. Raises Refused where any address of the name is not public."""
    found = resolve(host, port)
    if not found or not all(ipaddress.ip_address(address).is_global for address in found):
        raise Refused
    return found[0]


def resolved(host: str, port: int) -> list[str]:
    """The addresses of a name now. Raises OSError where there is none."""
    return [str(row[4][0]) for row in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]

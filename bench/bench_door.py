"""The door alone, with nothing behind it, for bench/collect.py."""

from collections.abc import Callable, Iterable
from typing import Any

import django

django.setup()

from tactful.api.door import build  # noqa: E402 -- needs Django's settings


def nothing(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:  # noqa: ARG001 -- WSGI
    start_response("404 Not Found", [("Content-Length", "0")])
    return [b""]


application = build(nothing)

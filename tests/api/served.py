"""The door with a small WSGI application beside it, for a server started by the tests."""

from collections.abc import Callable
from typing import Any

import django

django.setup()

from tactful.api.door import build  # noqa: E402 -- needs Django's settings


def beside(environ: dict[str, Any], start_response: Callable[..., Any]) -> list[bytes]:
    body = environ["wsgi.input"].read()
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [f"{environ['REQUEST_METHOD']} {environ['PATH_INFO']} {len(body)}".encode()]


application = build(beside)

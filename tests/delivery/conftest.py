"""Messages in the outbox, and a mail server."""

from collections.abc import Callable, Iterator
from typing import Any
from uuid import UUID

import pytest
from aiosmtpd.controller import Controller
from tests.decided import deciding
from tests.delivery.mail_servers import MailServer
from tests.delivery.outbox_kit import MJML, NOW, intent

from tactful.content import services as content
from tactful.delivery import services


@pytest.fixture(autouse=True)
def _decided(monkeypatch: pytest.MonkeyPatch) -> None:
    deciding(monkeypatch)


@pytest.fixture
def queued(db: None) -> Callable[..., list[UUID]]:
    """Puts messages into the outbox; gives their keys."""

    def put(count: int = 1, **changes: Any) -> list[UUID]:
        content.save_template(
            slug="hello", name="Hello", subject="Hi {{ customer.first_name }}", mjml=MJML, now=NOW
        )
        intents = [intent(number, **changes) for number in range(1, count + 1)]
        services.queue(intents, now=NOW)
        return [one.key for one in intents]

    return put


class _Anywhere(Controller):
    """On a port that the system chooses; the library's own check connects to the one asked for."""

    def _trigger_server(self) -> None:
        assert self.server is not None
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()


@pytest.fixture(params=[False, True], ids=["plain", "pipelining"])
def mail_server(request: pytest.FixtureRequest) -> Iterator[MailServer]:
    server = MailServer(pipelining=request.param)
    controller = _Anywhere(server, hostname="127.0.0.1", port=0)
    controller.start()
    server.port = controller.port
    yield server
    controller.stop()

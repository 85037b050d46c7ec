"""What has happened to messages is not lost when the database goes away while they are handed over."""

from collections.abc import Callable, Sequence
from uuid import UUID

import pytest
from django.db import connection
from tests.decided import deciding
from tests.delivery.conftest import queued as queued  # the fixture
from tests.delivery.outbox_kit import NOW

from tactful.delivery import queries
from tactful.delivery.domain.values import Claimed
from tactful.delivery.port import Outgoing, Result
from tactful.delivery.testing import FakeProvider
from tactful.flows import dispatch
from tactful.kernel.clock import VirtualClock


class _PullsThePlug(FakeProvider):
    def send(self, messages: Sequence[Outgoing]) -> list[Result]:
        connection.connection.close()
        return super().send(messages)


@pytest.mark.django_db(transaction=True)
def test_what_was_sent_is_recorded_when_the_database_is_back(
    queued: Callable[..., list[UUID]], monkeypatch: pytest.MonkeyPatch
) -> None:
    deciding(monkeypatch)
    queued(3)
    provider = _PullsThePlug()

    def everybody(claimed: Sequence[Claimed], **_: object) -> dispatch.Guarded:
        return dispatch.Guarded(claimed, {}, {})

    monkeypatch.setattr(dispatch._provider, "for_settings", lambda _settings: provider)
    monkeypatch.setattr(dispatch, "look_again", everybody)
    monkeypatch.setattr(dispatch, "_TRY_AGAIN_AFTER", 0.01)
    assert dispatch.dispatch(worker="w", clock=VirtualClock(NOW)) == 3
    assert len(provider.sent) == 3
    assert queries.state_counts() == {"sent": 3}

"""A provider for tests: keeps what it was given and answers as it is told."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from tactful.delivery.port import Outcome, Outgoing, Result, result_of


@dataclass
class FakeProvider:
    """`answers` gives the outcome for a recipient; every other message is sent."""

    answers: Mapping[str, Outcome] = field(default_factory=dict)
    sent: list[Outgoing] = field(default_factory=list)
    name: str = "fake"

    def send(self, messages: Sequence[Outgoing]) -> list[Result]:
        return [self._send(message) for message in messages]

    def _send(self, message: Outgoing) -> Result:
        outcome = self.answers.get(message.recipient, Outcome.SENT)
        if outcome is Outcome.SENT:
            self.sent.append(message)
        reason = "" if outcome is Outcome.SENT else f"told to answer {outcome.value}"
        return result_of(message, outcome, provider=self.name, reason=reason)

    def close(self) -> None:
        """Nothing is open."""

"""What `tactful segment explain` says of a stage: its own rule, and of those before it what matters."""

import argparse
import json
from datetime import UTC, datetime

import pytest

from tactful.cli.commands import segment
from tactful.events import services as events
from tactful.flows import react, setting_up

NOW = datetime.now(UTC)
pytestmark = pytest.mark.django_db(transaction=True)


def explained(capsys: pytest.CaptureFixture[str], name: str) -> str:
    asked = argparse.Namespace(action="explain", name=name, customer="a@example.org", json=False)
    segment.run(asked, None)  # type: ignore[arg-type]  # it asks nothing of it
    return " ".join(capsys.readouterr().out.split())


def test_of_the_stages_before_it_only_the_rule_of_the_one_he_is_in_is_told(
    capsys: pytest.CaptureFixture[str],
) -> None:
    setting_up.prepare(now=NOW)
    react_to_one_visitor()
    told = explained(capsys, "lost-customer")
    earlier = told.partition("He is in an earlier stage: New lead")[2].partition("to change that")[0]
    assert earlier.count("who bought nothing") == 1  # so begins the rule of three stages
    assert "whose last purchase" not in earlier  # and so those of four others


def react_to_one_visitor() -> None:
    said = {"type": "identify", "userId": "u1", "messageId": "m", "traits": {"email": "a@example.org"}}
    events.append([("api:shop", False, json.dumps({**said, "timestamp": NOW.isoformat()}))], now=NOW)
    react.drain(now=datetime.now(UTC))

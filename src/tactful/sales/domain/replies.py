"""What customers answered, as events tell of it, and that somebody has read it. Pure."""

from collections.abc import Mapping
from typing import Any

REPLIED, READ = "Reply Received", "Reply Read"
_LONGEST = {"text": 20_000}


def words(properties: Mapping[str, Any], name: str) -> str:
    """A property as text, cut to what a screen can bear."""
    value = properties.get(name)
    return value.strip()[: _LONGEST.get(name, 500)] if isinstance(value, str) else ""

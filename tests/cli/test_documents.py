"""What documents say of commands, settings and one another is so."""

import re
from pathlib import Path

import pytest

from tactful.cli.main import COMMANDS

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
RUNNING = (ROOT / "docs" / "running.md").read_text(encoding="utf-8")
_LINK = re.compile(r"\]\(([^)\s]+)\)")


def headings(page: Path) -> set[str]:
    """The headings of a page as links name them."""
    found = re.findall(r"^#+ (.*)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.strip().lower()).replace(" ", "-") for heading in found}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_to_a_file_of_ours_leads_to_it(page: Path) -> None:
    links = [link for link in _LINK.findall(page.read_text(encoding="utf-8")) if "://" not in link]
    for path, _, heading in (link.partition("#") for link in links):
        target = page.parent / path if path else page
        assert target.exists(), path
        assert not heading or heading in headings(target), heading


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_is_told_of(command: str) -> None:
    assert f"`tactful {command}" in RUNNING


def test_every_variable_that_is_read_is_told_of_and_none_else() -> None:
    settings = (ROOT / "src" / "tactful" / "config" / "settings.py").read_text(encoding="utf-8")
    assert set(re.findall(r"TACTFUL_[A-Z_]+", RUNNING)) == set(re.findall(r'"(TACTFUL_[A-Z_]+)"', settings))


def test_no_page_names_a_command_that_there_is_not() -> None:
    named = re.compile(r"(?:`|^|bin/)tactful ([a-z]+)\b", re.MULTILINE)
    for page in PAGES:
        found = set(named.findall(page.read_text(encoding="utf-8")))
        assert found <= {*COMMANDS, "unix"}, page  # a line of Postfix begins with our name

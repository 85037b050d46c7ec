"""Blocks: pieces of MJML for any template. Some are ready, others are saved from what somebody wrote."""

import re
from datetime import datetime
from functools import cache
from pathlib import Path

import yaml

from tactful.content.domain.editing import compiled
from tactful.content.domain.values import InvalidTemplate, Text
from tactful.content.models import Block
from tactful.content.queries import BlockRow
from tactful.kernel.errors import InvalidInput, NotFound

_FILE = Path(__file__).parent.parent / "ready" / "blocks.yaml"
_OUTER = re.compile(r"\s*<(mj-[\w-]+)")
_FRAMES = {
    "mj-section": "{}",
    "mj-wrapper": "{}",
    "mj-hero": "{}",
    "mj-column": "<mj-section>{}</mj-section>",
}
_INNER = "<mj-section><mj-column>{}</mj-column></mj-section>"


def ready_blocks() -> list[BlockRow]:
    """Those that come with Tactful."""
    return [BlockRow(row["slug"], row["name"], row["mjml"]) for row in _ready()]


def save_block(*, name: str, mjml: str, by: str, now: datetime) -> BlockRow:
    """Keep a piece of MJML under a name; one with this name is replaced. Raises InvalidInput, InvalidTemplate."""
    clean = " ".join(name.split())
    slug = re.sub(r"[^a-z0-9]+", "-", clean.lower()).strip("-")[:50]
    if not slug:
        raise InvalidInput("the block needs a name")
    outer = _OUTER.match(mjml)
    if outer is None:
        raise InvalidTemplate(
            ["a block begins with an MJML tag, like <mj-section> or <mj-text>: select whole tags"]
        )
    if outer[1] in ("mj-body", "mj-head"):
        raise InvalidTemplate([f"<{outer[1]}> is a whole message: select what stands in it"])
    framed = _FRAMES.get(outer[1], _INNER).replace("{}", mjml)
    compiled(Text("x", f"<mjml><mj-body>{framed}</mj-body></mjml>"))
    row, _ = Block.objects.update_or_create(
        slug=slug, defaults={"name": clean, "mjml": mjml.strip(), "saved_by": by, "created_at": now}
    )
    return BlockRow(row.slug, row.name, row.mjml, own=True)


def remove_block(slug: str) -> None:
    """Forget an own block; templates that have it keep their text. Raises NotFound."""
    if not Block.objects.filter(slug=slug).delete()[0]:
        raise NotFound(f"there is no block {slug!r}")


@cache
def _ready() -> list[dict[str, str]]:
    rows: list[dict[str, str]] = yaml.safe_load(_FILE.read_text(encoding="utf-8"))
    return rows

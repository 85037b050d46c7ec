"""The topics that customers are asked about, as a file: all of them in the order of their page."""

from datetime import datetime
from typing import Any

from tactful.consent import queries as consent
from tactful.consent import topics
from tactful.consent.domain.topics import Wording, check_slug, worded
from tactful.journeys.domain.fields import Fields
from tactful.kernel.errors import InvalidInput

TOPICS = "topics"

Data = dict[str, Any]


def now() -> dict[str, Data]:
    rows = [_topic(row) for row in consent.every_topic()]
    return {TOPICS: {"topics": rows}} if rows else {}


def read(data: Data) -> Data:
    """Raises InvalidInput with the path."""
    fields = Fields(data, "")
    found = [_read(one, f"topics[{place}]") for place, one in enumerate(fields.items("topics"))]
    fields.finish()
    slugs = [topic["slug"] for topic in found]
    if twice := {slug for slug in slugs if slugs.count(slug) > 1}:
        raise InvalidInput(f"topics: {', '.join(sorted(twice))} stands there twice")
    return {"topics": found}


def save(_slug: str, data: Data, at: datetime, _by: str) -> object:
    """Write what differs, and put the topics into the order of the file. Files never remove: that is refused.

    Whether a journey still needs what is retired shows when it too is as its file says: see `applying`.
    """
    here = {row.slug: row for row in consent.every_topic()}
    slugs = [topic["slug"] for topic in data["topics"]]
    if left := [slug for slug in here if slug not in slugs]:
        raise InvalidInput(
            f"topics: the file lacks {', '.join(left)}: write them into it, with `retired: true` if nobody is to be"
            " asked about them any more"
        )
    for topic in data["topics"]:
        _save(topic, here.get(topic["slug"]), at)
    topics.arrange(slugs)
    return None


def retired_by(data: Data) -> set[str]:
    return {topic["slug"] for topic in data["topics"] if "retired" in topic}


def _topic(row: consent.TopicRow) -> Data:
    return _data(row.slug, Wording(row.name, row.description), retired=row.retired)


def _data(slug: str, wording: Wording, *, retired: bool) -> Data:
    """What is so with few topics is said of these alone."""
    said = {"slug": slug, "name": wording.name, "description": wording.description}
    return {**said, "retired": True} if retired else said


def _read(data: object, path: str) -> Data:
    fields = Fields(data, path)
    slug, name = fields.text("slug"), fields.text("name")
    said, retired = fields.text("description", default=""), fields.flag("retired")
    fields.finish()
    try:
        check_slug(slug)
        wording = worded(name, said)
    except InvalidInput as fault:
        raise InvalidInput(f"{path}: {fault.message}") from None
    return _data(slug, wording, retired=retired)


def _save(topic: Data, row: consent.TopicRow | None, at: datetime) -> None:
    slug, wording = topic["slug"], worded(topic["name"], topic["description"])
    if row is None:
        topics.add(slug, wording)
    elif (row.name, row.description) != (wording.name, wording.description):
        topics.reword(slug, wording, version=row.version)
    if "retired" in topic:
        topics.retire(slug, now=at)
    elif row and row.retired:
        topics.bring_back(slug)

"""What people can agree to hear about: made, worded, put in order, retired and brought back.

Each change holds all topics, which are few: two people who change them at once do it one after the other.
"""

from collections.abc import Collection, Sequence
from datetime import datetime

from django.db import transaction

from tactful.consent import models
from tactful.consent.domain.topics import Wording, check_free, check_slug, put_before
from tactful.kernel.errors import Conflict, InvalidInput, NotFound

_DEFAULTS = (
    ("news", "News", "What is new with us, now and then."),
    ("offers", "Offers", "Prices and promotions that concern you."),
    ("tips", "Tips", "How to get more out of what you have."),
    ("service", "Service", "Questions after a purchase, surveys and changes to the service."),
)


def ensure() -> None:
    """The topics of a new installation: news, offers, tips, service. Changes none that exists."""
    models.Topic.objects.bulk_create(
        [
            models.Topic(slug=slug, name=name, description=description, position=position)
            for position, (slug, name, description) in enumerate(_DEFAULTS)
        ],
        ignore_conflicts=True,
    )


def note(slugs: Collection[str]) -> None:
    """Topics that were agreed to before anybody made them: they stand last on the page, so that it can be taken
    back there."""
    if not slugs:
        return
    last = models.Topic.objects.count()
    rows = [
        models.Topic(slug=slug, name=slug.replace("-", " ").replace("_", " ").capitalize(), position=last + number)
        for number, slug in enumerate(sorted(slugs))
    ]
    models.Topic.objects.bulk_create(rows, ignore_conflicts=True)


@transaction.atomic
def add(slug: str, wording: Wording) -> None:
    """A new topic, last in the order. Raises InvalidInput for a short name or a name that it cannot have."""
    there = _held()
    check_slug(slug)
    check_free(wording.name, {row.slug: row.name for row in there.values()})
    words = {"name": wording.name, "description": wording.description, "position": _behind(there.values())}
    _, made = models.Topic.objects.get_or_create(slug=slug, defaults=words)
    if not made:
        raise InvalidInput(f"there is a topic with the short name {slug!r} already: choose another")


@transaction.atomic
def reword(slug: str, wording: Wording, *, version: int) -> None:
    """Other words for a topic. Raises NotFound, InvalidInput for a name that another has, and Conflict where it is
    not at the `version` that was looked at."""
    there = _held()
    row = _found(there, slug)
    if row.version != version:
        raise Conflict("Somebody else changed it while you wrote.")
    if wording.name != row.name:
        check_free(wording.name, {other.slug: other.name for other in there.values() if other.slug != slug})
    row.name, row.description, row.version = wording.name, wording.description, version + 1
    row.save()


@transaction.atomic
def move_before(slug: str, other: str) -> None:
    """One topic directly before another, wherever either stands by now. Raises NotFound."""
    there = _held()
    _found(there, slug), _found(there, other)
    if slug != other:
        _arrange(there, put_before(list(there), slug, other))


@transaction.atomic
def arrange(slugs: Sequence[str]) -> None:
    """These topics first, in this order. Raises NotFound."""
    there = _held()
    for slug in slugs:
        _found(there, slug)
    _arrange(there, [*slugs, *(slug for slug in there if slug not in slugs)])


@transaction.atomic
def retire(slug: str, *, now: datetime) -> None:
    """Nobody is asked or written to about it from now on; what was said stays. Raises NotFound."""
    row = _found(_held(), slug)
    if row.retired_at is None:
        row.retired_at = now
        row.save()


@transaction.atomic
def bring_back(slug: str) -> None:
    """Ask about it again, last on the page: what was said before counts again. Raises NotFound."""
    there = _held()
    row = _found(there, slug)
    if row.retired_at is not None:
        row.retired_at, row.position = None, _behind(there.values())
        row.save()


def _held() -> dict[str, models.Topic]:
    """All topics in their order, held until the end of the transaction."""
    list(models.Topic.objects.select_for_update().order_by("slug"))
    # Read after the lock was got: whoever had it may have added or moved some.
    return {row.slug: row for row in models.Topic.objects.order_by("position", "name", "slug")}


def _found(there: dict[str, models.Topic], slug: str) -> models.Topic:
    if slug not in there:
        raise NotFound(f"there is no topic {slug!r}")
    return there[slug]


def _behind(rows: Collection[models.Topic]) -> int:
    return 1 + max((row.position for row in rows), default=-1)


def _arrange(there: dict[str, models.Topic], slugs: Sequence[str]) -> None:
    for position, slug in enumerate(slugs):
        there[slug].position = position
    models.Topic.objects.bulk_update(there.values(), ["position"])

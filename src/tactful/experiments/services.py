"""Holdouts set."""

from datetime import datetime

from tactful.experiments.models import Holdout
from tactful.experiments.queries import GLOBAL
from tactful.kernel.errors import InvalidInput


def set_up(*, now: datetime) -> None:
    """The global holdout, empty until somebody gives it a share."""
    Holdout.objects.get_or_create(slug=GLOBAL, defaults={"share": 0.0, "seed": GLOBAL, "started_at": now})


def set_holdout(share: float, *, now: datetime, slug: str = GLOBAL, seed: str | None = None) -> None:
    """Gives a holdout its share (0 to below 1). Raises InvalidInput.

    Another seed draws other customers; without one nobody changes sides who need not. `started_at` moves when the
    draw changes: numbers from before cannot be compared.
    """
    if not 0 <= share < 1:
        raise InvalidInput("A holdout is a share from 0 to below 1, such as 0.05")
    current = Holdout.objects.filter(slug=slug).first()
    drawn = seed or (current.seed if current else slug)
    if current and (current.share, current.seed) == (share, drawn):
        return
    Holdout.objects.update_or_create(slug=slug, defaults={"share": share, "seed": drawn, "started_at": now})

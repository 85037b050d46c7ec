"""Who is left alone on purpose."""

from tactful.kernel.randomness import share_of


def in_holdout(seed: str, customer_id: int, share: float) -> bool:
    """The same answer for ever. A larger share keeps everybody it had and adds others."""
    return share_of(seed, customer_id) < share

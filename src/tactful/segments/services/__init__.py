"""Writing segments, keeping their members, and asking rules about customers."""

from tactful.segments.services.asking import count, evaluate, explain, ids
from tactful.segments.services.membership import Change, move_customers, recount, refresh
from tactful.segments.services.writing import Ready, archive, install_ready, ready, save

__all__ = [
    "Change",
    "Ready",
    "archive",
    "count",
    "evaluate",
    "explain",
    "ids",
    "install_ready",
    "move_customers",
    "ready",
    "recount",
    "refresh",
    "save",
]

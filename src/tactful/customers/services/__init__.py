"""Writing people: whose event it is, what it says about him, and which records were one person."""

from tactful.customers.services.erasing import Erased, erase, full_names
from tactful.customers.services.merging import Undone, keep_moved, undo_merge
from tactful.customers.services.resolving import Resolution, resolve

__all__ = ["Erased", "Resolution", "Undone", "erase", "full_names", "keep_moved", "resolve", "undo_merge"]

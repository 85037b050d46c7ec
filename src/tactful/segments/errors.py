"""What can go wrong with segments beyond a rule that cannot be read."""

from tactful.kernel.errors import Conflict, NotFound, TactfulError


class SegmentUnknown(NotFound):
    """There is no segment by that name. `tactful segment list` shows those there are."""


class SegmentChanged(Conflict):
    """Somebody saved this segment meanwhile: yours was not saved yet."""


class TableMissing(TactfulError):
    """A rule reads a lake table that the caller has not given. Pass `flows.tables.TABLES`."""

"""Whether what comes in from outside comes from whom it says. Pure."""

from tactful.kernel.errors import InvalidInput, TactfulError


class Forged(InvalidInput):
    """The signature of this webhook is missing or wrong."""


class Unproven(TactfulError):
    """The signature cannot be checked at the moment: bring it again later."""

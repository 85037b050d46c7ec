"""Questions to the DNS of the world."""

from collections.abc import Sequence

from dns.exception import DNSException
from dns.resolver import NXDOMAIN, NoAnswer, resolve

from tactful.kernel.errors import InvalidInput

_PATIENCE = 5.0  # seconds


def texts(name: str) -> Sequence[str]:
    """The TXT records of a name, none where there are none. Raises InvalidInput when nobody answers."""
    try:
        answer = resolve(name, "TXT", lifetime=_PATIENCE)
    except (NXDOMAIN, NoAnswer):
        return []
    except (DNSException, OSError) as fault:
        raise InvalidInput(f"The name servers could not be asked from here: {type(fault).__name__}.") from None
    return [b"".join(record.strings).decode("utf-8", "replace") for record in answer]

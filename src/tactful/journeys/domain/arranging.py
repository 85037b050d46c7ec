"""Where steps stand on the canvas, as far as somebody has put them there."""

from collections.abc import Mapping
from typing import TypedDict

from tactful.kernel.errors import InvalidInput

_MOST = 1_000  # steps
_FAR = 1_000_000  # points from the middle of the canvas
_LONG = 200  # letters in the name of a step


class Spot(TypedDict):
    """The upper left corner of a step, in points of the canvas; y grows downwards."""

    x: float
    y: float


def arranged(data: object) -> dict[str, Spot]:
    """Places by the name of their step. Raises InvalidInput for anything else."""
    if not isinstance(data, Mapping) or len(data) > _MOST:
        raise InvalidInput(f"places must be given by step, at most {_MOST}")
    return {_name(name): _spot(spot) for name, spot in data.items()}


def _name(given: object) -> str:
    if not isinstance(given, str) or len(given) > _LONG or "\0" in given:
        raise InvalidInput("a place belongs to a step by its name")
    return given


def _spot(given: object) -> Spot:
    if not isinstance(given, Mapping):
        raise InvalidInput("a place must have x and y")
    return Spot(x=_point(given.get("x")), y=_point(given.get("y")))


def _point(given: object) -> float:
    if (
        isinstance(given, bool) or not isinstance(given, int | float) or not abs(given) <= _FAR
    ):  # NaN is not, either
        raise InvalidInput(f"x and y must be numbers from -{_FAR} to {_FAR}")
    return round(float(given), 1)

"""Money in minor units with its currency. Floats never hold money."""

from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal, InvalidOperation

from tactful.kernel.errors import InvalidInput

# Digits after the point where ISO 4217 differs from two.
_EXPONENTS = {
    "BHD": 3, "CLP": 0, "IQD": 3, "ISK": 0, "JOD": 3, "JPY": 0, "KRW": 0, "KWD": 3, "LYD": 3, "OMR": 3,
    "PYG": 0, "TND": 3, "UGX": 0, "VND": 0, "XAF": 0, "XOF": 0, "XPF": 0,
}  # fmt: skip
_LIMIT = 2**62


@dataclass(frozen=True, slots=True)
class Money:
    """An amount in minor units (cents, pence) of one currency (ISO 4217)."""

    minor: int
    currency: str

    def __add__(self, other: "Money") -> "Money":
        return Money(self.minor + self._same(other), self.currency)

    def __sub__(self, other: "Money") -> "Money":
        return Money(self.minor - self._same(other), self.currency)

    def _same(self, other: "Money") -> int:
        if other.currency != self.currency:
            raise InvalidInput(f"{self.currency} and {other.currency} cannot be added: convert one first")
        return other.minor

    @property
    def major(self) -> Decimal:
        return Decimal(self.minor).scaleb(-exponent(self.currency))


def exponent(currency: str) -> int:
    """Digits after the point in this currency."""
    return _EXPONENTS.get(currency, 2)


def to_minor(amount: object, currency: str) -> int:
    """Minor units of a decimal amount given as number or text; halves go to the even neighbour.

    Raises InvalidInput when it is no finite number or beyond any real sum.
    """
    try:
        value = Decimal(str(amount).strip())
    except InvalidOperation:
        raise InvalidInput(f"{amount!r} is not an amount of money") from None
    if not value.is_finite() or abs(value) > _LIMIT:
        raise InvalidInput(f"{amount!r} is not an amount of money")
    minor = int(value.scaleb(exponent(currency)).to_integral_value(ROUND_HALF_EVEN))
    if abs(minor) > _LIMIT:
        raise InvalidInput(f"{amount!r} is not an amount of money")
    return minor

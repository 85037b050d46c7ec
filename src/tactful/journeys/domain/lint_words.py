"""What a text sounds like. Guesses by words, in English and German, for findings that a person judges."""

import re

_DISCOUNT = re.compile(
    r"\d\s?%\s*(?:off|discount|less|rabatt|nachlass|günstiger)|"
    r"\b(?:discounts?|coupons?|vouchers?|promo(?:tion)? codes?|rabatte?|gutscheine?|nachlass)\b",
    re.IGNORECASE,
)
_SELLING = re.compile(
    r"\b(?:buy now|order now|shop now|special offer|best price|last chance|while stocks last|"
    r"jetzt kaufen|jetzt bestellen|sonderangebot|nur noch heute|solange der vorrat reicht)\b",
    re.IGNORECASE,
)
_ASLEEP = re.compile(r"asleep|sleep|inactive|dormant|lapsed|lost|reactivat|win-?back", re.IGNORECASE)
_NOTHING = re.compile(r"\W*(?:todo|tbd|n/?a|none|nobody|later|xxx|\?|-)?\W*", re.IGNORECASE)


def is_discount(text: str) -> bool:
    """Whether it offers money off."""
    return bool(_DISCOUNT.search(text))


def is_selling(text: str) -> bool:
    """Whether it presses to buy."""
    return is_discount(text) or bool(_SELLING.search(text))


def is_for_sleepers(name: str) -> bool:
    """Whether a segment or journey of this name is about those who have gone silent."""
    return bool(_ASLEEP.search(name))


def says_nothing(text: str) -> bool:
    """Whether it only fills the field."""
    return bool(_NOTHING.fullmatch(text))

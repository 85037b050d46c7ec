"""Whether somebody's program says that he is away, where no header tells so. Pure.

Two signs are asked for, both at the beginning: that he is away, and what to do meanwhile or when he is back. A
person who mentions his holiday says the first and seldom the second.
"""

import re

_BEGINNING = 400  # characters
_AWAY = re.compile(
    r"\bi(?:.m| am| will be)\b.{0,40}\b(?:out of (?:the )?office|away from|on (?:\w+ )?(?:leave|holiday|vacation))"
    r"|\bich bin\b.{0,60}\b(?:nicht im (?:hause?|büro)|abwesend|außer haus|im urlaub|nicht erreichbar)",
    re.IGNORECASE | re.DOTALL,
)
_MEANWHILE = re.compile(
    r"\burgent|\bcolleagues?\b|\b(?:will be|am) back\b|\b(?:limited|no) access\b|\bupon my return\b"
    r"|\bdringend|\bvertretung\b|\bkolleg|\bwieder (?:erreichbar|da|im (?:hause?|büro))\b|\bnicht weitergeleitet\b",
    re.IGNORECASE,
)


def tells_of_absence(text: str) -> bool:
    """`text` is what is new in an answer, without what it quotes."""
    beginning = text[:_BEGINNING]
    return bool(_AWAY.search(beginning) and _MEANWHILE.search(beginning))

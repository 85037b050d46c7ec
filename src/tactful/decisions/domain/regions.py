"""The law of the customer's country on marketing by e-mail, as far as it asks for more than a yes. Pure.

Small on purpose. Article 13 of Directive 2002/58/EC asks for prior consent, and lets a seller write to his own
buyers about similar goods (soft opt-in); each country put it into a law of its own. A country that is not here is
treated like the strictest: this house writes to nobody without a yes anyway.
"""

from collections.abc import Mapping

EXPLICIT, SOFT = "explicit", "soft"
REGIMES: Mapping[str, str] = {
    "AT": SOFT,  # TKG 2021, section 174 (4)
    "CA": EXPLICIT,  # CASL, S.C. 2010, c. 23, section 6: express consent; the sender carries the proof
    "CH": SOFT,  # UWG, article 3 (1) o
    "DE": SOFT,  # UWG, section 7 (3); courts ask for double opt-in as the proof: a setting
    "ES": SOFT,  # LSSI, article 21.2
    "FR": SOFT,  # CPCE, article L34-5; Bloctel concerns calls alone
    "GB": SOFT,  # PECR 2003, regulation 22 (3)
    "IT": SOFT,  # Codice privacy, article 130 (4)
    "NL": SOFT,  # Telecommunicatiewet, article 11.7 (3)
    "PL": EXPLICIT,  # Prawo komunikacji elektronicznej, article 398
    "US": "opt-out",  # CAN-SPAM, 15 U.S.C. 7704: the house's own consent rule is stricter
}


def regime(country: str | None) -> str:
    """How strict the law is where the customer lives: `explicit`, `soft` or `opt-out`."""
    return REGIMES.get((country or "").upper(), EXPLICIT)

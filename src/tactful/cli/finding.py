"""Whom or what a word on the command line means."""

from tactful.customers import queries as customers
from tactful.customers.queries import Profile
from tactful.kernel.errors import NotFound


def find_customer(word: str) -> Profile:
    """The customer with exactly this identifier, else the only one it leads to. Raises NotFound."""
    own = customers.internal_ids([word])
    if word in own:
        found = customers.card(own[word])
        if found:
            return found
    matches = customers.search(word, limit=3)
    if len(matches) != 1:
        known = "nobody is" if not matches else "several customers are"
        raise NotFound(f"{known} known as {word!r}: give the company's own id, an e-mail or a phone number")
    return matches[0]

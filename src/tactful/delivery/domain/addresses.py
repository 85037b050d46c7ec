"""Where the links of a message lead: our own pages, each with its token."""

from dataclasses import dataclass

from tactful.delivery.domain.tokens import Purpose, sign_parts

OPEN, LINK, UNSUBSCRIBE, PREFERENCES, WHY = "/o/", "/l/", "/u/", "/p/", "/w/"


@dataclass(frozen=True, slots=True)
class Addresses:
    """Makes the public addresses of this installation. `base` is its public URL without a slash at the end."""

    base: str
    key: bytes

    def unsubscribe(self, delivery_id: int, customer_id: int) -> str:
        return f"{self.base}{UNSUBSCRIBE}{sign_parts(Purpose.UNSUBSCRIBE, delivery_id, customer_id, self.key)}"

    def preferences(self, delivery_id: int, customer_id: int) -> str:
        return f"{self.base}{PREFERENCES}{sign_parts(Purpose.PREFERENCES, delivery_id, customer_id, self.key)}"

    def why(self, delivery_id: int, customer_id: int) -> str:
        return f"{self.base}{WHY}{sign_parts(Purpose.WHY, delivery_id, customer_id, self.key)}"

    def link(self, delivery_id: int, link_id: int) -> str:
        return f"{self.base}{LINK}{sign_parts(Purpose.LINK, delivery_id, link_id, self.key)}"

    def pixel(self, delivery_id: int) -> str:
        return f"{self.base}{OPEN}{sign_parts(Purpose.OPEN, delivery_id, 0, self.key)}.gif"

    def of_message(self, delivery_id: int, customer_id: int) -> dict[str, str]:
        """The template's `links`, all but the shop and the way to answer."""
        return {
            "unsubscribe": self.unsubscribe(delivery_id, customer_id),
            "preferences": self.preferences(delivery_id, customer_id),
            "why": self.why(delivery_id, customer_id),
        }

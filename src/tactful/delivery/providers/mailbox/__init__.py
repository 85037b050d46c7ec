"""The local mailbox: messages stay in the data folder and are shown on the screens. Nothing leaves the machine."""

from tactful.delivery.providers.mailbox.mailbox import Letterbox, Mailbox, read, remove

__all__ = ["Letterbox", "Mailbox", "read", "remove"]

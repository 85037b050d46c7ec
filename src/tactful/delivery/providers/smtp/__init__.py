"""SMTP to any server: one's own, or a mail service's relay."""

from tactful.delivery.providers.smtp.smtp import Smtp

__all__ = ["Smtp"]

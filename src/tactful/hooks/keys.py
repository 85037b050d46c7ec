"""The secret by which receivers know that a call is ours, from the installation's own."""

import base64
import hashlib
import hmac

from django.conf import settings


def signing_secret() -> str:
    """As receivers write it down: base64 with the prefix of Standard Webhooks."""
    digest = hmac.new(settings.SECRET_KEY.encode(), b"tactful.hooks", hashlib.sha256).digest()
    return "whsec_" + base64.b64encode(digest).decode()

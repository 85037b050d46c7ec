"""The one port: collection as plain ASGI, everything else Django by WSGI."""

from tactful.api.door import build
from tactful.config.wsgi import application as django

application = build(django)

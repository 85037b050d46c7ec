"""The keys that sign the addresses in messages, from the installation's secret and the secrets before it."""

from functools import cache

from django.conf import settings

from tactful.delivery.domain.tokens import key_for


def signing_key() -> bytes:
    return token_keys()[0]


def token_keys() -> tuple[bytes, ...]:
    """The present key first. Old secrets in SECRET_KEY_FALLBACKS keep the links of old messages working."""
    return _keys(settings.SECRET_KEY, tuple(settings.SECRET_KEY_FALLBACKS))


@cache
def _keys(present: str, before: tuple[str, ...]) -> tuple[bytes, ...]:
    return tuple(key_for(secret) for secret in (present, *before))

"""The ways in for feedback: one address with a secret for each provider, and one for raw messages."""

from dataclasses import dataclass
from datetime import datetime
from hmac import compare_digest
from secrets import token_urlsafe

from django.db.models import Q

from tactful.delivery.models import Hook
from tactful.delivery.providers.hooks import VENDORS
from tactful.kernel.errors import InvalidInput

RAW = "raw"
"""The way in for raw messages, from a mail server or a mail route."""
_SECRET = 24  # bytes


@dataclass(frozen=True, slots=True)
class HookRow:
    """A way in that is open. `please` is what the provider asks a person to do: an address to be confirmed."""

    provider: str
    name: str
    secret: str
    signing_key: str
    created_at: datetime
    last_at: datetime | None
    please: str
    account: str

    @property
    def is_raw(self) -> bool:
        return self.provider == RAW

    @property
    def path(self) -> str:
        return f"/hooks/mail/{self.provider}/{self.secret}/"

    @property
    def takes_mail(self) -> bool:
        return self.provider in VENDORS and VENDORS[self.provider].inbound is not None


def names() -> dict[str, str]:
    """All ways in that there can be, by their short name."""
    return {RAW: "Raw messages (bounces and replies)"} | {slug: vendor.name for slug, vendor in VENDORS.items()}


def hooks() -> list[HookRow]:
    """The ways in that are open."""
    return [_row(hook) for hook in Hook.objects.order_by("provider")]


def found(provider: str, secret: str) -> HookRow | None:
    """The way in with this secret; None where it is wrong."""
    hook = Hook.objects.filter(provider=provider).first()
    return _row(hook) if hook and compare_digest(hook.secret.encode(), secret.encode()) else None


def open_hook(provider: str, *, signing_key: str, now: datetime) -> HookRow:
    """Open a way in, or give it a new secret: the address before works no more. Raises InvalidInput."""
    if provider not in names():
        raise InvalidInput(f"there is no provider {provider!r}; there are {', '.join(names())}")
    if provider in VENDORS and VENDORS[provider].key and not signing_key.strip():
        raise InvalidInput(f"{names()[provider]} signs what it sends: give its signing key")
    values = {
        "secret": token_urlsafe(_SECRET),
        "signing_key": signing_key.strip(),
        "created_at": now,
        "account": "",
        "last_at": None,
        "said": "",
    }
    hook, _ = Hook.objects.update_or_create(provider=provider, defaults=values)
    return _row(hook)


def close_hook(provider: str) -> bool:
    """Close a way in; whether it was open."""
    return Hook.objects.filter(provider=provider).delete()[0] > 0


def belongs(provider: str, account: str) -> bool:
    """Whether this way in is that account's at the provider. The first keeps it, until it is opened anew."""
    free_or_its_own = Q(account="") | Q(account=account)
    return Hook.objects.filter(free_or_its_own, provider=provider).update(account=account) == 1


def heard(provider: str, *, please: str, now: datetime) -> None:
    """Note that something came in, and what the provider asks for."""
    values: dict[str, object] = {"last_at": now, "said": please}
    Hook.objects.filter(provider=provider).update(**values)


def _row(hook: Hook) -> HookRow:
    return HookRow(
        provider=hook.provider,
        name=names().get(hook.provider, hook.provider),
        secret=hook.secret,
        signing_key=hook.signing_key,
        created_at=hook.created_at,
        last_at=hook.last_at,
        please=hook.said,
        account=hook.account,
    )

"""The ways in which mail can leave. To add one, copy a folder and name it here."""

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

from tactful.delivery.port import Provider, SenderSettings
from tactful.delivery.providers.anymail.vendors import VENDORS
from tactful.delivery.providers.mailbox import Mailbox
from tactful.delivery.providers.smtp import Smtp
from tactful.kernel.errors import NotFound


def _mailbox(_settings: SenderSettings, data: Path) -> Provider:
    return Mailbox(data)


def _smtp(settings: SenderSettings, _data: Path) -> Provider:
    return Smtp(settings)


def _vendor(vendor: str, settings: SenderSettings, _data: Path) -> Provider:
    from tactful.delivery.providers.anymail import sending  # noqa: PLC0415 -- Amazon's library takes 0.3 s to load

    return sending.Anymail(vendor, settings.options)


PROVIDERS: Mapping[str, Callable[[SenderSettings, Path], Provider]] = {
    "mailbox": _mailbox,
    "smtp": _smtp,
    **{vendor: partial(_vendor, vendor) for vendor in VENDORS},
}


def title_of(provider: str) -> str:
    """What people call a provider."""
    if provider in VENDORS:
        return VENDORS[provider].title
    return {"mailbox": "the local mailbox", "smtp": "SMTP"}.get(provider, provider)


def open_provider(settings: SenderSettings, *, data: Path) -> Provider:
    """The provider that the settings name. `data` is the data folder. Raises NotFound."""
    if settings.provider not in PROVIDERS:
        raise NotFound(f"there is no provider {settings.provider!r}; there are {', '.join(PROVIDERS)}")
    return PROVIDERS[settings.provider](settings, data)


class ProviderInUse:
    """Keeps the provider with its connections from batch to batch, and changes it when the settings do."""

    def __init__(self, data: Path) -> None:
        self._data = data
        self._settings: SenderSettings | None = None
        self._provider: Provider | None = None

    def for_settings(self, settings: SenderSettings) -> Provider:
        if self._provider is None or settings != self._settings:
            self.close()
            self._provider = open_provider(settings, data=self._data)
            self._settings = settings
        return self._provider

    def close(self) -> None:
        if self._provider:
            self._provider.close()
        self._provider = None

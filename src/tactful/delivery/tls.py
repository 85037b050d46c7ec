"""The company's own certificate, for mail servers that bring mail by STARTTLS."""

import ssl
from pathlib import Path
from typing import NoReturn

from tactful.kernel.errors import InvalidInput

_Seen = tuple[tuple[int, int] | None, ...]
"""Which file it is and when it was changed, for each; None where there is none."""


class OwnCertificate:
    """A certificate with its key, in PEM. `context` is for a server; it follows the files when `renew` is called.

    The key may stand in the certificate's file. Raises InvalidInput, with words for what is wrong.
    """

    def __init__(self, certificate: Path, key: Path | None = None) -> None:
        self._certificate, self._key = certificate.absolute(), (key or certificate).absolute()
        self._seen = self._look()
        self.context = self._loaded()

    def words(self, *, certificate: str, key: str) -> list[str]:
        """These files as options of a command."""
        return [certificate, str(self._certificate), key, str(self._key)]

    def renew(self) -> bool:
        """Take up files that were changed; whether they were. Raises InvalidInput: the old ones stay in use."""
        seen = self._look()
        if seen == self._seen:
            return False
        self._seen = seen  # a fault is told once, not at every look
        self._loaded()  # into one that nobody uses: half a change would break the one in use
        self.context.load_cert_chain(self._certificate, self._key, _no_pass_phrase)
        return True

    def _look(self) -> _Seen:
        return tuple(_state(file) for file in (self._certificate, self._key))

    def _loaded(self) -> ssl.SSLContext:
        _require_readable("certificate", self._certificate)
        _require_readable("key", self._key)
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)  # TLS 1.2 and later
        try:
            context.load_cert_chain(self._certificate, self._key, _no_pass_phrase)
        except ssl.SSLError as fault:
            raise InvalidInput(self._wrong(fault)) from None
        return context

    def _wrong(self, fault: ssl.SSLError) -> str:
        if fault.reason == "KEY_VALUES_MISMATCH":
            return f"the key {self._key} does not belong to the certificate {self._certificate}"
        return f"{self._certificate} with {self._key} is no certificate with its key in PEM"


def _state(file: Path) -> tuple[int, int] | None:
    try:
        state = file.stat()
    except OSError:
        return None
    return state.st_ino, state.st_ctime_ns


def _require_readable(what: str, file: Path) -> None:
    try:
        with file.open("rb") as opened:
            opened.read(1)
    except OSError as fault:
        raise InvalidInput(f"the {what} {file} cannot be read: {fault.strerror}") from None


def _no_pass_phrase() -> NoReturn:
    # Without this, OpenSSL would ask at the terminal.
    raise InvalidInput("the key is locked by a pass phrase, which nobody can type here: give it without one")


def own_certificate(certificate: Path | None, key: Path | None) -> OwnCertificate | None:
    """What was given, if anything was. Raises InvalidInput."""
    if certificate is None:
        if key is not None:
            raise InvalidInput(f"the key {key} needs a certificate beside it")
        return None
    return OwnCertificate(certificate, key)

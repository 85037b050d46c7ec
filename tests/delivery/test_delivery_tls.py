"""The company's own certificate: taken up, followed, and told about in a sentence when it cannot be used."""

import shutil
from pathlib import Path

import pytest
from tests.certificates import locked, write_certificate

from tactful.delivery.tls import OwnCertificate, own_certificate
from tactful.kernel.errors import InvalidInput


def test_a_certificate_and_its_key_may_stand_in_two_files_or_in_one(tmp_path: Path) -> None:
    certificate, key = write_certificate(tmp_path)
    OwnCertificate(certificate, key)
    both = tmp_path / "both.pem"
    both.write_bytes(certificate.read_bytes() + key.read_bytes())
    own = OwnCertificate(both)
    assert own.words(certificate="-c", key="-k") == ["-c", str(both), "-k", str(both)]


def away(folder: Path) -> tuple[Path, Path]:
    return folder / "none.pem", write_certificate(folder)[1]


def key_away(folder: Path) -> tuple[Path, Path]:
    return write_certificate(folder)[0], folder / "none.key"


def a_folder(folder: Path) -> tuple[Path, Path]:
    return folder, write_certificate(folder)[1]


def anothers(folder: Path) -> tuple[Path, Path]:
    return write_certificate(folder)[0], write_certificate(folder, name="other")[1]


def swapped(folder: Path) -> tuple[Path, Path]:
    return write_certificate(folder)[1], write_certificate(folder)[0]


def nonsense(folder: Path) -> tuple[Path, Path]:
    (folder / "words.pem").write_text("words")
    return folder / "words.pem", write_certificate(folder)[1]


def behind_a_phrase(folder: Path) -> tuple[Path, Path]:
    return write_certificate(folder, encryption=locked())


WRONG = [
    (away, r"the certificate .*none\.pem cannot be read: No such file"),
    (key_away, r"the key .*none\.key cannot be read: No such file"),
    (a_folder, r"the certificate .* cannot be read: Is a directory"),
    (anothers, r"the key .*other\.key does not belong to the certificate .*mail\.pem"),
    (swapped, "is no certificate with its key in PEM"),
    (nonsense, "is no certificate with its key in PEM"),
    (behind_a_phrase, "locked by a pass phrase"),
]


@pytest.mark.parametrize(("files", "words"), WRONG)
def test_what_is_wrong_is_said(tmp_path: Path, files: object, words: str) -> None:
    assert callable(files)
    with pytest.raises(InvalidInput, match=words):
        OwnCertificate(*files(tmp_path))


def test_a_file_that_must_not_be_read_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    certificate, key = write_certificate(tmp_path)
    opened = Path.open

    def refuse(file: Path, mode: str) -> object:  # root, as whom tests may run, reads everything
        if file == key:
            raise PermissionError(13, "Permission denied")
        return opened(file, mode)

    monkeypatch.setattr(Path, "open", refuse)
    with pytest.raises(InvalidInput, match=r"the key .*mail\.key cannot be read: Permission denied"):
        OwnCertificate(certificate, key)


def test_without_a_certificate_there_is_none_and_a_key_alone_is_a_mistake(tmp_path: Path) -> None:
    assert own_certificate(None, None) is None
    with pytest.raises(InvalidInput, match="needs a certificate"):
        own_certificate(None, tmp_path / "mail.key")


def test_changed_files_are_taken_up_and_a_fault_is_told_once(tmp_path: Path) -> None:
    certificate, key = write_certificate(tmp_path)
    own = OwnCertificate(certificate, key)
    assert not own.renew()
    new_certificate, new_key = write_certificate(tmp_path, name="new")
    shutil.copy(new_certificate, certificate)
    with pytest.raises(InvalidInput, match="does not belong"):
        own.renew()
    assert not own.renew()
    shutil.copy(new_key, key)
    assert own.renew()
    certificate.unlink()
    with pytest.raises(InvalidInput, match="No such file"):
        own.renew()
    assert not own.renew()

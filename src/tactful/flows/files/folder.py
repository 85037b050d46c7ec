"""The folder: `segments/`, `journeys/`, `templates/` (a `.yaml`, a `.mjml` for each language), `topics.yaml`,
`lifecycle.yaml`, `restraint.yaml`."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tactful.flows.files import texts
from tactful.flows.files.parts import (
    ALONE,
    JOURNEY,
    KINDS,
    LIFECYCLE,
    RESTRAINT,
    SEGMENT,
    TEMPLATE,
    TOPICS,
    Data,
    Part,
)
from tactful.flows.files.yaml_text import written
from tactful.kernel.documents import read_file, read_yaml
from tactful.kernel.errors import InvalidInput, NotFound

FOLDERS = {SEGMENT: "segments", TEMPLATE: "templates", JOURNEY: "journeys"}
_TOLD_BY = {
    "steps": JOURNEY,
    "rule": SEGMENT,
    "subject": TEMPLATE,
    "topics": TOPICS,
    "stages": LIFECYCLE,
    "quiet_hours": RESTRAINT,
}
_ENDINGS = {".yaml", ".yml"}
_MOST = 1_000_000  # characters of a file


@dataclass(frozen=True, slots=True)
class Written:
    """One file after an export. `stale`: it lies there, and nothing like it is kept any more."""

    file: str
    act: str  # fresh | changed | same | stale


def export(folder: Path) -> list[Written]:
    """Write everything into the folder, over what lies there; comments in files stay. Nothing is deleted.

    Raises InvalidInput, naming the file, for one that lies there and cannot be read; nothing is written then.
    """
    files: dict[Path, str] = {}
    there = _places(folder)
    for kind, slug, data in _everything():
        usual = folder / f"{kind}.yaml" if kind in ALONE else folder / FOLDERS[kind] / f"{slug}.yaml"
        files |= _texts(kind, there.get((kind, slug), usual), data)
    found = [_compared(path, text, folder) for path, text in files.items()]
    for (path, text), one in zip(files.items(), found, strict=True):
        if one.act != "same":
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
    return found + [Written(str(path.relative_to(folder)), "stale") for path in _files(folder) if path not in files]


def read(place: Path) -> list[Part]:
    """The parts of a folder or of one file. Raises InvalidInput with file and path, NotFound where nothing is."""
    if not place.exists():
        raise NotFound(f"there is no file or folder {place}")
    if place.is_file():
        return [_read(place, place.name)]
    parts = [_read(path, str(path.relative_to(place)), kind) for path, kind in _kinds(place)]
    if not parts:
        single = " or ".join(f"{kind}.yaml" for kind in ALONE)
        raise NotFound(f"{place} has none of {', '.join(FOLDERS.values())} with files in it, and no {single}")
    _unique(parts)
    return parts


def _everything() -> Iterator[tuple[str, str, Data]]:
    for name, kind in KINDS.items():
        for slug, data in sorted(kind.now().items()):
            yield name, slug, data


def _texts(kind: str, path: Path, data: Data) -> dict[Path, str]:
    """The file of a part, and of a template those beside it."""
    over = read_file(path, called=path.name) if path.exists() else ""
    if kind != TEMPLATE:
        return {path: _kept(kind, path, data, over) or written(data, over=over)}
    found = {path: _kept(kind, path, data, over) or written(texts.without_bodies(data), over=over)}
    return found | {path.with_suffix(ending): body for ending, body in texts.bodies(data).items()}


def _kept(kind: str, path: Path, data: Data, over: str) -> str:
    """The text that lies there where it means the same, however it is spelled; empty where it does not."""
    if not over.strip():
        return ""
    said = _mapping(over, path.name)
    said = texts.with_bodies(said, texts.bodies(data)) if kind == TEMPLATE else said
    try:
        return over if KINDS[kind].read(said) == data else ""
    except InvalidInput:
        return ""


def _compared(path: Path, text: str, folder: Path) -> Written:
    name = str(path.relative_to(folder))
    if not path.exists():
        return Written(name, "fresh")
    return Written(name, "same" if read_file(path, called=name) == text else "changed")


def _files(folder: Path) -> list[Path]:
    """The files that an export would write, and none besides."""
    found = [path for name in FOLDERS.values() for path in (folder / name).glob("*") if path.is_file()]
    found += [path for kind in ALONE if (path := folder / f"{kind}.yaml").is_file()]
    return sorted(path for path in found if path.suffix in _ENDINGS | {".mjml"})


def _kinds(folder: Path) -> Iterator[tuple[Path, str]]:
    """The files of parts, with the kind that the place of each says."""
    by_folder = {name: kind for kind, name in FOLDERS.items()}
    for path in _files(folder):
        if path.suffix in _ENDINGS:
            yield path, path.stem if path.parent == folder else by_folder[path.parent.name]


def _places(folder: Path) -> dict[tuple[str, str], Path]:
    """Where each part lies already, whatever its file is called."""
    found = {}
    for path, kind in _kinds(folder):
        name = str(path.relative_to(folder))
        found[kind, _slug(kind, _mapping(read_file(path, called=name), name), path)] = path
    return found


def _slug(kind: str, data: Data, path: Path) -> str:
    if kind in ALONE:
        return kind
    return str((data.get("slug") if kind != TEMPLATE else None) or path.stem)


def _read(path: Path, name: str, kind: str = "") -> Part:
    text = read_file(path, called=name)
    if len(text) > _MOST:
        raise InvalidInput(f"{name}: is longer than {_MOST:,} characters")
    data = _mapping(text, name)
    kind = kind or _kind_of(data, name)
    if kind == TEMPLATE:
        data = texts.with_bodies(data, _beside(path, data))
    try:
        read_data = KINDS[kind].read(data)
    except InvalidInput as fault:
        raise InvalidInput(f"{name}: {fault.message}") from None
    return Part(kind, _slug(kind, data, path), name, read_data)


def _beside(path: Path, data: Data) -> dict[str, str]:
    """The bodies of a template that lie beside its file, by ending."""
    others = data.get("languages")
    endings = [".mjml", *(f".{language}.mjml" for language in (others if isinstance(others, dict) else {}))]
    files = {ending: path.with_suffix(ending) for ending in endings}
    return {ending: read_file(file, called=file.name) for ending, file in files.items() if file.is_file()}


def _mapping(text: str, name: str) -> Data:
    try:
        data = read_yaml(text)
    except InvalidInput as fault:
        raise InvalidInput(f"{name}: {fault.message}") from None
    if not isinstance(data, dict) or not all(isinstance(key, str) for key in data):
        raise InvalidInput(f"{name}: must be an object with named fields")
    return data


def _kind_of(data: Data, name: str) -> str:
    """What a single file is, by its fields."""
    for field, kind in _TOLD_BY.items():
        if field in data:
            return kind
    listed = ", ".join(f"{kind} ({field})" for field, kind in _TOLD_BY.items())
    raise InvalidInput(f"{name}: is none of {listed}")


def _unique(parts: list[Part]) -> None:
    seen: dict[tuple[str, str], str] = {}
    for part in parts:
        first = seen.setdefault((part.kind, part.slug), part.file)
        if first != part.file:
            raise InvalidInput(f"{part.file}: {part.kind} {part.slug!r} is in {first} already")

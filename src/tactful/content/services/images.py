"""Images for messages: checked by their content, made small, kept under the digest of what is served."""

import re
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from io import BytesIO
from pathlib import Path

from PIL import Image as Picture
from PIL import ImageOps, UnidentifiedImageError

from tactful.content.models import Image
from tactful.content.queries import ImageRow, image_row
from tactful.kernel.errors import InvalidInput, NotFound

LARGEST_FILE = 8 * 1024 * 1024  # bytes
LARGEST_PIXELS = 40_000_000
WIDEST = 1200  # pixels: twice the width of a message, for sharp screens
_KINDS = {"PNG": "png", "JPEG": "jpeg", "GIF": "gif", "WEBP": "webp"}
KINDS = frozenset(_KINDS.values())
_LONGEST_ALT = 250
_ADDRESS = re.compile(rf"/i/([0-9a-f]{{32}})\.({'|'.join(sorted(KINDS))})")


@dataclass(frozen=True, slots=True)
class _Served:
    content: bytes
    kind: str
    width: int
    height: int


def upload(content: bytes, *, name: str, alt: str, folder: Path, by: str, now: datetime) -> ImageRow:
    """Keep an image; the same one again changes only its name and words. `folder` is the data folder.

    Raises InvalidInput for what is no image that mail programs show, or too large.
    """
    if not alt.strip():
        raise InvalidInput("say in words what the image shows: many programs show no images at first")
    if len(content) > LARGEST_FILE:
        raise InvalidInput(f"the image has {len(content) / 1e6:.1f} MB; at most 8 are taken. Make it smaller first")
    served = _made(content)
    digest = sha256(served.content).hexdigest()[:32]
    target = file_of(folder, digest, served.kind)
    if not target.exists():
        target.parent.mkdir(parents=True, exist_ok=True)
        partial = target.with_suffix(".part")
        partial.write_bytes(served.content)
        partial.replace(target)
    row, _ = Image.objects.update_or_create(
        digest=digest,
        defaults={
            "kind": served.kind,
            "name": Path(name).name[:120] or "image",
            "alt": " ".join(alt.split())[:_LONGEST_ALT],
            "width": served.width,
            "height": served.height,
            "size": len(served.content),
            "uploaded_by": by,
            "uploaded_at": now,
        },
    )
    return image_row(row)


def describe(digest: str, *, alt: str) -> None:
    """Change the words for an image. Raises InvalidInput, NotFound."""
    if not alt.strip():
        raise InvalidInput("say in words what the image shows")
    if not Image.objects.filter(digest=digest).update(alt=" ".join(alt.split())[:_LONGEST_ALT]):
        raise NotFound("there is no such image")


def remove(digest: str) -> None:
    """Take an image out of the list. Its bytes stay: messages that went out show them. Raises NotFound."""
    if not Image.objects.filter(digest=digest).delete()[0]:
        raise NotFound("there is no such image")


def file_of(folder: Path, digest: str, kind: str) -> Path:
    """Where the bytes of an image lie."""
    return folder / "images" / digest[:2] / f"{digest}.{kind}"


def weights(text: str, folder: Path) -> dict[str, int]:
    """The bytes of the images in a text that lie here, by the address under which it shows them."""
    found = {one[0]: file_of(folder, one[1], one[2]) for one in _ADDRESS.finditer(text)}
    return {address: file.stat().st_size for address, file in found.items() if file.is_file()}


def _made(content: bytes) -> _Served:
    try:
        with Picture.open(BytesIO(content), formats=list(_KINDS)) as picture:
            if picture.width * picture.height > LARGEST_PIXELS:
                raise InvalidInput(
                    f"the image has {picture.width} x {picture.height} pixels: make it smaller first"
                )
            return _animation(picture) if getattr(picture, "n_frames", 1) > 1 else _still(picture)
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError, Picture.DecompressionBombError):
        raise InvalidInput("this is no image that can be read: give a PNG, JPEG, GIF or WebP") from None


def _still(picture: Picture.Image) -> _Served:
    """Written anew: what else the file held (place, camera, hidden bytes) stays behind."""
    kind = picture.format or "PNG"
    upright = ImageOps.exif_transpose(picture)
    if upright.width > WIDEST:
        mode = "RGBA" if kind != "JPEG" and upright.mode in ("P", "PA", "LA", "RGBA") else "RGB"
        upright = upright.convert(mode)
        upright.thumbnail((WIDEST, upright.height))
    if kind == "JPEG" and upright.mode not in ("RGB", "L"):
        upright = upright.convert("RGB")
    out = BytesIO()
    if kind == "GIF" and upright.mode not in ("P", "L"):
        upright = upright.convert("P")
    options = {"quality": 85} if kind in ("JPEG", "WEBP") else {}
    upright.info.clear()
    upright.save(out, format=kind, optimize=True, **options)
    return _Served(out.getvalue(), _KINDS[kind], upright.width, upright.height)


def _animation(picture: Picture.Image) -> _Served:
    """An animation keeps its frames as they are; each must be readable."""
    if picture.width > WIDEST:
        raise InvalidInput(f"an animation is at most {WIDEST} pixels wide: make it smaller first")
    for frame in range(getattr(picture, "n_frames", 1)):
        picture.seek(frame)
        picture.load()
    out = BytesIO()
    picture.seek(0)
    picture.save(out, format=picture.format, save_all=True)
    return _Served(out.getvalue(), _KINDS[picture.format or "GIF"], picture.width, picture.height)

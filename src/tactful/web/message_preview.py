"""A message's HTML for a frame on our own pages: nothing runs, nothing is fetched from elsewhere."""

import re

SEALED = "default-src 'none'; img-src 'self' data:; style-src 'unsafe-inline'; sandbox; frame-ancestors 'self'"
_BLANK = "data:image/gif;base64,R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAICRAEAOw=="
_REMOTE_IMAGE = re.compile(r"(<img\b[^>]*?\bsrc=)([\"'])(?!data:|/i/[0-9a-f]{32}\.\w+\2)[^\"']*\2", re.IGNORECASE)
_REMOTE_STYLE = re.compile(r"<link\b[^>]*>|@import[^;]*;|<base\b[^>]*>|<meta\s+http-equiv=\"refresh\"[^>]*>", re.I)
_ACTIVE = re.compile(r"<(script|iframe|object|embed|form)\b.*?(?:</\1\s*>|>)", re.IGNORECASE | re.DOTALL)
_FOR_DARK = re.compile(r"@media\s*\(\s*prefers-color-scheme\s*:\s*dark\s*\)", re.IGNORECASE)
_FOR_LIGHT = re.compile(r"@media\s*\(\s*prefers-color-scheme\s*:\s*light\s*\)", re.IGNORECASE)
_INVERTED = (
    "<style>html{background:#fff;filter:invert(1) hue-rotate(180deg)}"
    "img{filter:invert(1) hue-rotate(180deg)}</style>"
)
_LIGHT = "<style>:root{color-scheme:light !important}</style>"


def blanked(html: str) -> str:
    """HTML of which only our own images are fetched: pictures from elsewhere (the opening pixel too) stay blank."""
    return _REMOTE_STYLE.sub("", _REMOTE_IMAGE.sub(rf"\1\2{_BLANK}\2", html))


def shown(html: str, look: str) -> str:
    """The message as it looks on a `light` or `dark` screen, whatever the reader's own is.

    A message that says nothing for dark screens is inverted, as mail programs do.
    """
    safe = _ACTIVE.sub("", blanked(html))
    if look != "dark":
        return _with(_FOR_DARK.sub("@media not all", safe), _LIGHT)
    if _FOR_DARK.search(safe):
        return _FOR_LIGHT.sub("@media not all", _FOR_DARK.sub("@media all", safe))
    return _with(safe, _INVERTED)


def _with(html: str, style: str) -> str:
    before, end, after = html.partition("</head>")
    return f"{before}{style}{end}{after}" if end else style + html

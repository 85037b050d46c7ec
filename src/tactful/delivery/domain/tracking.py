"""Links of a message lead through us to be counted, and a pixel tells that it was shown.

Only the HTML part is changed; in the plain text people read where a link goes. Links to our own pages stay: nothing
is to be counted when somebody unsubscribes.
"""

import re
from collections.abc import Callable
from html import escape, unescape

# In small letters, as the inliner writes all tags: so the search leaps from one "<a" to the next.
_LINK = re.compile(r"""(<a\s(?:[^>]*?\s)?href=)(["'])(https?://[^"']*)\2""")
_LONGEST = 2_000  # characters; PostgreSQL cannot index a much longer address


def targets(html: str, own: str) -> list[str]:
    """The addresses to be counted, in order, each once. `own` is how our own addresses begin."""
    found = dict.fromkeys(unescape(match[3]) for match in _LINK.finditer(html))
    return [url for url in found if _is_counted(url, own)]


def track(html: str, *, own: str, link: Callable[[str], str], pixel: str) -> str:
    """The HTML with counted links and the pixel. `link` gives our address for a target."""

    def counted(match: re.Match[str]) -> str:
        url = unescape(match[3])
        return f'{match[1]}"{link(url)}"' if _is_counted(url, own) else match.group()

    image = f'<img src="{escape(pixel)}" width="1" height="1" alt="" style="display:block;border:0;">'
    tracked = _LINK.sub(counted, html)
    before, end, after = tracked.rpartition("</body>")
    return f"{before}{image}{end}{after}" if end else tracked + image


def _is_counted(url: str, own: str) -> bool:
    return len(url) <= _LONGEST and not url.startswith(own)

"""Links of a message lead through us to be counted, and a pixel tells that it was shown.

Only the HTML part is changed; in the plain text people read where a link goes. Links to our own pages stay: nothing
is to be counted when somebody unsubscribes.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from html import escape, unescape

# In small letters and double quotes, as the inliner writes all tags: so the search leaps from one "<a" to the next.
_LINK = re.compile(r'(<a\s(?:[^>]*?\s)?href=")(https?://[^"]*)')
_LONGEST = 2_000  # characters; PostgreSQL cannot index a much longer address


@dataclass(frozen=True, slots=True)
class Trackable:
    """HTML cut at its links: text, tag, address, text, tag, address, …, text. `own` is how our addresses begin."""

    parts: list[str]
    own: str

    def targets(self) -> list[str]:
        """The addresses to be counted, in order, each once."""
        found = dict.fromkeys(unescape(address) for address in self.parts[2::3])
        return [url for url in found if self._is_counted(url)]

    def tracked(self, *, link: Callable[[str], str], pixel: str) -> str:
        """The HTML with counted links and the pixel. `link` gives our address for a target."""
        parts = self.parts.copy()
        for place in range(2, len(parts), 3):
            url = unescape(parts[place])
            if self._is_counted(url):
                parts[place] = link(url)
        image = f'<img src="{escape(pixel)}" width="1" height="1" alt="" style="display:block;border:0;">'
        before, end, after = parts[-1].rpartition("</body>")
        parts[-1] = f"{before}{image}{end}{after}" if end else parts[-1] + image
        return "".join(parts)

    def _is_counted(self, url: str) -> bool:
        return len(url) <= _LONGEST and not url.startswith(self.own)


def cut(html: str, *, own: str) -> Trackable:
    """The HTML, ready to be tracked."""
    return Trackable(_LINK.split(html), own)

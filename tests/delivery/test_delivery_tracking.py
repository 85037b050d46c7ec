"""Links are counted, our own pages are not, and nothing else in the HTML changes."""

import pytest

from tactful.delivery.domain.retry import ATTEMPTS, wait_after
from tactful.delivery.domain.tracking import cut

OWN = "https://m.example"


@pytest.mark.parametrize(
    ("html", "found"),
    [
        ('<a href="https://a.example/?x=1&amp;y=2">x</a>', ["https://a.example/?x=1&y=2"]),
        ('<a class="b" href="http://a.example">x</a><a href="http://a.example">y</a>', ["http://a.example"]),
        ('<a\nclass="x"\nhref="https://a.example">x</a><abbr href="https://b.example">', ["https://a.example"]),
        ('<a href="https://m.example/u/token">stop</a>', []),
        ('<a href="mailto:a@b.example">x</a><a href="#top">x</a><a href="">x</a><a href="tel:1">x</a>', []),
        ('<img src="https://a.example/x.png"><link href="https://a.example/x.css">', []),
        (f'<a href="https://a.example/{"x" * 2000}">x</a>', []),
    ],
)
def test_which_links_are_counted(html: str, found: list[str]) -> None:
    trackable = cut(html, own=OWN)
    assert trackable.targets() == found
    tracked = trackable.tracked(link=lambda url: f"{OWN}/l/{found.index(url)}", pixel=f"{OWN}/o/t.gif")
    assert tracked.count(f"{OWN}/l/") >= len(found)
    assert cut(tracked, own=OWN).targets() == []


def test_the_pixel_stands_at_the_end_of_the_body() -> None:
    assert (
        cut("<body><p>x</p></body></html>", own=OWN)
        .tracked(link=str, pixel="P&")
        .endswith('<img src="P&amp;" width="1" height="1" alt="" style="display:block;border:0;"></body></html>')
    )


def test_waits_grow_and_end() -> None:
    waits = [wait for attempt in range(1, ATTEMPTS + 1) if (wait := wait_after(attempt))]
    assert waits == sorted(waits)
    assert len(waits) == ATTEMPTS - 1
    assert wait_after(ATTEMPTS) is None

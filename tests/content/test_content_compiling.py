"""MJML with Liquid becomes HTML once, and what would be lost is told."""

import re

import pytest

from tactful.content.domain.compiling import compile_mjml
from tactful.content.domain.pieces import take_out
from tactful.content.domain.values import InvalidTemplate


def document(body: str, head: str = "") -> str:
    return (
        f"<mjml><mj-head>{head}</mj-head><mj-body><mj-section><mj-column>{body}"
        "</mj-column></mj-section></mj-body></mjml>"
    )


@pytest.mark.parametrize(("begin", "end"), [("<mj-raw>", "</mj-raw>"), ("", "")])
def test_a_loop_between_rows_stays_between_the_same_rows(begin: str, end: str) -> None:
    html = compile_mjml(
        document(
            f"{begin}{{% for p in order.products %}}{end}<mj-text>{{{{ p.name }}}}</mj-text>"
            f"{begin}{{% endfor %}}{end}<mj-text>after</mj-text>"
        )
    )
    loop = html[html.index("{% for") : html.index("{% endfor %}")]
    assert loop.count("<tr>") == loop.count("</tr>") == 1
    assert "{{ p.name }}" in loop
    assert "after" not in loop


def test_styles_reach_the_tags_and_media_queries_stay() -> None:
    style = "<mj-style>.small { color: #123456; } @media (max-width:480px) { .small { color: red; } }</mj-style>"
    html = compile_mjml(document('<mj-text css-class="small">x</mj-text>', head=style))
    assert "color: #123456" in html[html.index("<body") :]
    assert "@media (max-width:480px)" in html


def test_liquid_may_hold_what_breaks_html() -> None:
    html = compile_mjml(
        document(
            '<mj-text>{% if order.count < 3 and a == "x" %}few{% endif %}</mj-text>'
            '<mj-button href="{{ links.shop | append: "?a=1" }}" background-color="{{ c | default: "#000000" }}">Go'
            "</mj-button>"
        )
    )
    assert '{% if order.count < 3 and a == "x" %}few{% endif %}' in html
    assert 'href="{{ links.shop | append: "?a=1" }}"' in html
    assert '{{ c | default: "#000000" }}' in html


@pytest.mark.parametrize(
    ("source", "told"),
    [
        (document("<mj-txet>x</mj-txet>"), "<mj-txet> is no MJML tag"),
        (document("<p>x</p>"), "<p> must stand inside <mj-text>"),
        (document('<mj-include path="/etc/passwd" />'), "<mj-include> would read a file"),
        ("<mjml><mj-body>{{ a }}<mj-section></mj-body></mjml>", "<mj-section> is not closed before"),
        ("<mj-text>x</mj-text>", "the template must be <mjml>"),
        (document("<mj-text>x"), "<mj-text> is not closed before"),
    ],
)
def test_what_would_be_dropped_in_silence_is_told(source: str, told: str) -> None:
    with pytest.raises(InvalidTemplate) as caught:
        compile_mjml(source)
    assert told in caught.value.message


def test_every_problem_is_told_at_once_with_its_line() -> None:
    with pytest.raises(InvalidTemplate) as caught:
        compile_mjml("<mjml><mj-body>\n<mj-one />\n<mj-two />\n</mj-body></mjml>")
    assert [problem.split(":")[0] for problem in caught.value.problems] == ["line 2", "line 3"]


def test_links_are_written_as_tracking_looks_for_them() -> None:
    html = compile_mjml(document("<mj-text><A CLASS='x' HREF='https://a.example/?a=1&amp;b=2'>x</A></mj-text>"))
    assert re.search(r'<a\s[^>]*\bhref="https://a.example/\?a=1&amp;b=2"', html)


def test_it_is_ascii_in_short_lines_and_still_says_the_same() -> None:
    style = '<mj-style>.x::after { content: "→"; }</mj-style>'
    html = compile_mjml(document("<mj-text><p>Grüße → {{ a | append: 'ß' }}</p></mj-text>" * 20, head=style))
    assert "Gr&#252;&#223;e &#8594; {{ a | append: 'ß' }}" in html
    assert 'content: "\\2192 "' in html
    assert max(map(len, html.splitlines())) < 900


def test_no_font_is_fetched_from_another_host() -> None:
    html = compile_mjml(document('<mj-text font-family="Roboto, Open Sans">x</mj-text>'))
    assert "fonts.googleapis.com" not in html


def test_title_and_preheader_are_set_unless_the_source_has_its_own() -> None:
    html = compile_mjml(document("<mj-text>x</mj-text>"), title="Tea & {{ a }}", preheader="Read < this")
    assert "<title>Tea &amp; {{ a }}</title>" in html
    assert "Read &lt; this" in html
    own = compile_mjml(document("<mj-text>x</mj-text>", head="<mj-preview>own</mj-preview>"), preheader="other")
    assert "own" in own
    assert "other" not in own


def test_pieces_do_not_meet_words_that_the_text_has_already() -> None:
    text = "lq0z {{ a }} lqx0z {% if b %}"
    hidden, pieces = take_out(text)
    assert "{{" not in hidden
    assert pieces.restore(hidden) == text

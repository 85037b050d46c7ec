"""The quality review: each rule has words, a place, and says what stops a launch."""

from dataclasses import replace
from typing import Any

import pytest

from tactful.content import services
from tactful.content.domain.compiling import compile_mjml
from tactful.content.domain.contrast import contrast, weak
from tactful.content.domain.editing import faults
from tactful.content.domain.review import CLIPPED, Facts, review
from tactful.content.domain.values import Rendered, Text
from tactful.content.domain.variables import printed
from tactful.content.services import Scene

STOP = "https://m.example/u/x"
LINKS = {
    "shop": "https://shop.example/",
    "reply": "mailto:hello@shop.example",
    "unsubscribe": STOP,
    "preferences": "https://m.example/p/x",
    "why": "https://m.example/w/x",
}
ADDRESS = "1 Road, Town"
LITTLE: dict[str, Any] = {
    "company": {"name": "Leaf", "colour": "#0f766e", "postal_address": ADDRESS},
    "links": LINKS,
}
MUCH = LITTLE | {
    "customer": {"first_name": "Ada"},
    "product": {"name": "Green tea", "category": "Tea"},
    "order": {"products": [{"name": "Green tea"}, {"name": "Cup"}]},
}
SCENE = Scene(
    LITTLE, STOP, ADDRESS, people=200, filled={"first_name": 0.6}, answers=dict.fromkeys(LINKS.values(), "")
)
FOOT = '<mj-text><a href="{{ links.unsubscribe }}">Unsubscribe</a> {{ company.postal_address }}</mj-text>'
BUTTON = '<mj-button href="{{ links.shop }}" background-color="#0f766e">Look at the tea</mj-button>'
DARK = "<mj-style>@media (prefers-color-scheme: dark) { p { color: #fff; } }</mj-style>"


def text(body: str = "<mj-text>New green tea has come in</mj-text>" + BUTTON, **more: str) -> Text:
    parts = {"subject": "New green tea for the winter", "preheader": "Three kinds, and how they differ.", **more}
    mjml = (
        f"<mjml><mj-head>{DARK}</mj-head><mj-body>\n<mj-section><mj-column>\n{body}\n{FOOT}</mj-column></mj-section>"
        "</mj-body></mjml>"
    )
    return Text(mjml=mjml, **parts)


def found(one: Text, scene: Scene = SCENE) -> dict[str, str]:
    told: dict[str, str] = {}
    for finding in services.review({"en": one}, scene=scene):
        key = f"{finding.rule} {finding.severity}"
        told[key] = f"{told.get(key, '')} {finding.words}"
    return told


@pytest.mark.parametrize(
    ("known", "words"),
    [
        (4994, "all but 1 of 4,995"),
        (4980, "all but 15 of 4,995"),
        (2997, "60% of 4,995"),
        (3, "3 of 4,995"),
        (0, "none of 4,995"),
    ],
)
def test_a_gap_is_not_rounded_away(known: int, words: str) -> None:
    scene = replace(SCENE, people=4995, filled={"first_name": known / 4995})
    told = found(text("<mj-text>tea for {{ customer.first_name }}</mj-text>" + BUTTON), scene)
    assert f"customer.first_name is known for {words} (" in " ".join(told.values())


@pytest.mark.parametrize("slug", services.ready_slugs())
def test_the_ready_templates_have_nothing_to_mend_in_any_language(slug: str) -> None:
    texts = {language: services.ready_text(slug, language) for language in ("en", "de")}
    assert texts["en"].subject != texts["de"].subject
    for variables in (LITTLE, MUCH):
        assert services.review(texts, scene=replace(SCENE, variables=variables)) == []


def test_a_good_message_has_no_findings() -> None:
    assert found(text()) == {}


@pytest.mark.parametrize(
    ("one", "told", "words"),
    [
        (text("<mj-text>New tea</mj-text>"), "call should", "no button"),
        (text("<mj-text>tea</mj-text>" + BUTTON + BUTTON.replace("shop }", "why }")), "call should", "2 buttons"),
        (text("<mj-text>tea</mj-text><mj-button>Go</mj-button>"), "call must", "leads nowhere"),
        (text(subject="Re: our tea"), "subject must", "pretends to be an answer"),
        (text(subject="NEW WINTER TEAS"), "subject must", "capitals"),
        (text(subject="New tea!! Now"), "subject should", "shouts"),
        (text(subject="20 % off all tea"), "subject must", "promises a discount"),
        (text(subject="Rabatt auf Tee"), "subject must", "promises a discount"),
        (text(subject="Something else entirely"), "subject should", "No word of the subject"),
        (text(subject="New tea " * 9), "subject should", "characters"),
        (text(preheader="New winter tea"), "subject should", "The preheader"),
        (text(preheader=""), "subject should", "no preheader"),
        (text("<mj-text>tea for {{ customer.first_name }}</mj-text>" + BUTTON), "variables must", "60% of 200"),
        (text("<mj-text>tea {{ customer.frist_name }}</mj-text>" + BUTTON), "variables must", "misspelt"),
        (text("<mj-text>tea {{ name }}</mj-text>" + BUTTON), "variables must", "misspelt"),
        (text("<mj-text>tea {{ product.name }}</mj-text>" + BUTTON), "variables should", "give a default"),
        (text('<mj-text>tea <a href="">x</a></mj-text>' + BUTTON), "links must", "leads nowhere"),
        (text('<mj-text>tea <a href="shop">x</a></mj-text>' + BUTTON), "links must", "must begin with https"),
        (text('<mj-text>tea <a href="https://b.example">x</a></mj-text>' + BUTTON), "links should", "not tried"),
        (text('<mj-text>tea</mj-text><mj-image src="/i/a.png" />' + BUTTON), "images must", "alternative text"),
        (text('<mj-text color="#eeeeee">tea</mj-text>' + BUTTON), "contrast must", "hard to read"),
        (text('<mj-text color="#888888">tea</mj-text>' + BUTTON), "contrast should", "hard to read"),
    ],
)
def test_each_rule_speaks(one: Text, told: str, words: str) -> None:
    assert words in found(one)[told]


def test_names_with_a_default_or_a_condition_are_fine() -> None:
    kept = "{{ customer.first_name | default: 'you' }}{% if product.name %}{{ product.name }}{% endif %}"
    assert found(text(f"<mj-text>New green tea {kept}</mj-text>{BUTTON}")) == {}
    looped = "{% for item in order.products %}{{ item.name }}{% endfor %}{% if a %}x{% else %}{{ b }}{% endif %}"
    assert [(one.path, one.guarded) for one in printed(looped)] == [("b", False)]


@pytest.mark.parametrize(
    ("scene", "told", "words"),
    [
        (replace(SCENE, postal_address=""), "address must", "no postal address"),
        (replace(SCENE, postal_address="Nowhere"), "address should", "does not look like"),
        (replace(SCENE, unsubscribe="https://m.example/u/other"), "unsubscribe must", "missing"),
        (replace(SCENE, answers={**SCENE.answers, STOP: "error 500"}), "unsubscribe must", "error 500"),
        (replace(SCENE, answers={**SCENE.answers, LINKS["shop"]: "error 404"}), "links must", "error 404"),
    ],
)
def test_the_ways_out_and_links_are_there_and_work(scene: Scene, told: str, words: str) -> None:
    assert words in found(text(), scene)[told]


def test_what_gmail_would_cut_off_stops_a_launch() -> None:
    heavy = Rendered("New tea", f"<p>{STOP}{ADDRESS}{'x' * CLIPPED}</p>", f"New tea {STOP} {ADDRESS}")
    facts = Facts(text=text(), rendered=heavy, unsubscribe=STOP, postal_address=ADDRESS, preheader="x" * 30)
    assert any(one.rule == "weight" and one.stops for one in review(facts))


def test_what_stops_comes_first_and_says_where() -> None:
    body = '<mj-text color="#888888">tea</mj-text>\n<mj-image src="/i/a.png" />'
    findings = services.review({"en": text(body)}, scene=SCENE)
    assert [one.stops for one in findings] == sorted((one.stops for one in findings), reverse=True)
    assert next(one for one in findings if one.rule == "images").where == "line 4"


@pytest.mark.parametrize(("one", "other", "ratio"), [("#000", "#fff", 21.0), ("#777777", "#ffffff", 4.48)])
def test_contrast_is_that_of_wcag(one: str, other: str, ratio: float) -> None:
    html = f'<div style="background:{other}"><p style="color:{one};font-size:12px">x</p></div>'
    assert [round(found_one.ratio, 1) for found_one in weak(html)] == ([round(ratio, 1)] if ratio < 4.5 else [])
    assert round(contrast((119, 119, 119), (255, 255, 255)), 2) == 4.48


@pytest.mark.parametrize(
    ("one", "part", "line", "words"),
    [
        (Text("s", "<mjml>\n<mj-body>\n<mj-txt />\n</mj-body></mjml>"), "mjml", 3, "did you mean <mj-text>?"),
        (Text("s", "<mjml>\n<mj-body>\n<mj-section>\n</mj-body></mjml>"), "mjml", 3, "is not closed"),
        (Text("s", "<mjml>\n<mj-body>\n{% if a %}\n</mj-body></mjml>"), "mjml", 3, "needs {% endif %}"),
        (Text("s", "<mjml>\n<mj-body>{{ a | upcse }}\n</mj-body></mjml>"), "mjml", 2, "did you mean 'upcase'?"),
        (Text("s", "<mjml>\n{{ a\n b c }}<mj-body></mj-body></mjml>"), "mjml", 3, "Liquid"),
        (Text("{{ a b }}", "<mjml><mj-body></mj-body></mjml>"), "subject", 1, "Liquid"),
        (Text(" ", "<mjml><mj-body></mj-body></mjml>"), "subject", None, "empty"),
    ],
)
def test_a_fault_names_its_part_its_line_and_what_to_do(one: Text, part: str, line: int | None, words: str) -> None:
    [fault] = [fault for fault in faults(one) if words in fault.words]
    assert (fault.part, fault.line) == (part, line)


def test_no_ready_text_has_a_tag_that_mjml_does_not_know() -> None:
    for slug in services.ready_slugs():
        for language in ("en", "de"):
            assert compile_mjml(services.ready_text(slug, language).mjml)

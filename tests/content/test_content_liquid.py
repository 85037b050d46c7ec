"""Liquid has limits, escapes values, and says which variables it takes."""

import time

import pytest

from tactful.content.domain import liquid
from tactful.content.domain.values import InvalidTemplate, RenderingFailed

GREEDY = {
    "a loop without end": "{% for i in (1..100000000) %}x{% endfor %}",
    "loops in loops": "{% for i in (1..1000) %}{% for j in (1..1000) %}x{% endfor %}{% endfor %}",
    "a text that doubles": (
        "{% assign a = 'xxxxxxxx' %}{% for i in (1..99) %}{% assign a = a | append: a %}{% endfor %}"
    ),
    "a range in a filter": "{{ (1..900000000) | join: ',' }}",
    "a range that is kept": "{% assign a = (1..900000000) %}{{ a | reverse | first }}",
    "a replacement that explodes": (
        "{% assign a = 'xxxxxxxx' %}{% for i in (1..12) %}{% assign a = a | append: a %}{% endfor %}"
        "{% assign b = a | replace: 'x', a %}"
    ),
    "a number that grows": "{% assign n = 9 %}{% for i in (1..60) %}{% assign n = n | times: n %}{% endfor %}",
    "a long output": "{% for i in (1..2000) %}{{ text }}{% endfor %}",
    "nothing by nothing": "{{ 1 | divided_by: 0 }}",
}


@pytest.mark.parametrize("source", GREEDY.values(), ids=GREEDY.keys())
def test_a_greedy_template_is_stopped_at_once(source: str) -> None:
    began = time.perf_counter()
    with pytest.raises(RenderingFailed, match="Liquid:"):
        liquid.fill(liquid.for_html(source), {"text": "x" * 1000})
    assert time.perf_counter() - began < 1.0


@pytest.mark.parametrize(
    "source", ["{% if a %}", "{% include 'x' %}", "{% render 'x' %}", "{% no %}", "x" * 400_001]
)
def test_what_is_no_template_is_told(source: str) -> None:
    with pytest.raises(InvalidTemplate):
        liquid.for_html(source)


@pytest.mark.parametrize("source", ["{{ a | nosuch }}", "{{ a | safe }}"])
def test_filters_that_do_not_exist_or_let_markup_through_are_told_when_used(source: str) -> None:
    with pytest.raises(RenderingFailed, match="unknown filter"):
        liquid.fill(liquid.for_html(source), {"a": "<b>"})


def test_values_cannot_bring_markup_into_html_but_stay_as_they_are_in_text() -> None:
    variables = {"name": '<b onclick="x">&'}
    assert liquid.fill(liquid.for_html("{{ name }}"), variables) == "&lt;b onclick=&#34;x&#34;&gt;&amp;"
    assert liquid.fill(liquid.for_text("{{ name }}"), variables) == '<b onclick="x">&'


def test_an_unset_variable_prints_nothing_and_takes_a_default() -> None:
    template = liquid.for_html(
        "[{{ customer.first_name }}][{{ a.b.c | default: 'you' }}]{% for p in x %}y{% endfor %}"
    )
    assert liquid.fill(template, {}) == "[][you]"


def test_the_variables_are_listed_without_those_the_template_makes_itself() -> None:
    source = (
        "{{ customer.first_name | default: 'x' }}{% for p in order.products %}{{ p.name }}{% endfor %}"
        "{% assign z = 1 %}{{ z }}{% if company.colour %}{% endif %}"
    )
    assert liquid.variables_of(source) == ("company.colour", "customer.first_name", "order.products")


def test_the_report_names_variables_without_a_value() -> None:
    paths = ("customer.first_name", "order.products", "a.b")
    variables = {"customer": {"first_name": ""}, "order": {"products": ["tea"]}}
    assert liquid.unset(paths, variables) == ("customer.first_name", "a.b")

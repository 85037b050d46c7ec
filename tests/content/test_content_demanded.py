"""What a text prints of a customer without a word for the case that there is no value."""

import pytest

from tactful.content.domain.render import demands, lacking
from tactful.content.domain.values import Version

CITY = Version("hello", 1, "Hello", "<p>To {{ customer.city }}</p>")


@pytest.mark.parametrize(
    ("html", "names"),
    [
        ("{{ customer.city }}", ("customer.city",)),
        ("{{ customer.city | default: 'you' }}", ()),
        ("{% if customer.city %}{{ customer.city }}{% endif %}", ()),
        ("{% if customer.city %}yes{% else %}{{ customer.city }}{% endif %}", ("customer.city",)),
        ("{% if product %}{{ product.name }}{% endif %}", ()),
        ("{{ product.name }} {{ customer.first_name }}", ("product.name",)),
        ("{{ company.name }} {{ links.shop }}", ()),
        ("{% for line in order.products %}{{ line.name }}{% endfor %}", ()),
    ],
)
def test_what_is_printed_with_no_default_and_is_not_known_is_named(html: str, names: tuple[str, ...]) -> None:
    version = Version("hello", 1, "Hello", html)
    assert lacking(version, {"customer": {"first_name": "Ada"}}) == names


def test_each_language_asks_for_its_own() -> None:
    german = Version("hello", 1, "Hallo", "Guten Tag", language="de")
    both = Version("hello", 1, CITY.subject, CITY.html, others=(german,))
    assert demands(both)
    assert lacking(both, {"customer": {"language": "de-AT"}}) == ()
    assert lacking(both, {"customer": {"language": "fr"}}) == ("customer.city",)

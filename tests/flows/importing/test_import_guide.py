"""The guide and the mappings that come with the program."""

import re
from pathlib import Path

import pytest
import yaml

from tactful.flows.importing import Kind, parse_mapping, read_mapping
from tactful.flows.importing.mapping import BUILT_IN, FIELDS
from tactful.kernel.errors import InvalidInput

GUIDE = (Path(__file__).parents[3] / "docs" / "guides" / "bring-your-own-orders.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"```yaml\n(.*?)```", GUIDE, re.DOTALL)


def test_the_mapping_in_the_guide_is_one() -> None:
    mapping = parse_mapping(yaml.safe_load(EXAMPLES[0]), fallback_name="guide", kind=Kind.ORDERS)
    assert mapping.name == "shop"
    assert mapping.decimal == ","
    assert mapping.dates == {"delivery_at": "Liefertermin"}


def test_the_guide_shows_every_field_of_an_order() -> None:
    shown = yaml.safe_load(EXAMPLES[0])["columns"]
    assert FIELDS[Kind.ORDERS] - set(shown) == {"email", "phone", "amount"}
    assert all(word in GUIDE for word in ("email", "phone", "amount"))


def test_consents_in_the_guide_are_understood() -> None:
    words = {"columns": {"customer_id": "id"}, **yaml.safe_load(EXAMPLES[1])}
    [consent] = parse_mapping(words, fallback_name="guide", kind=Kind.CUSTOMERS).consents
    assert "ja" in consent.yes
    assert "nein" in consent.no


def test_only_orders_have_dates_of_their_own() -> None:
    words = {"columns": {"customer_id": "id"}, "dates": {"wed_on": "day"}}
    with pytest.raises(InvalidInput, match="customers have them among traits"):
        parse_mapping(words, fallback_name="m", kind=Kind.CUSTOMERS)


@pytest.mark.parametrize("path", sorted(BUILT_IN.glob("*.yaml")), ids=lambda path: path.stem)
def test_a_ready_mapping_is_found_by_its_name_and_says_what_a_purchase_is(path: Path) -> None:
    mapping = read_mapping(Path(path.stem), Kind.ORDERS)
    assert mapping.name == path.stem
    assert len(mapping.about) > 100


@pytest.mark.parametrize(
    "rule", read_mapping(Path("online_retail"), Kind.ORDERS).rejections, ids=lambda rule: rule.reason
)
def test_the_guide_names_every_reason_of_online_retail(rule: object) -> None:
    reason = rule.reason  # type: ignore[attr-defined]
    assert reason in GUIDE or reason == "stock written off, not sold"


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        ({"colums": {}}, "a mapping has no colums"),
        ({"columns": {"order": "a"}}, "orders have no order"),
        ({"columns": {"customer_id": "a", "date": "b"}}, "the money"),
        ({"columns": {"customer_id": "a", "date": "b", "amount": "c"}}, "order_id"),
        ({"columns": []}, "columns must be a table"),
        ({"kind": "invoices"}, "kind is one of"),
        ({"formats": {"decimal": ";"}}, "decimal"),
        ({"formats": {"zone": "Mars"}}, "Mars"),
        ({"reject": [{"when": {"field": "sku", "is": "A"}}]}, r"reject\[0\] needs a reason"),
        ({"reject": [{"reason": "x", "when": {"field": "sku"}}]}, r"reject\[0\].when"),
        ({"reject": [{"reason": "x", "when": {"any": [{"field": "sku", "matches": "("}]}}]}, "regular expression"),
        ({"reject": [{"reason": "x", "when": {"field": "price", "less": "much"}}]}, "must be a number"),
        ({"values": {"country": {"Norway": False}}}, "Norway must be a text"),
        ({"duplicates": "drop"}, "duplicates is one of"),
        ({"dates": ["%d.%m.%Y"]}, "dates must be a table"),
        ({"dates": {"delivery at": "e"}}, "dates.delivery at is no plain name"),
        ({"dates": {"total": "e"}}, "dates.total means something else"),
        ({"dates": {"completed_at": "e"}}, "dates.completed_at means something else"),
        ({"dates": {"wed_on": "e"}, "traits": {"wed_on": "e"}}, "dates.wed_on means something else"),
        ({"dates": {f"d{number}": "e" for number in range(21)}}, "at most 20 dates"),
    ],
)
def test_a_mapping_that_is_wrong_says_where(words: dict[str, object], complaint: str) -> None:
    good = {
        "columns": {"order_id": "a", "customer_id": "b", "date": "c", "amount": "d"},
    }
    with pytest.raises(InvalidInput, match=complaint):
        parse_mapping({**good, **words}, fallback_name="m", kind=Kind.ORDERS)

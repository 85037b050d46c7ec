from typing import Any

import pytest
from tests.customers.conftest import Event, settle

from tactful.customers import queries
from tactful.customers.queries import Sort

pytestmark = pytest.mark.django_db

PEOPLE: list[dict[str, Any]] = [
    {"email": "ann@example.com", "firstName": "Ann", "lastName": "Lee"},
    {"email": "ben@example.com", "firstName": "Ben", "lastName": "Annis", "phone": "+49301234567"},
    {"email": "cat@example.com", "firstName": "Émile", "lastName": "Zola", "card": "C-77"},
    {"email": "dan@other.org"},
]


@pytest.fixture
def ids(event: Event) -> list[int]:
    events = [
        event("identify", userId=f"U{place}", traits=traits, minutes=100 * place)
        for place, traits in enumerate(PEOPLE)
    ]
    return [number for number in settle(*events).customer_ids if number is not None]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("ann@example.com", [0]),
        ("ANN@EXAMPLE.COM", [0]),
        ("ann", [0, 1]),
        ("Ann Lee", [0]),
        ("lee ann", [0]),
        ("Ann Le", [0]),
        ("ann z", []),
        ("émile", [2]),
        ("U3", [3]),
        ("+49 30 1234567", [1]),
        ("49301", [1]),
        ("C-77", [2]),
        ("%", []),
        ("_nn", []),
        ("'; DROP TABLE", []),
        ("nobody", []),
        ("  ", []),
    ],
)
def test_any_identifier_or_the_beginning_of_a_name_leads_to_the_person(
    ids: list[int], text: str, found: list[int]
) -> None:
    assert [profile.id for profile in queries.search(text)] == [ids[place] for place in found]


def test_an_internal_number_is_found_with_its_sign(ids: list[int]) -> None:
    assert [profile.id for profile in queries.search(f"#{ids[2]}")] == [ids[2]]
    assert queries.search("#" + "9" * 40) == []


def test_an_exact_hit_comes_before_beginnings(event: Event) -> None:
    longer, exact = settle(event(userId="77-b"), event(userId="77")).customer_ids
    assert [profile.id for profile in queries.search("77")] == [exact, longer]
    assert [profile.id for profile in queries.search("77", limit=1)] == [exact]


@pytest.mark.parametrize(
    ("sort", "order"),
    [(Sort.NEWEST, [3, 2, 1, 0]), (Sort.LAST_SEEN, [3, 2, 1, 0]), (Sort.NAME, [1, 0, 2, 3])],
)
def test_the_list_is_sorted_and_paged(ids: list[int], sort: Sort, order: list[int]) -> None:
    first, total = queries.page(sort=sort, limit=3)
    rest, _ = queries.page(sort=sort, limit=3, offset=3)
    assert [profile.id for profile in first + rest] == [ids[place] for place in order]
    assert total == queries.total() == 4


def test_the_list_can_be_narrowed_by_text_and_by_ids(ids: list[int]) -> None:
    rows, total = queries.page(text="ann", ids=ids[1:], sort=Sort.NAME)
    assert ([profile.id for profile in rows], total) == ([ids[1]], 1)
    assert queries.page(ids=[]) == ([], 0)


def test_merged_records_are_neither_listed_nor_found(ids: list[int], event: Event) -> None:
    settle(event(anonymousId="a1"))
    settle(event(anonymousId="a1", userId="U0"))
    assert queries.page()[1] == 4
    assert [profile.id for profile in queries.search("a1")] == [ids[0]]


def test_own_ids_and_ours_lead_to_each_other(ids: list[int], event: Event) -> None:
    [visitor] = settle(event(anonymousId="a9")).customer_ids
    assert queries.internal_ids(["U0", "U3", "nobody"]) == {"U0": ids[0], "U3": ids[3]}
    assert queries.external_ids([ids[0], visitor or 0]) == {ids[0]: "U0"}
    assert queries.owners("email", ["ben@example.com", "x@example.com"]) == {"ben@example.com": ids[1]}


def test_a_person_without_a_name_is_called_by_what_is_known(ids: list[int], event: Event) -> None:
    [visitor] = settle(event(anonymousId="a9")).customer_ids
    names = {number: profile.name for number, profile in queries.cards([*ids, visitor or 0]).items()}
    assert names == {ids[0]: "Ann Lee", ids[1]: "Ben Annis", ids[2]: "Émile Zola", ids[3]: "dan@other.org",
                     visitor: f"#{visitor}"}  # fmt: skip


def test_the_list_is_filtered_by_who_looks_after_them(event: Event, ids: list[int]) -> None:
    max_, eva = "max@example.com", "eva@example.com"
    owners = [max_, eva, max_]
    settle(*(event("identify", userId=f"U{place}", traits={"owner": said}) for place, said in enumerate(owners)))

    def listed(**asked: Any) -> tuple[list[int], int]:
        rows, total = queries.page(**asked)
        return sorted(row.id for row in rows), total

    assert listed(owner=max_) == ([ids[0], ids[2]], 2)
    assert listed(owner="") == ([ids[3]], 1)
    assert listed(owner=max_, text="ann") == ([ids[0]], 1)
    assert listed(owner=max_, ids=[ids[1], ids[2]]) == ([ids[2]], 1)
    assert listed(owner="gone@example.com") == ([], 0)
    settle(event("identify", userId="U0", traits={"owner": ""}))
    assert listed(owner="") == (sorted([ids[0], ids[3]]), 2)


def test_an_owner_follows_a_merge_where_the_other_record_had_none(event: Event) -> None:
    settle(event("identify", anonymousId="b", traits={"phone": "+493012345678", "owner": "max@example.com"}))
    [kept, _] = settle(
        event("identify", userId="U9", traits={"email": "nine@example.com"}),
        event("identify", userId="U9", traits={"phone": "+493012345678"}, minutes=1),
    ).customer_ids
    found = queries.card(kept or 0)
    assert found
    assert found.owner == "max@example.com"

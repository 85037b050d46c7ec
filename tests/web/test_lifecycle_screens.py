"""The lifecycle, the comparison and the list of customers as they answer, without a browser."""

import csv
import html
import io
import json
import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from tests.segments.segments_kit import base_of, put
from tests.web.staff import signed_in

from tactful.customers.models import Customer
from tactful.flows import setting_up
from tactful.flows.nightly import FOLDER
from tactful.flows.tables import TABLES
from tactful.kernel.time import zone_or
from tactful.segments import queries, services
from tactful.segments.models import MemberChange, Segment
from tactful.segments.services import Flow
from tactful.team.queries import workspace
from tactful.web import words
from tactful.web.stage_flows import picture, rows

NOW = datetime.now(UTC)
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def client(transactional_db: None) -> Client:
    setting_up.prepare(now=NOW)
    put(base_of({"customers": [{"id": 1, "country": "DE"}, {"id": 2, "country": "FR"}, {"id": 3}]}))
    save("german", {"attribute": "country", "is": "DE"})
    save("european", {"attribute": "country", "in": ["DE", "FR"]})
    services.fill(now=NOW, tables=TABLES, folder=FOLDER)
    return signed_in("marketer")


def save(slug: str, rule: object, *, goal: str = "g") -> None:
    services.save(slug=slug, name=slug.title(), definition=rule, goal=goal, action="a", now=NOW)


def text_of(answer: Any, status: int = 200) -> str:
    assert answer.status_code == status
    return str(answer.content.decode())


def listed(client: Client, asked: str) -> set[int]:
    """The customers on a page of the list."""
    page = text_of(client.get(f"/customers/?{asked}"))
    return {number for number in (1, 2, 3) if f'href="/customers/{number}/"' in page}


def test_the_list_is_about_members_of_all_segments_named(client: Client) -> None:
    assert listed(client, "segment=european") == {1, 2}
    assert listed(client, "segment=european&segment=german") == {1}
    assert listed(client, "segment=european&segment=german&sort=name") == {1}
    assert listed(client, "segment=european&segment=unknown") == set()
    assert listed(client, "segment=") == {1, 2, 3}
    page = text_of(client.get("/customers/?segment=european&segment=german"))
    assert f"33{words.GAP}% of 3" in page
    assert '<input type="hidden" name="segment" value="german">' in page


def test_the_list_pages_through_a_segment(client: Client) -> None:
    put(base_of({"customers": [{"id": number, "country": "FR"} for number in range(10, 70)]}))
    services.recount(now=NOW, tables=TABLES, folder=FOLDER)
    first, second = (text_of(client.get(f"/customers/?segment=european&page={number}")) for number in (1, 2))
    assert 'href="/customers/69/"' in first
    assert 'href="/customers/1/"' not in first
    assert 'href="/customers/1/"' in second
    assert 'href="/customers/69/"' not in second


def test_each_number_of_the_lifecycle_opens_to_its_customers(client: Client) -> None:
    page = text_of(client.get(reverse("lifecycle")))
    assert "?segment=new-lead" in page
    assert "from=any&amp;to=new-lead" in page
    assert "from=none&amp;to=new-lead" in page
    for asked in ("segment=new-lead", "from=any&to=new-lead", "from=none&to=new-lead"):
        assert listed(client, asked) == {1, 2, 3}, asked
    assert listed(client, "from=new-lead&to=any") == set()
    assert listed(client, "from=any&to=new-lead&month=2020-01") == set()
    assert listed(client, "from=any&to=unknown") == set()
    assert "Nobody went from one stage" in text_of(client.get(reverse("lifecycle"), {"month": "2020-01"}))


def test_a_month_that_is_none_is_this_month(client: Client) -> None:
    for month in ("nonsense", "2026-99", "0000-00"):
        assert f"{NOW:%B}" in text_of(client.get(reverse("lifecycle"), {"month": month}))


def test_the_list_and_the_card_name_the_stage(client: Client) -> None:
    assert '<span class="verdict ">New lead</span>' in text_of(client.get("/customers/"))
    assert "New lead</span></a>" in text_of(client.get("/customers/1/"))


def test_a_stage_is_written_read_moved_and_removed(client: Client) -> None:
    typed = {"name": "Germans", "goal": "g", "action": "a", "definition": "attribute: country\nis: DE"}
    looked = client.post(f"{reverse('segment-preview')}?stage=1", {"definition": typed["definition"]}).json()
    assert "whose country is" in looked["html"]
    assert "would be in the stage now" in looked["html"]
    assert len(queries.stages()) == 8
    assert client.post(reverse("stage-new"), typed).status_code == 302
    assert queries.stages()[-1].slug == "germans"
    asked = text_of(client.get(reverse("stage-move", args=["germans"]), {"way": "up"}))
    assert "nobody would move" in asked
    assert client.get(reverse("stage-move", args=["germans"]), {"way": "down"}).status_code == 302
    client.post(reverse("stage-move", args=["germans"]), {"way": "up"})
    assert queries.stages()[-2].slug == "germans"
    assert "counted again within a minute" in text_of(client.get(reverse("lifecycle")))
    services.fill(now=NOW, tables=TABLES, folder=FOLDER)
    asked = text_of(client.get(reverse("stage-remove", args=["new-lead"])))
    assert "3 customers" in asked
    assert "would be in Engaged lead" in asked
    assert client.post(reverse("stage-remove", args=["new-lead"])).status_code == 302
    assert "new-lead" not in {row.slug for row in queries.stages()}


def opened(client: Client, page: str) -> list[tuple[int, int]]:
    """Of the links to customers who would move: the number, and how many the list behind it shows."""
    links = re.findall(r'href="(/customers/\?also=[^"]+)">(\d+)', page)
    lists = [text_of(client.get(html.unescape(address))) for address, _ in links]
    return [
        (int(number), len(set(re.findall(r'href="/customers/(\d+)/', listed))))
        for (_, number), listed in zip(links, lists, strict=True)
    ]


def test_who_would_change_stages_opens_to_the_customers_behind_the_number(client: Client) -> None:
    found = opened(client, text_of(client.get(reverse("stage-remove", args=["new-lead"]))))
    found += opened(client, text_of(client.get(reverse("stage-move", args=["new-lead"]), {"way": "down"})))
    assert found
    assert all(number == listed > 0 for number, listed in found)


def test_a_stage_with_a_wrong_rule_or_a_taken_name_is_not_saved(client: Client) -> None:
    typed = {"name": "German", "goal": "g", "action": "a", "definition": "everyone: true"}
    assert "called so already" in text_of(client.post(reverse("stage-new"), typed), 422)
    assert "tomorrow" in text_of(
        client.post(reverse("stage-new"), {**typed, "name": "X", "definition": "tomorrow: sun"}), 422
    )
    assert client.get(reverse("stage-edit", args=["german"])).status_code == 404


def test_only_those_who_may_change_see_how(client: Client) -> None:
    analyst = signed_in("analyst")
    assert "New stage" not in text_of(analyst.get(reverse("lifecycle")))
    for name in ("stage-edit", "stage-remove"):
        assert analyst.get(reverse(name, args=["lost-customer"])).status_code == 403
    assert analyst.post(reverse("stage-move", args=["lost-customer"]), {"way": "up"}).status_code == 403


def test_stages_are_not_among_the_segments_whose_faults_are_told(client: Client) -> None:
    save("lonely", {"attribute": "country", "is": "XX"}, goal="")
    Segment.objects.filter(slug="lonely").update(counted_at=NOW)
    page = text_of(client.get(reverse("segments")))
    assert "Lost" not in page
    assert "<b>3 of 3 segments</b> need a decision" in page
    assert "1 does not say what it is for" in page
    assert "1 is empty" in page
    assert "No journey and no other segment uses it." in page


def test_segments_are_compared_and_overlaps_open(client: Client) -> None:
    page = text_of(client.get("/segments/compare/?segment=german&segment=european"))
    assert "?segment=german&amp;segment=european" in page
    assert f"50{words.GAP}% of 2" in page
    assert "too few to say" in page
    assert "Choose two to 8" in text_of(client.get("/segments/compare/"))
    alone = text_of(client.get("/segments/compare/?segment=german&segment=unknown"))
    assert "Choose what stands beside German" in alone
    assert "Choose at least one more" in alone
    assert 'role="alert"' not in alone
    nine = "&".join(f"segment={row.slug}" for row in queries.segments()[:9])
    assert "9 are too many" in text_of(client.get(f"/segments/compare/?{nine}"))


def test_the_picture_has_an_end_for_each_stage_and_a_ribbon_for_each_move() -> None:
    month = NOW.date().replace(day=1)
    flows = [Flow(month, None, "a", 8), Flow(month, "a", "b", 1), Flow(month, "b", None, 1)]
    stages = {"a": "A", "b": "B"}
    drawn = picture(flows, stages, {"a": (8, 1), "b": (1, 1)})
    assert drawn is not None
    assert [(end.name, end.customers) for end in drawn.sources] == [("No stage", None), ("A", 1), ("B", 1)]
    assert [(end.name, end.customers) for end in drawn.targets] == [("No stage", None), ("A", 8), ("B", 1)]
    assert len({end.tone for end in drawn.sources}) == 3
    assert [ribbon.said for ribbon in drawn.ribbons] == ["No stage to A: 8", "A to B: 1", "B to No stage: 1"]
    told = [(row.name, [(cell.name, cell.customers) for cell in row.moves]) for row in rows(flows, stages)]
    assert told == [("No stage", [("A", 8)]), ("A", [("B", 1)]), ("B", [("No stage", 1)])]
    assert picture([], {}, {}) is None
    assert rows([], stages) == []


def test_each_band_and_each_cell_opens_exactly_the_customers_it_counts(client: Client) -> None:
    lead, engaged = (next(row.id for row in queries.stages() if row.slug == slug) for slug in STAGES)
    MemberChange.objects.all().delete()
    edge = datetime(2026, 3, 1, tzinfo=zone_or(workspace().zone, "UTC"))  # where February ends for the company
    for customer, at in [(1, edge), (2, edge + timedelta(days=9)), (3, edge - timedelta(seconds=1))]:
        moved(customer, None, lead, at)
    for customer, hours in [(1, 1), (1, 3), (2, 300)]:
        moved(customer, lead, engaged, edge + timedelta(hours=hours))
        moved(customer, engaged, lead, edge + timedelta(hours=hours + 1))
    moved(2, lead, None, edge + timedelta(days=30))
    moved(2, None, lead, edge + timedelta(days=31))  # in April
    page = text_of(client.get(reverse("lifecycle"), {"month": "2026-03"}))
    found = [(asked, "<path" in shown, number) for asked, shown, number in links_of(page)]
    bands = {(asked, number) for asked, is_band, number in found if is_band}
    numbers = {(asked, number) for asked, is_band, number in found if not is_band}
    assert ("from=none&to=new-lead&month=2026-03", 2) in bands
    assert len(bands) == 4
    assert bands <= numbers
    for asked, number in numbers:
        listing = text_of(client.get(f"/customers/?{asked}"))
        assert f'num">{number} customer' in listing.replace(words.GAP, " "), asked
        assert len(listed(client, asked)) == number, asked


STAGES = ("new-lead", "engaged-lead")


def links_of(page: str) -> list[tuple[str, str, int]]:
    """Links to those who moved: what they ask for, what they show, and the number that they end with."""
    found = re.findall(r'href="/customers/\?(from=[^"]*)"[^>]*>(.*?)</a>', page, re.DOTALL)
    return [(html.unescape(asked), shown, int(re.sub("<[^>]*>", " ", shown).split()[-1])) for asked, shown in found]


def moved(customer: int, source: int | None, target: int | None, at: datetime) -> None:
    for stage, entered in ((source, False), (target, True)):
        if stage is not None:
            MemberChange.objects.create(segment_id=stage, customer_id=customer, at=at, entered=entered)


def test_a_stage_that_is_not_changed_would_move_nobody(client: Client) -> None:
    assert client.get(reverse("segment-edit", args=["active-customer"]))["Location"].endswith(
        "lifecycle/active-customer/"
    )
    for stage in queries.stages():
        said = {"definition": json.dumps(stage.definition), "slug": stage.slug}
        told = client.post(f"{reverse('segment-preview')}?stage=1", said).json()["html"]
        assert told.count("Nobody, compared with the saved version.") == 2, stage.slug


def test_a_stage_says_that_earlier_ones_go_first(client: Client) -> None:
    assert "in none of the stages before" in text_of(client.get(reverse("segment", args=["lost-customer"])))
    assert "in none of the stages before" not in text_of(client.get(reverse("segment", args=["new-lead"])))


def test_who_entered_this_week_can_be_opened(client: Client) -> None:
    page = text_of(client.get(reverse("segment", args=["german"])))
    assert "?from=any&amp;to=german&amp;days=7" in page
    assert "<b>entered German this week</b>" in text_of(client.get("/customers/?from=any&to=german&days=7"))
    assert "in the last 30 days" in text_of(client.get("/customers/?from=german&to=any&days=30"))


def test_the_list_of_segments_is_searched_sorted_and_shows_the_archived(client: Client) -> None:
    assert "German" in text_of(client.get("/segments/?q=germ"))
    assert "No segment fits" in text_of(client.get("/segments/?q=nosuchword"))
    assert "Nothing is archived" in text_of(client.get("/segments/?show=archived"))
    for sort in ("name", "-name", "size", "-entered", "left", "nosense"):
        text_of(client.get(f"/segments/?sort={sort}&show=decide"))
    save("old", {"everyone": True})
    services.archive("old", now=NOW)
    assert "old" in text_of(client.get("/segments/?show=archived"))
    page = text_of(client.get(reverse("segment", args=["old"])))
    assert "Bring it back" in page
    assert "nobody is in it and nothing uses it" in page
    client.post(reverse("segment-again", args=["old", 1]))
    assert queries.segment("old").status == "active"


def test_of_several_called_so_one_is_chosen_and_one_named_in_full_is_meant(client: Client) -> None:
    address = reverse("segment-explain", args=["german"])
    ids = queries.member_ids("german")
    told = text_of(client.get(address, {"id": ids[0]}))
    assert "is in" in told
    assert "When he was in it" in told
    page = text_of(client.get(reverse("segment", args=["german"]), {"id": ids[0]}))
    assert "When he was in it" in page
    assert f'?id={ids[0]}">why' in text_of(client.get(f"/customers/{ids[0]}/"))
    assert "Nobody is known" in text_of(client.get(address, {"customer": "zzz-nobody"}))
    put(base_of({"customers": [{"id": number, "country": "FR"} for number in range(10, 20)]}))
    Customer.objects.filter(pk__gte=10).update(first_name="Julia")
    assert "These are the first 8." in text_of(client.get(address, {"customer": "Julia"}))


def test_a_stage_and_a_segment_of_one_name_are_told_apart(client: Client) -> None:
    said = client.get(reverse("segment-suggest"), {"kind": "segments"}).json()["options"]
    assert {"value": "active-customer", "label": "Active (stage)", "count": None} in said


def test_the_customers_of_a_segment_are_handed_out_as_csv_to_those_who_may(client: Client) -> None:
    Customer.objects.filter(pk=1).update(first_name="=HYPERLINK(1)", phone="+49301234567")
    text = b"".join(client.get("/customers.csv?segment=german").streaming_content).decode("utf-8-sig")  # type: ignore[attr-defined]
    rows = list(csv.DictReader(io.StringIO(text)))
    assert len(rows) == len(queries.member_ids("german"))
    told = {row["first_name"]: row["phone"] for row in rows}
    assert told["'=HYPERLINK(1)"] == "+49301234567"
    assert client.get("/customers.csv")["Location"] == reverse("customers")
    assert signed_in("sales").get("/customers.csv?segment=german").status_code == 403
    assert f"Export {len(rows)} customer" in text_of(client.get("/customers/?segment=german")).replace(
        words.GAP, " "
    )


def test_a_broadcast_to_a_segment_begins_on_its_page(client: Client) -> None:
    assert "/broadcasts/new/?segment=german" in text_of(client.get(reverse("segment", args=["german"])))
    page = text_of(client.get("/broadcasts/new/?segment=german"))
    assert '<option value="german" selected>' in page


def test_shares_of_a_comparison_open_those_they_count(client: Client) -> None:
    for also, words_of in (("bought", "bought"), ("bought_again", "bought again"), ("opened", "opened a message")):
        listed = text_of(client.get(f"/customers/?segment=german&also={also}"))
        assert f"<b>{words_of}</b> and are in <b>German</b>" in listed
    assert "No customer" in text_of(client.get("/customers/?segment=german&also=bought_again"))


def test_a_segment_stands_beside_everybody_with_those_it_shares_most_customers_with(client: Client) -> None:
    page = text_of(client.get(reverse("segment", args=["german"])))
    address = reverse("segment-beside", args=["german"])
    assert f'hx-get="{address}" hx-trigger="load"' in page
    told = text_of(client.get(address, headers={"HX-Request": "true"})).replace(words.GAP, " ")
    assert "<html" not in told
    for other in ("european", "new-lead"):
        assert f'?segment=german&amp;segment={other}">1</a>' in told, other
        assert listed(client, f"segment=german&segment={other}") == {1}
    assert "100 % of 1" in told
    assert "no buyers" in told
    assert client.get(reverse("segment-beside", args=["nosuch"])).status_code == 404
    assert "<h1>German and everybody</h1>" in text_of(client.get(address))


def explained(client: Client, slug: str, customer: int) -> str:
    return text_of(client.get(reverse("segment-explain", args=[slug]), {"id": customer})).replace(words.GAP, " ")


def test_why_a_stage_folds_the_rules_of_earlier_stages_and_names_the_one_he_is_in(client: Client) -> None:
    told = explained(client, "lost-customer", 1)
    assert "He is in an earlier stage: New lead" in told
    assert '<details class="fold small" open><summary>New lead: he meets its rule, so he is there' in told
    assert told.count("he does not meet its rule") == 4
    assert told.count("he meets its rule, too") == 2  # who bought nothing meets those of all leads
    assert told.count("<details") == 8  # seven stages, and when he was in it
    assert told.count(" open>") == 1
    before = told[: told.index("He is in an earlier stage")]
    assert before.count("<li") == 2  # its own rule, and that line


def test_whoever_is_in_no_earlier_stage_is_told_so_in_one_line(client: Client) -> None:
    services.save_stage(
        slug="nobody-yet", name="Nobody yet", definition={"sample": 0, "seed": "x"}, goal="g", action="a", now=NOW
    )
    services.arrange_stages(["nobody-yet"])
    told = explained(client, "new-lead", 1)
    assert "He is in no earlier stage" in told
    assert "Nobody yet: he does not meet its rule" in told
    assert " open>" not in told.split("When he was in it")[0].rsplit("<details", 1)[0]
    assert "earlier stage" not in explained(client, "nobody-yet", 1)


def test_a_segment_that_asks_for_a_stage_folds_the_earlier_ones_too(client: Client) -> None:
    save("gone", {"all": [{"attribute": "country", "is": "DE"}, {"stage": "lost-customer"}]})
    told = explained(client, "gone", 1)
    assert "He is in an earlier stage: New lead" in told
    assert told.count("he does not meet its rule") == 4

"""Writing segments without a browser: previews, words, YAML in and out, versions, archiving, what uses what."""

import html
import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import pytest
import yaml
from django.contrib.auth import get_user_model
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from tactful.consent import queries as consent
from tactful.events import services as events
from tactful.flows import react, setting_up
from tactful.journeys import services as journeys
from tactful.kernel.errors import InvalidInput
from tactful.kernel.naming import check_new, slug_of
from tactful.segments import queries, services
from tactful.segments.models import SegmentVersion
from tactful.segments.services import editing
from tactful.team import services as staff
from tactful.web import ready_made
from tactful.web.segment_files import CODE, differences, written

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
SET = {"attribute": "country", "set": True}
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def client(transactional_db: None) -> Client:
    setting_up.prepare(now=NOW)
    staff.create_user(email="max@example.com", password="tea-without-spam", role="marketer", now=NOW)
    browser = Client()
    user = get_user_model().objects.get(email="max@example.com")
    browser.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return browser


def save(slug: str, rule: Mapping[str, object], name: str = "") -> int:
    return services.save(slug=slug, name=name or slug.title(), definition=rule, goal="g", action="a", now=NOW)


def sent(client: Client, address: str, **typed: object) -> HttpResponse:
    answer: Any = client.post(address, {"goal": "g", "action": "a", **typed})
    return answer  # type: ignore[no-any-return]


def track(customer: str, name: str, **properties: object) -> None:
    said = {
        "type": "track",
        "event": name,
        "userId": customer,
        "messageId": f"{customer}:{name}:{properties}",
        "timestamp": datetime.now(UTC).isoformat(),
        "properties": properties,
    }
    events.append([("api:shop", False, json.dumps(said))], now=datetime.now(UTC))
    react.drain(now=datetime.now(UTC))


def identified(customer: str, **traits: object) -> None:
    said = {"type": "identify", "userId": customer, "messageId": f"{customer}:who", "traits": traits}
    said["timestamp"] = datetime.now(UTC).isoformat()
    events.append([("api:shop", False, json.dumps(said))], now=datetime.now(UTC))
    react.drain(now=datetime.now(UTC))


def test_a_preview_tells_words_count_and_what_saving_would_change(client: Client) -> None:
    track("c1", "Tea Tasted", kind="green")
    save("tasters", {"event": "Tea Tasted", "never": True})
    said = client.post(reverse("segment-preview"), {"definition": "event: Tea Tasted", "slug": "tasters"}).json()
    assert said["fault"] == ""
    assert said["rule"] == {"event": "Tea Tasted"}
    assert yaml.safe_load(said["yaml"]) == said["rule"]
    assert "Tea Tasted" in said["html"]
    assert "would enter" in said["html"]
    assert "/customers/" in said["html"]


def test_the_numbers_of_a_preview_open_to_the_customers_behind_them(client: Client) -> None:
    for number in range(60):
        track(f"c{number}", "Tea Tasted", kind="green")
    save("tasters", {"event": "Tea Tasted", "never": True})
    asked = {"definition": "event: Tea Tasted", "slug": "tasters"}
    links = re.findall(
        r'href="(/customers/[?]also=[^"]+)"', client.post(reverse("segment-preview"), asked).json()["html"]
    )
    assert [client.get(html.unescape(link)).context["pages"].total for link in links] == [60, 60]
    assert "would enter by the rule that is being written" in client.get(html.unescape(links[1])).content.decode()
    long = json.dumps(
        {"any": [{"event": f"Tea Tasted {number}"} for number in range(400)] + [{"event": "Tea Tasted"}]}
    )
    told = client.post(reverse("segment-preview"), {**asked, "definition": long}).json()["html"]
    assert "more, to be seen when it is saved" in told
    assert "?also=" not in told


@pytest.mark.parametrize(
    "asked",
    [
        "tried:",
        "tried:[]",
        "tried:{",
        "tried:" + "[" * 2000,
        'tried:["meet","",false,{"event":1}]',
        'tried:["x","",false,{}]',
        'tried:["enter","unheard-of",true,{"everyone":true}]',
        'tried:[["meet"],{},[],null]',
    ],
)
def test_an_address_that_asks_for_no_rule_asks_for_nothing(client: Client, asked: str) -> None:
    track("c1", "Tea Tasted")
    answer = client.get(reverse("customers"), {"also": asked})
    assert (answer.status_code, answer.context["pages"].total) == (200, 1)


def test_a_preview_says_which_names_nothing_here_has(client: Client) -> None:
    track("c1", "Tea Tasted", kind="green")
    identified("c1", country="DE")
    rule = {"all": [{"event": "Tea Tastd"}, {"attribute": "country", "in": ["de", "DE", "Germany"]}]}
    html = client.post(reverse("segment-preview"), {"definition": json.dumps(rule)}).json()["html"]
    assert "Nothing called “Tea Tastd” has ever happened." in html
    assert "Nobody has the country “de”: did you mean “DE”?" in html
    assert "Nobody has the country “Germany”." in html
    assert "“DE”." not in html
    assert 'data-path="all[0]"' in html
    assert 'data-path="all[1]"' in html
    right = client.post(reverse("segment-preview"), {"definition": "event: Tea Tasted"}).json()["html"]
    assert "ever happened" not in right


def test_a_preview_says_at_which_condition_a_name_stands_that_nothing_has(
    client: Client,
) -> None:
    topic = consent.topics()[0].slug
    rule = {
        "all": [
            {"reachable": "email", "topic": topic},
            {"not": {"consent": {"channel": "emial", "topic": f"{topic}s"}, "is": "given"}},
            {"any": [{"message": "opened", "journey": "nosuch"}]},
        ]
    }
    html = client.post(reverse("segment-preview"), {"definition": json.dumps(rule)}).json()["html"]
    told = re.findall(r'data-hint="([^"]*)" data-path="([^"]*)"', html)
    assert told == [
        ("There is no channel “emial”: did you mean “email”?", "all[1].not"),
        (f"There is no topic “{topic}s”: did you mean “{topic}”?", "all[1].not"),
        ("There is no journey “nosuch”.", "all[2].any[0]"),
    ]


@pytest.mark.parametrize(
    ("text", "path", "words"),
    [
        ("all: [{everyone: true}, {event: A, count: {at_least: x}}]", "all[1].count.at_least", "must be a number"),
        ("not: {orders: revenues, at_least: 1}", "not.orders", "must be one of"),
        ("tomorrow: sun", "", "needs exactly one of"),
        ("any: [", "", "not YAML or JSON"),
        ("&a [*a]", "", "not YAML or JSON"),
        ("orders: count\nat_least: .nan", "", "not YAML or JSON"),
    ],
)
def test_a_fault_names_its_place(client: Client, text: str, path: str, words: str) -> None:
    said = client.post(reverse("segment-preview"), {"definition": text}).json()
    assert said["path"] == path
    assert words in said["fault"]


def test_words_are_those_that_really_occur(client: Client) -> None:
    for customer, kind in (("c1", "green"), ("c2", "green"), ("c3", "black")):
        track(customer, "Tea Tasted", kind=kind, cups=2)
    track("c1", "List Joined", list="tasters")
    save("a", SET, "Known countries")

    def words(**asked: str) -> list[str]:
        return [one["value"] for one in client.get(reverse("segment-suggest"), asked).json()["options"]]

    assert "Tea Tasted" in words(kind="events")
    assert words(kind="events", text="tasted") == ["Tea Tasted"]
    assert set(words(kind="properties", event="Tea Tasted")) == {"kind", "cups"}
    assert words(kind="property_values", event="Tea Tasted", property="kind") == ["green", "black"]
    assert words(kind="property_values", event="Tea Tasted", property="kind", text="BL") == ["black"]
    assert words(kind="property_values", event="Tea Tasted", property='x" OR') == []
    assert words(kind="lists") == ["tasters"]
    assert "a" in words(kind="segments")
    assert "news" in words(kind="topics")
    assert words(kind="channels") == ["email"]
    assert words(kind="attribute_values", attribute="email") == []
    assert words(kind="nonsense") == []


def test_a_segment_goes_out_as_yaml_and_comes_in_again(client: Client) -> None:
    save("a", {"all": [SET, {"orders": "count", "at_least": 2}]}, "Known")
    answer = client.get("/segments/a.yaml")
    assert answer["Content-Disposition"] == 'attachment; filename="a.yaml"'
    file = yaml.safe_load(answer.content)
    assert (file["name"], file["goal"], file["action"]) == ("Known", "g", "a")
    text = answer.content.decode()
    told = client.post(reverse("segment-preview"), {"definition": text}).json()
    assert told["fields"] == {"name": "Known", "goal": "g", "action": "a"}
    assert sent(client, reverse("segment-new"), name="Twin", definition=text).status_code == 302
    assert queries.segment("twin").definition == queries.segment("a").definition


def test_a_new_segment_does_not_write_over_another(client: Client) -> None:
    save("known", SET, "Known")
    answer = sent(client, reverse("segment-new"), name="Known", definition="everyone: true")
    assert answer.status_code == 422
    assert "called so already" in answer.content.decode()
    assert queries.segment("known").definition == SET


def test_what_somebody_else_saved_meanwhile_is_not_written_over(client: Client) -> None:
    save("known", SET, "Known")
    save("known", {"everyone": True}, "Known")
    answer = sent(
        client, reverse("segment-edit", args=["known"]), name="Known", definition="everyone: true", version="1"
    )
    assert answer.status_code == 422
    page = answer.content.decode()
    assert "Somebody saved this segment meanwhile" in page
    assert "/segments/known/versions/1/" in page
    assert '<input type="hidden" name="version" value="2"' in page
    assert queries.segment("known").definition == {"everyone": True}
    sent(client, reverse("segment-edit", args=["known"]), name="Mine", definition="everyone: true", version="2")
    assert queries.segment("known").name == "Mine"


def test_a_segment_says_what_it_is_for_and_what_is_done_differently(client: Client) -> None:
    answer = sent(client, reverse("segment-new"), name="Known", definition="everyone: true", goal="", action=" ")
    assert answer.status_code == 422
    assert "known" not in {row.slug for row in queries.segments()}


def test_a_new_segment_does_not_take_over_an_archived_one_of_the_same_name(client: Client) -> None:
    save("known", SET, "Known")
    services.archive("known", now=NOW)
    answer = sent(client, reverse("segment-new"), name="Known", definition="everyone: true")
    assert answer["Location"].endswith("/segments/known-2/")
    assert queries.segment("known").status == "archived"


@pytest.mark.parametrize(
    ("method", "address", "sent"),
    [
        ("post", "/segments/preview/", {"definition": "everyone: true", "slug": "a\0"}),
        ("get", "/segments/known/explain/", {"customer": "a\0"}),
        ("get", "/segments/suggest", {"kind": "property_values", "text": "a"}),
        ("get", "/segments/suggest", {"kind": "attribute_values"}),
        ("post", "/segments/preview/", {"definition": "everyone: true", "slug": "nosuch"}),
    ],
)
def test_what_nobody_types_is_no_fault_of_ours(
    client: Client, method: str, address: str, sent: dict[str, str]
) -> None:
    save("known", SET, "Known")
    assert getattr(client, method)(address, sent).status_code in {200, 422}


def test_each_change_is_a_version_with_who_made_it(client: Client) -> None:
    save("known", SET, "Known")
    address = reverse("segment-edit", args=["known"])
    sent(client, address, name="Known", definition="everyone: true", version="1")
    sent(client, address, name="Known", definition="everyone: true", version="2", goal="", action="")
    sent(client, address, name="All of them", definition="everyone: true", version="2")
    kept = editing.versions("known")
    assert [(one.number, one.name, one.saved_by) for one in kept] == [
        (3, "All of them", "max@example.com"),
        (2, "Known", "max@example.com"),
        (1, "Known", ""),
    ]
    page = client.get(reverse("segment", args=["known"])).content.decode()
    assert "/segments/known/versions/1/" in page
    old = client.get(reverse("segment-version", args=["known", 1])).content.decode()
    assert "country is set" in old
    assert "Make this the rule again" in old
    assert '<div class="gone">' in old
    assert client.get(reverse("segment-version", args=["known", 9])).status_code == 404


def test_an_old_rule_is_made_the_rule_again_as_a_new_version(client: Client) -> None:
    save("known", SET, "Known")
    save("known", {"everyone": True}, "Everybody")
    assert client.post(reverse("segment-again", args=["known", 1])).status_code == 302
    now = queries.segment("known")
    assert (now.version, now.name, now.definition) == (3, "Everybody", SET)


def test_a_version_from_another_language_is_still_shown(client: Client) -> None:
    save("known", SET, "Known")
    save("known", {"everyone": True}, "Known")
    kept = SegmentVersion.objects.get(segment_id=queries.segment("known").id, version=1)
    kept.definition = {"moon": "full"}
    kept.save()
    page = client.get(reverse("segment-version", args=["known", 1])).content.decode()
    assert "cannot be read any more" in page
    assert "moon: full" in page
    assert client.post(reverse("segment-again", args=["known", 1])).status_code == 302
    assert queries.segment("known").definition == {"everyone": True}


def test_a_segment_that_another_rule_names_is_not_archived(client: Client) -> None:
    save("inner", SET, "Inner")
    save("outer", {"all": [{"not": {"segment": "inner"}}, {"everyone": True}]}, "Outer")
    page = client.get(reverse("segment", args=["inner"])).content.decode()
    assert "Outer" in page
    answer = client.post(reverse("segment-archive", args=["inner"]), follow=True)
    assert "the segment “Outer” needs it" in answer.content.decode()
    assert queries.segment("inner").status == "active"
    client.post(reverse("segment-archive", args=["outer"]))
    client.post(reverse("segment-archive", args=["inner"]))
    assert queries.segment("inner").status == "archived"


def test_a_segment_that_a_journey_in_use_begins_with_is_not_archived(client: Client) -> None:
    services.install_ready(now=NOW)
    journeys.install_ready(now=NOW)
    journeys.activate("reactivation-by-hypothesis", now=NOW)
    answer = client.post(reverse("segment-archive", args=["asleep"]), follow=True)
    assert "the journey “Reactivation by hypothesis” needs it" in answer.content.decode()
    assert queries.segment("asleep").status == "active"


def test_code_conditions_are_spelled_out() -> None:
    text = json.dumps({"all": [{CODE: "orders: count\nat_least: 2"}, {CODE: "a: ["}]})
    assert written(text).rule == {"all": [{"orders": "count", "at_least": 2}, {CODE: "a: ["}]}


def test_lines_that_differ_are_told() -> None:
    assert differences("a\nb", "a\nc") == [(" ", "a"), ("-", "b"), ("+", "c")]


def test_an_address_that_a_screen_has_is_no_short_name() -> None:
    assert slug_of("New", kind="segment") == "new-segment"
    assert slug_of("Größer als 3", kind="segment") == "grosser-als-3"
    assert slug_of("日本", kind="segment") == "riben"
    assert slug_of("!", kind="segment", taken={"segment"}) == "segment-2"
    with pytest.raises(InvalidInput, match="address of a page"):
        check_new("new", "New", kind="segment")


def test_a_new_segment_begins_with_nothing_or_with_a_ready_one_that_is_not_here_yet(client: Client) -> None:
    page = client.get(reverse("segment-new")).content.decode()
    offered = {one["slug"] for one in ready_made.offered()}
    assert offered == {each.slug for each in services.ready()}
    assert "Nothing yet." in page
    assert '<script id="builder-rule" type="application/json">null</script>' in page
    page = client.get(reverse("segment-new"), {"ready": "at_risk"}).content.decode()
    assert 'value="At risk"' in page
    assert "Speak up before a good customer is asleep." in page
    assert "whose last purchase was at most 60 days ago" in page
    services.install_ready(["at_risk"], now=NOW)
    save("mine", SET, "High value")
    save("gone", SET, "Asleep")
    services.archive("gone", now=NOW)
    assert offered - {one["slug"] for one in ready_made.offered()} == {"at_risk", "high_value", "asleep"}
    page = client.get(reverse("segment-new"), {"ready": "at_risk"}).content.decode()
    assert 'value="At risk"' not in page


def test_a_ready_segment_that_is_copied_keeps_the_short_name_by_which_ready_journeys_call_it(
    client: Client,
) -> None:
    ready = next(each for each in ready_made.offered() if each["slug"] == "spring_buyers")
    typed = {"name": ready["name"], "definition": json.dumps(ready["rule"])}
    assert sent(client, reverse("segment-new"), **typed).status_code == 302
    assert queries.segment("spring_buyers").name == ready["name"]
    assert "called so already" in sent(client, reverse("segment-new"), **typed).content.decode()
    assert sent(client, reverse("segment-new"), **{**typed, "name": "Spring, ours"}).status_code == 302
    assert queries.segment("spring-ours")


def test_nothing_is_saved_while_it_says_of_nobody_who_belongs_to_it(client: Client) -> None:
    for address in (reverse("segment-new"), reverse("stage-new")):
        for empty in ("", "  ", "{}", "all: []"):
            assert sent(client, address, name="Empty", definition=empty).status_code == 422, (address, empty)
    assert "empty" not in {row.slug for row in queries.segments()}
    assert client.post(reverse("segment-preview"), {"definition": " "}).json()["fault"] == ""


def test_a_fault_is_told_for_the_builder_too(client: Client) -> None:
    rule = {"all": [{"everyone": True}, {"not": {"segment": "gone"}}]}
    said = client.post(reverse("segment-preview"), {"definition": json.dumps(rule)}).json()
    assert said["path"] == "all[1].not.segment"
    assert said["plain"] == "There is no segment “gone” in use: choose another."
    answer = sent(client, reverse("segment-new"), name="Of others", definition=json.dumps(rule))
    assert answer.status_code == 422
    assert "Not saved yet. There is no segment “gone” in use: choose another." in answer.content.decode()

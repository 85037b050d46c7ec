"""Segments, journeys, templates and restraint as files: out, in, and out again."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tactful.consent import queries as consent
from tactful.consent import topics
from tactful.content import queries as content_now
from tactful.content import services as content
from tactful.content.domain.values import Text
from tactful.decisions import queries as decisions
from tactful.decisions import services as decisions_written
from tactful.decisions.domain.facts import CapRule, Guards
from tactful.flows import setting_up
from tactful.flows.files import applying, folder
from tactful.flows.files.yaml_text import written
from tactful.journeys import queries as journeys
from tactful.journeys import services as journeys_written
from tactful.journeys.domain.writing import in_order
from tactful.journeys.scenarios import ready
from tactful.kernel.documents import read_yaml
from tactful.kernel.errors import Conflict, InvalidInput, NotFound
from tactful.segments import queries as segments
from tactful.segments import services as segments_written

NOW = datetime(2026, 3, 2, 10, tzinfo=UTC)
LOOKALIKES = st.sampled_from(
    [
        "10:30",
        "2027-01-31",
        "2027-13-99",
        "yes",
        "no",
        "on",
        "~",
        "null",
        "true",
        "0x1f",
        "1e5",
        "1_000",
        "<<",
        "=",
        "#x",
        "*a",
        "&b",
        "!c",
        "-",
    ]
)
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text()
    | LOOKALIKES,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8) | LOOKALIKES, inner, max_size=3)
    ),
    max_leaves=8,
)
MJML = (
    "<mjml>\n<mj-body><mj-section><mj-column><mj-text>Hello</mj-text></mj-column></mj-section>\n</mj-body>\n</mjml>"
)
OBJECTS = st.dictionaries(st.text(min_size=1, max_size=8) | LOOKALIKES, VALUES, min_size=1, max_size=4)


@pytest.fixture
def house(db: None) -> None:
    """A small company: a few of everything."""
    decisions_written.set_up(now=NOW)
    segments_written.install_ready(["asleep", "new_leads", "spring_buyers"], now=NOW)
    segments_written.install_stages(now=NOW)
    journeys_written.install_ready(["welcome", "seasonal"], now=NOW)
    content.save_template(slug="how-was-it", name="How was it", subject="How was it?", mjml=MJML, now=NOW)


def acts(place: Path, *, now: datetime = NOW) -> dict[str, str]:
    return {f"{one.kind} {one.slug}": one.act for one in applying.plan(folder.read(place), now=now).changes}


def applied(place: Path) -> applying.Plan:
    parts = folder.read(place)
    return applying.apply(parts, seen=applying.plan(parts, now=NOW), now=NOW, by="ada")


@given(data=OBJECTS)
def test_whatever_is_written_reads_back_as_it_was(data: dict[str, Any]) -> None:
    assert read_yaml(written(data)) == data


@given(old=OBJECTS, new=OBJECTS)
def test_whatever_is_written_over_an_old_text_says_the_new(old: dict[str, Any], new: dict[str, Any]) -> None:
    assert read_yaml(written(new, over=written(old))) == new


@pytest.mark.parametrize("one", ready(), ids=lambda one: one.slug)
def test_a_ready_journey_keeps_its_comments_and_the_order_that_a_database_loses(
    one: Any,
) -> None:
    lost = json.loads(json.dumps(one.data, sort_keys=True))
    assert list(in_order(lost)) == list(one.data)
    assert list(in_order(lost)["steps"]) == list(in_order(one.data)["steps"])
    assert written(in_order(lost), over=one.text) == one.text
    changed = written(in_order(lost) | {"priority": 7}, over=one.text)
    assert changed != one.text
    assert [line for line in changed.splitlines() if "#" in line] == [
        line for line in one.text.splitlines() if "#" in line
    ]


def test_everything_that_comes_ready_goes_out_and_in_again_without_a_change(db: None, tmp_path: Path) -> None:
    setting_up.prepare(now=NOW)
    segments_written.install_ready(now=NOW)
    journeys_written.install_ready([one.slug for one in ready()], now=NOW)
    assert {one.act for one in folder.export(tmp_path)} == {"fresh"}
    assert set(acts(tmp_path).values()) == {"same"}


@pytest.mark.usefixtures("house")
class TestAHouse:
    def test_what_was_exported_applies_as_no_change_and_exports_as_the_same_files(self, tmp_path: Path) -> None:
        first = folder.export(tmp_path)
        assert {one.act for one in first} == {"fresh"}
        assert set(acts(tmp_path).values()) == {"same"}
        assert {one.act for one in folder.export(tmp_path)} == {"same"}
        assert {path.name for path in tmp_path.iterdir()} == {
            "journeys",
            "segments",
            "templates",
            "lifecycle.yaml",
            "restraint.yaml",
        }

    def test_comments_and_the_name_of_the_file_stay_when_the_journey_was_changed_here(self, tmp_path: Path) -> None:
        (tmp_path / "journeys").mkdir(parents=True)
        mine = tmp_path / "journeys" / "my_welcome.yaml"
        mine.write_text("# why we greet\n" + next(one.text for one in ready() if one.slug == "welcome"))
        journeys_written.save(journeys.journey("welcome").summary.source | {"owner": "Eve"}, now=NOW)
        folder.export(tmp_path)
        assert not (tmp_path / "journeys" / "welcome.yaml").exists()
        assert mine.read_text().startswith("# why we greet\n")
        assert "# One hour: long enough" in mine.read_text()
        assert "owner: Eve" in mine.read_text()

    def test_a_journey_at_work_is_not_given_a_channel_that_is_not_here(self, tmp_path: Path) -> None:
        journeys_written.activate("welcome", now=NOW)
        folder.export(tmp_path)
        file = tmp_path / "journeys" / "welcome.yaml"
        file.write_text(file.read_text().replace("channel: email", "channel: sms"))
        with pytest.raises(InvalidInput, match=r"welcome\.yaml: steps\..*: SMS arrives with another release"):
            applying.plan(folder.read(tmp_path), now=NOW)

    def test_the_plan_names_each_field_and_nothing_changes_before_it_is_applied(self, tmp_path: Path) -> None:
        folder.export(tmp_path)
        file = tmp_path / "journeys" / "welcome.yaml"
        file.write_text(file.read_text().replace("priority: 40", "priority: 45"))
        restraint = tmp_path / "restraint.yaml"
        restraint.write_text(restraint.read_text().replace("count: 2", "count: 1"))
        letter = tmp_path / "templates" / "how-was-it.mjml"
        letter.write_text(letter.read_text().replace("</mj-body>", "<!-- x -->\n</mj-body>"))
        plan = applying.plan(folder.read(tmp_path), now=NOW)
        assert {(change.slug, field.path) for change in plan.to_do for field in change.fields} == {
            ("welcome", "priority"),
            ("restraint", "caps[0].count"),
            ("how-was-it", "mjml"),
        }
        assert journeys.journey("welcome").summary.version == 1
        applied(tmp_path)
        assert journeys.journey("welcome").summary.version == 2
        assert decisions.caps()[0].count == 1
        assert set(acts(tmp_path).values()) == {"same"}

    def test_an_attribute_that_is_taken_away_is_a_change(self, tmp_path: Path) -> None:
        source = journeys.journey("welcome").summary.source
        update = {"type": "update", "set": {"plan": "new"}, "next": "done"}
        steps = source["steps"] | {"what-we-do": source["steps"]["what-we-do"] | {"next": "mark"}, "mark": update}
        journeys_written.save(source | {"steps": steps}, now=NOW)
        folder.export(tmp_path)
        file = tmp_path / "journeys" / "welcome.yaml"
        file.write_text(file.read_text().replace("plan: new", "plan: new, old_plan:"))
        assert acts(tmp_path)["journey welcome"] == "change"

    def test_what_the_files_do_not_name_is_kept(self, tmp_path: Path) -> None:
        folder.export(tmp_path)
        (tmp_path / "journeys" / "welcome.yaml").unlink()
        assert acts(tmp_path)["journey welcome"] == "kept"
        applied(tmp_path)
        assert journeys.journey("welcome").summary.status == "draft"

    @pytest.mark.parametrize(
        ("file", "old", "new", "said"),
        [
            (
                "journeys/welcome.yaml",
                "type: exit",
                "type: exit, colour: red",
                "journeys/welcome.yaml: steps.done.colour",
            ),
            (
                "journeys/welcome.yaml",
                "segment: new_leads",
                "segment: gone",
                "welcome.yaml: entry.segment .*'gone'",
            ),
            (
                "journeys/welcome.yaml",
                "slug: welcome",
                "slug: 'a: [",
                "journeys/welcome.yaml: this is not YAML or JSON in line",
            ),
            ("segments/asleep.yaml", "greater: 60", "bigger: 60", "segments/asleep.yaml: rule: "),
            ("segments/asleep.yaml", "rule:", "segment_of: x\nrule:", "segments/asleep.yaml: segment_of"),
            (
                "templates/how-was-it.yaml",
                "subject:",
                "headline:",
                "templates/how-was-it.yaml: subject is required",
            ),
            ("templates/how-was-it.mjml", "</mj-body>", "", "templates/how-was-it.yaml: "),
            (
                "restraint.yaml",
                "count: 2",
                "count: 2, channel: fax",
                r"caps\[0\].channel must be one of email, sms",
            ),
            ("restraint.yaml", "count: 2", "count: some", r"restraint.yaml: caps\[0\].count must be a number"),
        ],
    )
    def test_one_mistake_stops_everything_and_is_named_with_file_and_path(
        self, tmp_path: Path, file: str, old: str, new: str, said: str
    ) -> None:
        folder.export(tmp_path)
        other = tmp_path / "journeys" / "seasonal.yaml"
        other.write_text(other.read_text().replace("priority: 30", "priority: 31"))
        wrong = tmp_path / file
        assert old in wrong.read_text()
        wrong.write_text(wrong.read_text().replace(old, new))
        with pytest.raises(InvalidInput, match=said):
            applied(tmp_path)
        assert journeys.journey("seasonal").summary.version == 1

    def test_a_segment_may_come_with_the_segment_that_it_names(self, tmp_path: Path) -> None:
        (tmp_path / "segments").mkdir()
        for slug, rule in (("a_outer", "{segment: z_inner}"), ("z_inner", "{everyone: true}")):
            (tmp_path / "segments" / f"{slug}.yaml").write_text(f"name: {slug}\ngoal: G\naction: A\nrule: {rule}\n")
        applied(tmp_path)
        assert {row.slug for row in segments.segments()} >= {"a_outer", "z_inner"}

    def test_every_kind_of_cap_goes_out_and_in(self, tmp_path: Path) -> None:
        caps = (CapRule(1, 1, period="day"), CapRule(2, 7), CapRule(3, 30, channel="email", topic="news"))
        decisions_written.save_caps(caps)
        folder.export(tmp_path)
        decisions_written.save_caps([])
        applied(tmp_path / "restraint.yaml")
        assert set(decisions.caps()) == set(caps)

    def test_guards_go_out_and_in_and_what_a_file_does_not_name_is_as_it_comes(self, tmp_path: Path) -> None:
        guards = Guards(ticket_days=9, double_opt_in=True, thousand_cost_minor=1200)
        decisions_written.save_guards(guards)
        folder.export(tmp_path)
        decisions_written.save_guards(Guards())
        applied(tmp_path / "restraint.yaml")
        assert decisions.guards() == guards
        file = tmp_path / "restraint.yaml"
        file.write_text(file.read_text().replace("  ticket_days: 9\n", ""))
        applied(file)
        assert decisions.guards() == replace(guards, ticket_days=Guards().ticket_days)
        file.write_text(file.read_text().replace("call_days: 2", "call_days: 999"))
        with pytest.raises(InvalidInput, match=r"restraint.yaml: call days must lie between 0 and 366"):
            applied(file)

    def test_the_stages_go_out_and_in_with_their_order_words_and_rules(self, tmp_path: Path) -> None:
        folder.export(tmp_path)
        file = tmp_path / "lifecycle.yaml"
        before = [row.slug for row in segments.stages()]
        segments_written.move_stage(before[0], up=False)
        segments_written.save_stage(
            slug=before[0], name="Guests", definition={"everyone": True}, goal="", action="", now=NOW
        )
        plan = applying.plan(folder.read(file), now=NOW)
        assert [change.act for change in plan.changes] == ["change"]
        applied(file)
        assert [row.slug for row in segments.stages()] == before
        assert segments.stages()[0].name == "New lead"
        assert set(acts(tmp_path).values()) == {"same"}

    def test_a_new_stage_comes_where_the_file_has_it(self, tmp_path: Path) -> None:
        folder.export(tmp_path)
        file = tmp_path / "lifecycle.yaml"
        first = "stages:\n  - {slug: tasters, name: Tasters, rule: {orders: count, exactly: 1}}\n"
        file.write_text(file.read_text().replace("stages:\n", first, 1))
        applied(tmp_path)
        assert segments.stages()[0].slug == "tasters"

    @pytest.mark.parametrize(
        ("text", "said"),
        [
            ("stages: []", "lifecycle.yaml: stages: a lifecycle needs at least one"),
            ("stages: [{slug: a}]", r"lifecycle.yaml: stages\[0\].name"),
            ("stages: [{slug: a, name: A, rule: {orders: x}}]", r"lifecycle.yaml: stages\[0\].rule: "),
            (
                "stages: [{slug: a, name: A, rule: {everyone: true}}]",
                "the file lacks new-lead, .*lost-customer",
            ),
        ],
    )
    def test_a_lifecycle_that_leaves_somebody_nowhere_is_refused(
        self, tmp_path: Path, text: str, said: str
    ) -> None:
        (tmp_path / "lifecycle.yaml").write_text(text)
        with pytest.raises(InvalidInput, match=said):
            applied(tmp_path / "lifecycle.yaml")
        assert len(segments.stages()) > 1

    def test_every_language_of_a_template_goes_out_and_in(self, tmp_path: Path) -> None:
        german = Text("Wie war es?", MJML.replace("Hello", "Hallo"), "Ein Wort dazu")
        content.save_text(slug="how-was-it", name="How was it", text=german, language="de", now=NOW)
        folder.export(tmp_path)
        place = tmp_path / "templates"
        assert {file.name for file in place.iterdir() if file.stem.startswith("how-was-it")} == {
            "how-was-it.yaml",
            "how-was-it.mjml",
            "how-was-it.de.mjml",
        }
        letter = place / "how-was-it.de.mjml"
        letter.write_text(letter.read_text().replace("Hallo", "Guten Tag"))
        seen = applied(tmp_path)
        assert [field.path for change in seen.to_do for field in change.fields] == ["languages.de.mjml"]
        texts = content_now.text("how-was-it").texts
        assert (texts["de"].preheader, texts["en"].mjml) == ("Ein Wort dazu", MJML)
        assert "Guten Tag" in texts["de"].mjml
        content.remove_language("how-was-it", "de", now=NOW, by="eve")
        applied(tmp_path)
        assert content_now.text("how-was-it").texts == texts
        letter.unlink()
        with pytest.raises(InvalidInput, match=r"how-was-it.yaml: languages.de.mjml is missing: .* \.de\.mjml"):
            applied(tmp_path)

    def test_what_changed_since_the_plan_was_seen_stops_it(self, tmp_path: Path) -> None:
        folder.export(tmp_path)
        file = tmp_path / "journeys" / "welcome.yaml"
        file.write_text(file.read_text().replace("priority: 40", "priority: 45"))
        parts = folder.read(tmp_path)
        seen = applying.plan(parts, now=NOW)
        journeys_written.save(journeys.journey("welcome").summary.source | {"owner": "Eve"}, now=NOW)
        with pytest.raises(Conflict, match="make a new one"):
            applying.apply(parts, seen=seen, now=NOW, by="ada")
        assert journeys.journey("welcome").summary.source["priority"] == 40

    def test_an_archived_journey_comes_back_as_a_draft(self, tmp_path: Path) -> None:
        folder.export(tmp_path)
        journeys_written.archive("welcome", now=NOW)
        file = tmp_path / "journeys" / "welcome.yaml"
        assert acts(file) == {"journey welcome": "create"}
        applied(file)
        assert journeys.journey("welcome").summary.status == "draft"

    def test_a_file_that_is_in_the_way_and_cannot_be_read_stops_the_export(self, tmp_path: Path) -> None:
        (tmp_path / "segments").mkdir()
        (tmp_path / "segments" / "asleep.yaml").write_text("a: [")
        with pytest.raises(InvalidInput, match=r"segments/asleep\.yaml"):
            folder.export(tmp_path)
        assert not (tmp_path / "journeys").exists()

    def test_a_file_of_which_nothing_is_kept_is_told_and_left(self, tmp_path: Path) -> None:
        folder.export(tmp_path)
        journeys_written.archive("welcome", now=NOW + timedelta(days=1))
        assert [one.file for one in folder.export(tmp_path) if one.act == "stale"] == ["journeys/welcome.yaml"]


def test_a_place_without_files_is_not_found(tmp_path: Path) -> None:
    with pytest.raises(NotFound):
        folder.read(tmp_path)
    with pytest.raises(NotFound):
        folder.read(tmp_path / "none")
    (tmp_path / "x.yaml").write_text("a: 1")
    with pytest.raises(InvalidInput, match=r"x\.yaml: is none of journey \(steps\)"):
        folder.read(tmp_path / "x.yaml")


def test_two_files_for_one_journey_are_refused(tmp_path: Path) -> None:
    (tmp_path / "journeys").mkdir()
    for name in ("a", "b"):
        (tmp_path / "journeys" / f"{name}.yaml").write_text(ready()[0].text)
    with pytest.raises(InvalidInput, match=r"journeys/b\.yaml: journey 'welcome' is in journeys/a\.yaml already"):
        folder.read(tmp_path)


@pytest.mark.usefixtures("house")
@pytest.mark.parametrize("place", ["templates/*.mjml", "templates/*.yaml", "journeys/*.yaml"])
def test_a_file_that_is_no_text_is_named_and_nothing_is_written_over_it(tmp_path: Path, place: str) -> None:
    folder.export(tmp_path)
    binary = sorted(tmp_path.glob(place))[0]
    binary.write_bytes(b"\x89PNG\r\n\xff\xfe")
    before = {
        path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file() and path.stem != "restraint"
    }
    (tmp_path / "restraint.yaml").unlink()
    with pytest.raises(InvalidInput, match=rf"{binary.name} is no text"):
        folder.export(tmp_path)
    assert {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()} == before


@pytest.fixture
def asking(house: None) -> None:
    """The small company with the topics that come with an installation."""
    topics.ensure()


def changed(place: Path, old: str, new: str) -> None:
    assert old in place.read_text()
    place.write_text(place.read_text().replace(old, new))


@pytest.mark.usefixtures("asking")
class TestTopics:
    def test_they_go_out_and_in_in_the_order_of_the_page(self, tmp_path: Path) -> None:
        topics.move_before("tips", "news")
        topics.retire("offers", now=NOW)
        folder.export(tmp_path)
        file = tmp_path / "topics.yaml"
        said = read_yaml(file.read_text())["topics"]
        assert [topic["slug"] for topic in said] == ["tips", "news", "offers", "service"]
        assert [topic.get("retired") for topic in said] == [None, None, True, None]
        assert set(acts(tmp_path).values()) == {"same"}
        assert {one.act for one in folder.export(tmp_path)} == {"same"}

    def test_a_plan_says_what_would_change_and_applying_does_it(self, tmp_path: Path) -> None:
        file = tmp_path / "topics.yaml"
        folder.export(tmp_path)
        changed(file, "name: Offers", "name: Good prices")
        changed(file, "slug: tips,", "slug: tips, retired: true,")
        file.write_text(file.read_text() + "  - {slug: wine, name: Wine}\n")
        plan = applying.plan(folder.read(tmp_path), now=NOW)
        assert {(field.path, field.after) for change in plan.to_do for field in change.fields} == {
            ("topics[1].name", "Good prices"),
            ("topics[2].retired", "True"),
            ("topics[4]", "{'slug': 'wine', 'name': 'Wine', 'description': ''}"),
        }
        applied(file)
        assert [(row.slug, row.name, row.retired) for row in consent.every_topic()][1:] == [
            ("offers", "Good prices", False),
            ("tips", "Tips", True),
            ("service", "Service", False),
            ("wine", "Wine", False),
        ]
        changed(file, "retired: true,", "")
        applied(file)
        assert consent.retired_topics() == set()
        assert acts(file) == {"topics topics": "same"}

    @pytest.mark.parametrize(
        ("old", "new", "said"),
        [
            ("slug: tips", "slug: '*'", r"topics\.yaml: topics\[2\]: '\*' means everything"),
            ("slug: tips", "slug: news", "news stands there twice"),
            ("name: Tips", "name: News", "'news' is called “News” already"),
            ("name: Tips", "name: <b>Tips</b>", r"topics\[2\]: the name is shown as it stands"),
            ("name: Tips", "name: ''", r"topics\[2\].name must be a text that says something"),
            ("slug: tips,", "slug: tips, colour: red,", r"topics\[2\].colour is not a field"),
            ("slug: tips", "slug: hints", "the file lacks tips: write them into it"),
        ],
    )
    def test_a_mistake_is_named_with_its_place_and_changes_nothing(
        self, tmp_path: Path, old: str, new: str, said: str
    ) -> None:
        folder.export(tmp_path)
        before = consent.every_topic()
        changed(tmp_path / "topics.yaml", old, new)
        with pytest.raises(InvalidInput, match=said):
            applied(tmp_path)
        assert consent.every_topic() == before

    def test_a_topic_is_retired_only_together_with_the_journey_that_needs_it(self, tmp_path: Path) -> None:
        content.install_ready(now=NOW)
        journeys_written.activate("welcome", now=NOW)
        needed = str(journeys.journey("welcome").summary.source["topic"])
        other = next(row.slug for row in consent.topics() if row.slug != needed)
        folder.export(tmp_path)
        changed(tmp_path / "topics.yaml", f"slug: {needed},", f"slug: {needed}, retired: true,")
        with pytest.raises(InvalidInput, match=r"topics\.yaml: the journey “.*” would fall silent"):
            applying.plan(folder.read(tmp_path), now=NOW)
        changed(tmp_path / "journeys" / "welcome.yaml", f"topic: {needed}", f"topic: {other}")
        applied(tmp_path)
        assert consent.retired_topics() == {needed}

"""Images, blocks, approval and reviews that are kept; addresses of other sites."""

from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image as Picture

from tactful.content import outside, queries, services
from tactful.content.domain.findings import MUST, SHOULD, Finding
from tactful.content.domain.values import InvalidTemplate, Text
from tactful.content.services import blocks, images
from tactful.kernel.errors import Conflict, InvalidInput

NOW = datetime(2026, 3, 1, 9, tzinfo=UTC)
BODY = "<mjml><mj-body><mj-section><mj-column><mj-text>{}</mj-text></mj-column></mj-section></mj-body></mjml>"


def picture(kind: str = "PNG", width: int = 60) -> bytes:
    out = BytesIO()
    Picture.new("RGB", (width, 40), "#0f766e").save(out, format=kind)
    return out.getvalue()


@pytest.mark.django_db
class TestImages:
    def put(self, content: bytes, folder: Path, alt: str = "A cup") -> queries.ImageRow:
        return images.upload(content, name="cup.png", alt=alt, folder=folder, by="ada", now=NOW)

    @pytest.mark.parametrize("kind", ["PNG", "JPEG", "GIF", "WEBP"])
    def test_an_image_is_written_anew_under_its_digest(self, tmp_path: Path, kind: str) -> None:
        row = self.put(picture(kind), tmp_path)
        assert (row.kind, row.width, row.height) == (kind.lower(), 60, 40)
        assert images.file_of(tmp_path, row.digest, row.kind).stat().st_size == row.size
        assert self.put(picture(kind), tmp_path).digest == row.digest
        assert len(queries.images()) == 1

    def test_a_wide_one_is_made_smaller(self, tmp_path: Path) -> None:
        assert self.put(picture(width=3000), tmp_path).width == images.WIDEST

    @pytest.mark.parametrize("content", [b"", b"<svg onload=alert(1)>", picture()[:60], b"GIF89a" + b"x" * 99])
    def test_what_is_no_image_is_refused(self, tmp_path: Path, content: bytes) -> None:
        with pytest.raises(InvalidInput, match="give a PNG"):
            self.put(content, tmp_path)
        assert queries.images() == []

    def test_it_must_say_what_it_shows(self, tmp_path: Path) -> None:
        with pytest.raises(InvalidInput, match="say in words"):
            self.put(picture(), tmp_path, alt=" ")

    def test_where_it_is_shown_is_known(self, tmp_path: Path) -> None:
        row = self.put(picture(), tmp_path)
        services.save_text(
            slug="hello", name="Hello", text=Text("s", BODY.format(f'<img src="{row.path}">')), now=NOW
        )
        assert queries.image_uses() == {row.digest: ["hello"]}


@pytest.mark.django_db
class TestApproval:
    def save(self, words: str, by: str = "ada", minutes: int = 0) -> None:
        now = NOW + timedelta(minutes=minutes)
        services.save_text(slug="hello", name="Hello", text=Text(words, BODY.format(words)), now=now, by=by)

    def test_what_was_saved_before_a_second_pair_of_eyes_was_wanted_needs_none(self) -> None:
        self.save("One")
        services.approve("hello", 1, by="max", now=NOW)
        self.save("Two")
        services.save_rules(second_pair_of_eyes=True, seeds=[], now=NOW + timedelta(minutes=1))
        assert queries.unapproved(["hello"]) == []
        assert queries.latest_numbers(["hello"]) == {"hello": 2}
        self.save("Three", minutes=2)
        assert queries.unapproved(["hello"]) == ["hello"]
        assert queries.latest_numbers(["hello"]) == {"hello": 2}

    def test_nobody_approves_his_own_and_a_change_must_be_read_again(self) -> None:
        services.save_rules(second_pair_of_eyes=True, seeds=[], now=NOW)
        self.save("One")
        assert queries.unapproved(["hello", "nosuch"]) == ["hello"]
        assert queries.latest_numbers(["hello"]) == {}
        with pytest.raises(Conflict, match="somebody else"):
            services.approve("hello", 1, by="ada", now=NOW)
        services.approve("hello", 1, by="max", now=NOW)
        assert queries.unapproved(["hello"]) == []
        self.save("Two")
        assert queries.unapproved(["hello"]) == ["hello"]
        assert queries.latest_numbers(["hello"]) == {"hello": 1}

    def test_switched_off_nothing_waits_and_what_was_there_before_goes_on(self) -> None:
        self.save("One")
        assert queries.unapproved(["hello"]) == []
        services.save_rules(second_pair_of_eyes=True, seeds=[], now=NOW + timedelta(minutes=1))
        self.save("Two", minutes=2)
        assert queries.latest_numbers(["hello"]) == {"hello": 1}
        services.save_rules(second_pair_of_eyes=False, seeds=[], now=NOW)
        assert queries.latest_numbers(["hello"]) == {"hello": 2}

    def test_a_seed_list_has_only_addresses(self) -> None:
        services.save_rules(second_pair_of_eyes=False, seeds=[" a@example.com ", "", "a@example.com"], now=NOW)
        assert queries.rules().seeds == ("a@example.com",)
        with pytest.raises(InvalidInput, match="'b' is no e-mail address"):
            services.save_rules(second_pair_of_eyes=False, seeds=["b"], now=NOW)

    def test_a_review_is_kept_with_its_launch(self) -> None:
        self.save("One")
        findings = [Finding("links", MUST, "no"), Finding("dark", SHOULD, "hm")]
        services.keep_review("hello", 1, findings, now=NOW, by="ada", occasion="journey x")
        [kept] = queries.reviews("hello")
        assert (kept.findings, kept.occasion) == (tuple(findings), "journey x")


@pytest.mark.django_db
class TestBlocks:
    def test_the_ready_blocks_can_stand_in_a_message(self) -> None:
        for row in blocks.ready_blocks():
            blocks.save_block(name=row.name, mjml=row.mjml, by="ada", now=NOW)
        assert len(queries.own_blocks()) == len(blocks.ready_blocks()) > 5

    @pytest.mark.parametrize(
        "mjml", ["just words", "<mj-text>x", "<mj-body></mj-body>", "<mj-text>{% if %}</mj-text>"]
    )
    def test_what_is_no_block_is_told(self, mjml: str) -> None:
        with pytest.raises(InvalidTemplate):
            blocks.save_block(name="Mine", mjml=mjml, by="ada", now=NOW)


@pytest.mark.parametrize(
    "url",
    ["http://127.0.0.1/", "http://localhost:5432/", "ftp://a.example/", "https://a:b@a.example/", "http://[::1]/"],
)
def test_an_address_inside_is_told_and_not_asked(url: str) -> None:
    assert outside.answer_of(url) != ""

"""What is not finished yet stops a launch: words of a block that nobody replaced, an image that is not there."""

from dataclasses import replace

import pytest
from tests.content.test_content_review import BUTTON, SCENE, found, text

from tactful.content.domain.unfinished import PLACEHOLDERS
from tactful.content.services.blocks import ready_blocks

ENOUGH = "<mj-text>green tea " + "and cups " * 30 + "</mj-text>"
PHOTO = "/i/0123456789abcdef0123456789abcdef.png"


def with_image(address: str) -> str:
    return f'{ENOUGH}<mj-image src="{address}" alt="A tin" />{BUTTON}'


@pytest.mark.parametrize("words", PLACEHOLDERS)
def test_words_of_a_block_that_nobody_replaced_must_be_mended(words: str) -> None:
    told = found(text(f"<mj-text>tea, {words}</mj-text>{BUTTON}"))
    assert words in told["unfinished must"]


def test_every_ready_block_with_words_to_replace_is_noticed() -> None:
    asking = ("text", "call-to-action", "product-card", "image", "two-columns")
    blocks = {one.slug: one.mjml for one in ready_blocks()}
    assert all(any(words in blocks[slug] for words in PLACEHOLDERS) for slug in asking)


def test_an_image_that_is_not_there_must_be_mended() -> None:
    told = found(text(with_image("/i/choose-an-image.png")))
    assert "choose-an-image.png is not here" in told["images must"]


def test_images_that_weigh_much_should_be_made_smaller() -> None:
    told = found(text(with_image(PHOTO)), replace(SCENE, images={PHOTO: 1_400_000}))
    assert told == {"images should": told["images should"]}
    assert "1.4 MB" in told["images should"]


def test_an_image_of_usual_weight_is_fine() -> None:
    assert found(text(with_image(PHOTO)), replace(SCENE, images={PHOTO: 90_000})) == {}


def test_one_image_with_little_text_is_called_one() -> None:
    told = found(text(f'<mj-text>tea</mj-text><mj-image src="{PHOTO}" alt="A tin" />{BUTTON}'))
    assert told["images should"].strip().startswith("1 image and little text")

"""Templates on their screens: written as code and visually, looked at, tried, approved, archived."""

import re
from typing import Any

import pytest
from django.conf import settings
from playwright.sync_api import expect
from tests.content.test_content_keeping import picture

pytestmark = pytest.mark.browser


@pytest.mark.parametrize(
    "path",
    [
        "/content/",
        "/content/?show=archived",
        "/content/cart-help/",
        "/content/cart-help/?look=dark&width=narrow&language=de",
        "/content/cart-help/versions/1/",
        "/content/cart-help/change/",
        "/content/images/",
        "/settings/messages/",
    ],
)
def test_the_screens_of_content_draw_without_barriers_and_fit_a_phone(screen: Any, path: str) -> None:
    assert screen.open(path) == 200
    screen.page.wait_for_load_state("networkidle")
    assert screen.faults == []  # before axe, which talks to the sealed frame in vain
    assert screen.barriers() == []
    assert not screen.too_wide
    screen.page.set_viewport_size(screen.narrow)
    assert not screen.too_wide


def press(page: Any, name: str) -> None:
    """A click once the page stands still: right after scrolling, the browser still sends clicks to the preview, a
    sealed frame in a process of its own, where that was before."""
    button = page.get_by_role("button", name=name, exact=True)
    button.scroll_into_view_if_needed()
    page.wait_for_timeout(300)
    button.click()


def test_code_and_visual_are_two_ways_to_the_same_text(screen: Any) -> None:
    screen.open("/content/cart-help/change/")
    page = screen.page
    before = page.locator("textarea[name=mjml]").input_value()
    page.get_by_role("tab", name="Visual").click()
    expect(page.locator("#panel-visual")).to_be_visible()
    canvas = page.frame_locator(".gjs-frame")
    expect(canvas.get_by_text("Go on with your order")).to_be_visible(timeout=15_000)
    page.get_by_role("tab", name="Code").click()
    assert page.locator("textarea[name=mjml]").input_value() == before
    page.get_by_role("tab", name="Visual").click()
    page.locator("[data-block]").select_option("divider")
    press(page, "Insert")
    page.get_by_role("tab", name="Code").click()
    after = page.locator("textarea[name=mjml]").input_value()
    assert "<mj-divider" in after
    assert re.findall(r"\{%.*?%\}", after) == re.findall(r"\{%.*?%\}", before)
    assert before[: before.index("<mj-body")] == after[: after.index("<mj-body")]
    expect(page.locator("[data-review]")).not_to_contain_text("cannot be saved")
    assert screen.faults == []


def test_a_fault_is_told_with_its_line_while_one_types(screen: Any) -> None:
    screen.open("/content/new/")
    page = screen.page
    page.get_by_role("textbox", name="MJML and Liquid").click()
    page.keyboard.press("Control+a")
    page.keyboard.insert_text("<mjml>\n<mj-body>\n<mj-txt>x</mj-txt>\n</mj-body></mjml>")
    expect(page.locator("[data-review]")).to_contain_text("line 3")
    expect(page.locator("[data-review]")).to_contain_text("did you mean <mj-text>?")
    page.get_by_label("Subject").fill("Re: WINTER TEA NOW")
    page.get_by_label("Name", exact=True).fill("Broken")
    page.get_by_role("button", name="Save as a new version").click()
    expect(page.get_by_role("alert").first).to_contain_text("line 3")
    expect(page.get_by_label("Subject")).to_have_value("Re: WINTER TEA NOW")


def test_a_template_is_written_reviewed_saved_compared_copied_and_archived(screen: Any) -> None:
    screen.open("/content/new/")
    page = screen.page
    page.get_by_label("Name", exact=True).fill("Winter tea")
    page.get_by_label("Subject").fill("Re: winter tea")
    expect(page.locator("[data-review]")).to_contain_text("pretends to be an answer")
    page.get_by_label("Subject").fill("Welcome to winter tea")
    expect(page.locator("[data-subject]")).to_have_text("Welcome to winter tea")
    press(page, "To me")
    expect(page.locator("[data-test-told]")).to_contain_text("Sent to ada@example.com")
    assert any(b"[Test] Welcome" in file.read_bytes() for file in settings.DATA.glob("mailbox/*/*.eml"))
    page.get_by_role("button", name="Save as a new version").click()
    page.wait_for_url("**/content/winter-tea/")
    page.get_by_role("link", name="Change").click()
    page.get_by_label("Subject").fill("Welcome to winter teas")
    page.get_by_role("button", name="Save as a new version").click()
    page.wait_for_url("**/content/winter-tea/")
    page.get_by_role("link", name="Version 1").click()
    expect(page.locator(".diff .added")).to_contain_text("winter teas")
    page.get_by_role("button", name="Make this the newest again").click()
    expect(page.get_by_text("as version 3")).to_be_visible()
    page.get_by_role("button", name="Copy…").click()
    page.get_by_label("Name of the copy").fill("Spring tea")
    page.get_by_role("button", name="Copy", exact=True).click()
    page.wait_for_url("**/content/spring-tea/")
    page.get_by_role("button", name="Archive", exact=True).click()
    page.get_by_role("button", name="Archive this template").click()
    page.wait_for_url("**/content/")
    expect(page.get_by_role("link", name="Spring tea")).to_have_count(0)
    screen.open("/content/thank-you-how-to-use/")
    page.get_by_role("button", name="Archive", exact=True).click()
    expect(page.get_by_role("dialog")).to_contain_text("cannot be archived yet")


def test_an_image_is_uploaded_served_and_stands_in_the_list(screen: Any) -> None:
    screen.open("/content/images/")
    page = screen.page
    page.get_by_label("Image", exact=True).set_input_files(
        {"name": "cup.png", "mimeType": "image/png", "buffer": picture()}
    )
    page.get_by_label("What does it show?").fill("A green cup")
    page.get_by_role("button", name="Upload").click()
    link = page.get_by_role("link", name="cup.png")
    answer = page.request.get(f"{screen.site}{link.get_attribute('href')}")
    assert (answer.status, answer.headers["content-type"]) == (200, "image/png")
    assert "immutable" in answer.headers["cache-control"]
    assert screen.faults == []


def test_a_refused_image_says_why_beside_the_file_and_keeps_the_words(screen: Any) -> None:
    screen.open("/content/images/")
    drawing = {"name": "cup.png", "mimeType": "image/png", "buffer": b'<svg xmlns="http://www.w3.org/2000/svg"/>'}
    screen.page.get_by_label("Image", exact=True).set_input_files(drawing)
    screen.page.get_by_label("What does it show?").fill("A cup of tea")
    screen.page.get_by_role("button", name="Upload").click()
    file = screen.page.get_by_label("Image", exact=True)
    expect(file).to_have_accessible_description(re.compile("This is no image that can be read: give a PNG"))
    expect(screen.page.get_by_role("alert")).to_have_count(1)
    expect(screen.page.get_by_label("What does it show?")).to_have_value("A cup of tea")
    assert screen.barriers() == []

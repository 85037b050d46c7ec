"""The canvas of journeys in a real browser: by mouse, by keyboard alone, on a phone; nothing typed is lost."""

import re
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

pytestmark = pytest.mark.browser
CHANGE = "/journeys/after-first-purchase/change/"


def step(page: Page, name: str) -> Locator:
    return page.locator(f'.react-flow__node[data-id="{name}"]')


def pull(page: Page, start: Locator, end: Locator) -> None:
    """Draw from one dot to another with the mouse."""
    here, there = start.bounding_box(), end.bounding_box()
    assert here
    assert there
    page.mouse.move(here["x"] + here["width"] / 2, here["y"] + here["height"] / 2)
    page.mouse.down()
    page.mouse.move(there["x"] + there["width"] / 2, there["y"] - 10, steps=6)
    page.mouse.move(there["x"] + there["width"] / 2, there["y"] + there["height"] / 2, steps=2)
    page.mouse.up()


def ask_for_a_step(page: Page) -> None:
    page.keyboard.press("a")
    expect(page.locator(".j-kinds .menu-item").first).to_be_focused()


def test_a_journey_of_three_steps_is_built_with_the_keyboard_alone(screen: Any) -> None:
    screen.open("/journeys/new/")
    page, keys = screen.page, screen.page.keyboard
    page.get_by_label("Name", exact=True).focus()
    keys.type("By keyboard")
    expect(page.get_by_label("Short name")).to_have_value("by-keyboard")
    page.get_by_label("What to do when it fails").focus()
    keys.type("Pause it.")
    step(page, "(entry)").focus()
    keys.press("Enter")
    keys.press("Tab")
    keys.type("Order Completed")
    keys.press("Escape")
    expect(step(page, "(entry)")).to_be_focused()
    ask_for_a_step(page)
    keys.press("ArrowDown")
    keys.press("Enter")
    expect(page.get_by_label("Days", exact=False).first).to_be_focused()
    keys.press("Escape")
    expect(step(page, "wait")).to_be_focused()
    ask_for_a_step(page)
    keys.press("Enter")
    text = page.get_by_label("Text", exact=True)
    expect(text).to_be_focused()
    expect(step(page, "message")).to_contain_text("Choose the text")
    expect(text).to_have_attribute("aria-invalid", "true")
    expect(page.locator('[data-field="template"] .error-text')).to_have_text("Choose the text")
    keys.press("ArrowDown")
    expect(page.get_by_text("Can be saved")).to_be_visible()
    keys.press("Escape")
    expect(step(page, "message")).to_be_focused()
    keys.press("ArrowDown")
    expect(step(page, "done")).to_be_focused()
    keys.press("ArrowUp")
    expect(step(page, "message")).to_be_focused()
    ask_for_a_step(page)
    keys.press("Enter")
    expect(step(page, "message-2")).to_have_count(1)
    keys.press("Escape")
    expect(step(page, "message-2")).to_be_focused()
    keys.press("Delete")
    expect(step(page, "message-2")).to_have_count(0)
    expect(step(page, "message")).to_be_focused()
    assert screen.barriers() == []
    page.get_by_role("button", name="Save").focus()
    keys.press("Enter")
    page.wait_for_url("**/journeys/by-keyboard/")
    expect(page.locator("svg.flow rect.box")).to_have_count(4)
    assert screen.faults == []


def opened(page: Page, name: str) -> None:
    """The step's form. What was undone is drawn anew: a click may meet what is about to go."""
    for _ in range(10):
        step(page, name).click()
        page.wait_for_timeout(300)
        if page.locator("#j-panel .b-row").count():
            return


def test_a_way_is_drawn_by_mouse_undone_and_kept_over_a_reload(screen: Any) -> None:
    screen.open(CHANGE)
    page = screen.page
    page.on("dialog", lambda asked: asked.accept())  # leaving asks
    page.get_by_role("button", name="Fit View").click()
    pull(page, step(page, "tips").locator(".source"), step(page, "how-was-it").locator(".target"))
    expect(step(page, "in-use")).to_contain_text("Cannot be reached")
    page.get_by_role("button", name="1 to mend").click()
    expect(page.locator("[data-faults]")).to_contain_text("Cannot be reached from 'a-day-later'")
    page.reload()
    expect(page.get_by_text("is here again")).to_be_visible()
    expect(step(page, "in-use")).to_contain_text("Cannot be reached")
    page.get_by_role("button", name="Begin again from the saved version").click()
    expect(page.get_by_text("Can be saved")).to_be_visible()
    page.keyboard.press("Control+z")
    expect(step(page, "in-use")).to_contain_text("Cannot be reached")
    page.keyboard.press("Control+Shift+z")
    expect(step(page, "in-use")).not_to_contain_text("Cannot be reached")
    opened(page, "unhappy")
    expect(page.locator("#j-panel .b-row")).to_have_count(1)
    page.get_by_role("tab", name="YAML").click()
    expect(page.get_by_label("The journey as YAML")).to_have_value(re.compile("^slug: after-first-purchase"))
    assert screen.faults == []


def test_a_step_stays_where_it_was_dragged_for_everybody_until_the_steps_are_tidied(screen: Any) -> None:
    screen.open(CHANGE)
    page = screen.page
    page.get_by_role("button", name="Fit View").click()
    pulled = step(page, "tips")
    laid, box = pulled.get_attribute("style"), pulled.bounding_box()
    assert box
    page.mouse.move(box["x"] + 40, box["y"] + 10)
    page.mouse.down()
    page.mouse.move(box["x"] + 100, box["y"] + 60, steps=5)
    with page.expect_response("**/places/") as kept:
        page.mouse.up()
    assert kept.value.ok
    there = pulled.get_attribute("style")
    assert there != laid
    page.evaluate("localStorage.clear()")
    page.reload()
    expect(pulled).to_have_attribute("style", str(there))
    expect(page.get_by_text("not saved")).to_have_count(0)
    with page.expect_response("**/places/"):
        page.get_by_role("button", name="Tidy up").click()
    page.reload()
    expect(pulled).to_have_attribute("style", str(laid))
    assert screen.faults == []


def test_on_a_phone_the_steps_are_a_list_with_their_forms(phone: Any) -> None:
    phone.open(CHANGE)
    page = phone.page
    page.locator(".j-list").get_by_role("button", name="Wait 6 days").click()
    days = page.locator("#j-panel").get_by_label("Days", exact=False).first
    expect(days).to_be_focused()
    days.fill("5")
    expect(page.locator(".j-list")).to_contain_text("Wait 5 days")
    assert not phone.too_wide
    assert phone.barriers() == []
    page.get_by_role("button", name="Undo").click()
    expect(page.locator(".j-list")).to_contain_text("Wait 6 days")
    assert phone.faults == []


def test_customers_enter_by_a_date_of_an_order_or_deal_and_the_run_is_about_it(screen: Any) -> None:
    screen.open(CHANGE)
    page = screen.page
    page.on("dialog", lambda asked: asked.accept())
    step(page, "(entry)").click()
    kinds = page.get_by_label("Customers enter when")
    kinds.select_option("a date of an order comes")
    expect(step(page, "(entry)")).to_contain_text("30 days after an order was completed")
    expect(step(page, "(entry)")).to_contain_text("each order by itself")
    page.get_by_label("Days after it").fill("0")
    expect(page.locator('[data-field="entry.days"]')).to_contain_text("at least 1")
    page.get_by_label("Counted from the day").select_option("that its events tell")
    page.get_by_label("Property with the date").fill("delivery_at")
    page.get_by_label("Days after it").fill("-2")
    expect(step(page, "(entry)")).to_contain_text("2 days before delivery at of an order")
    expect(page.get_by_text("Can be saved")).to_be_visible()
    kinds.select_option("a date of a deal comes")
    expect(page.get_by_label("Property with the date")).to_have_value("valid_until")
    page.get_by_role("tab", name="YAML").click()
    written = page.get_by_label("The journey as YAML")
    expect(written).to_have_value(re.compile(r"^key: deal$", re.MULTILINE))
    expect(written).to_have_value(re.compile(r"date: deal\.valid_until"))
    page.get_by_role("tab", name="Canvas").click()
    step(page, "(entry)").click()
    kinds.select_option("something happens")
    page.get_by_role("tab", name="YAML").click()
    expect(written).not_to_have_value(re.compile(r"^key:", re.MULTILINE))
    assert screen.barriers() == []
    assert screen.faults == []

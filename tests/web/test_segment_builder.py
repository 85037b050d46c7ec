"""The builder of rules in a real browser: by mouse, by keyboard, by dragging, with the YAML in step."""

from typing import Any

import pytest
import yaml
from playwright.sync_api import Locator, Page, expect

pytestmark = pytest.mark.browser


EXAMPLE = """\
all:
  - {orders: count, at_least: 2, in_last_days: 90}
  - {consent: {channel: email, topic: news}, is: given}
"""


def begun(shown: Any) -> None:
    """A new segment with two conditions to work on."""
    shown.open("/segments/new/")
    page = shown.page
    page.get_by_role("tab", name="YAML").click()
    page.get_by_label("Rule").fill(EXAMPLE)
    page.get_by_role("tab", name="Builder").click()
    expect(rows(root(page))).to_have_count(2)


def add(page: Page, card: Locator, kind: str) -> Locator:
    """A new condition of a kind in a group; the row of it."""
    card.locator("> .b-foot").get_by_role("button", name="Condition", exact=True).click()
    page.get_by_role("dialog").get_by_role("button", name=kind, exact=True).click()
    return card.locator("> .b-list > li").last.locator("> .b-row")


def named(page: Page, name: str) -> None:
    page.get_by_label("Name", exact=True).fill(name)
    page.get_by_label("What is this segment for?").fill("To keep them")
    page.get_by_label("What do we do differently for it?").fill("A letter")


def rows(card: Locator) -> Locator:
    return card.locator("> .b-list > li > .b-row")


def yaml_of(page: Page) -> str:
    """The rule as the YAML tab has it, once the answer has come."""
    expect(page.locator("#preview.b-stale")).to_have_count(0)
    return str(page.locator("textarea[name=definition]").input_value())


def counted(page: Page) -> str:
    expect(page.locator("#preview.b-stale")).to_have_count(0)
    return str(page.locator("#preview [data-count]").inner_text())


def root(page: Page) -> Locator:
    return page.locator("[data-canvas] > .b-group")


def test_a_nested_rule_is_built_by_mouse_saved_and_found_again(screen: Any) -> None:
    begun(screen)
    page = screen.page
    named(page, "Built by mouse")
    first = rows(root(page)).first
    first.get_by_label("number", exact=True).fill("1")
    first.get_by_label("days").fill("3650")
    expect(page.locator("#preview")).to_contain_text("in the last 3650 days")
    root(page).locator("> .b-foot").get_by_role("button", name="Group").click()
    inner = root(page).locator("> .b-list > li > .b-group")
    expect(inner.get_by_label("How these hang together")).to_have_value("any")
    viewed = add(page, inner, "Did something, so often")
    expect(page.locator("#preview")).to_contain_text("still empty")
    viewed.get_by_label("event", exact=True).fill("Order Completed")
    viewed.get_by_label("how often").select_option("never")
    country = add(page, inner, "A field of the customer")
    country.get_by_label("comparison").select_option("set")
    expect(page.locator("#preview")).to_contain_text("did not do “Order Completed”")
    assert counted(page) != ""
    root(page).locator("> .b-list > li").nth(1).get_by_label("What to do with it").click()
    root(page).get_by_role("button", name="Remove").locator("visible=true").click()
    expect(page.locator("#preview")).not_to_contain_text("agreed")
    assert screen.barriers() == []
    text = yaml_of(page)
    page.get_by_role("button", name="Save").click()
    page.wait_for_url("**/segments/built-by-mouse/")
    page.get_by_role("link", name="Change").click()
    expect(root(page).locator(".b-row")).to_have_count(3)
    expect(root(page).locator(".b-group.b-any .b-row").first.get_by_label("event", exact=True)).to_have_value(
        "Order Completed"
    )
    assert yaml.safe_load(page.locator("textarea[name=definition]").input_value()) == yaml.safe_load(text)
    assert screen.faults == []


def test_the_count_and_who_would_enter_change_as_the_rule_changes(screen: Any) -> None:
    screen.open("/segments/asleep/change/")
    page = screen.page
    was = counted(page)
    row = rows(root(page)).first
    row.get_by_label("number", exact=True).fill("0")
    expect(page.locator("#preview [data-count]")).not_to_have_text(was)
    enter = page.locator("#preview details").first
    expect(enter).to_contain_text("would enter")
    enter.locator("summary").click()
    assert enter.get_by_role("link").count() > 0
    assert screen.barriers() == []
    assert screen.faults == []


def test_one_condition_is_dragged_into_another_group(screen: Any) -> None:
    begun(screen)
    page = screen.page
    root(page).locator("> .b-foot").get_by_role("button", name="Group").click()
    inner = root(page).locator("> .b-list > li > .b-group")
    add(page, inner, "Everyone")
    expect(rows(root(page))).to_have_count(2)
    consent = rows(root(page)).nth(1)
    consent.locator(".b-handle").drag_to(inner.locator(".b-row").first, target_position={"x": 40, "y": 2})
    expect(rows(root(page))).to_have_count(1)
    expect(rows(inner)).to_have_count(2)
    expect(rows(inner).first).to_contain_text("His word on")
    expect(page.locator("#preview")).to_contain_text("agreed")
    assert screen.faults == []


def test_the_same_is_done_with_the_keyboard_alone(screen: Any) -> None:
    begun(screen)
    page = screen.page
    root(page).locator("> .b-foot").get_by_role("button", name="Group").focus()
    page.keyboard.press("Enter")
    expect(page.locator(".b-group .b-group").get_by_role("button", name="Condition", exact=True)).to_be_focused()
    page.keyboard.press("Enter")
    page.keyboard.type("everyone")
    page.keyboard.press("Enter")
    inner = root(page).locator("> .b-list > li > .b-group")
    expect(inner.locator(".b-row")).to_contain_text("Every customer")
    rows(root(page)).nth(1).locator(".b-handle").focus()
    page.keyboard.press("ArrowRight")
    expect(inner.locator(".b-row")).to_have_count(2)
    expect(page.get_by_role("status").filter(has_text="Moved into the group")).to_have_count(1)
    expect(page.locator(".b-handle:focus")).to_have_count(1)
    page.keyboard.press("ArrowDown")
    expect(inner.locator(".b-row").last).to_contain_text("His word on")
    page.keyboard.press("ArrowLeft")
    expect(rows(root(page))).to_have_count(2)
    page.keyboard.press("ArrowUp")
    page.keyboard.press("ArrowUp")
    expect(root(page).locator("> .b-list > li").first).to_contain_text("His word on")
    assert screen.faults == []


def test_yaml_is_one_click_away_and_both_stay_in_step(screen: Any) -> None:
    screen.open("/segments/new/")
    page = screen.page
    page.get_by_role("tab", name="YAML").click()
    rule = page.get_by_label("Rule")
    rule.fill("any:\n  - {orders: count, at_least: 3}\n  - not: {attribute: country, is: DE}\n")
    page.get_by_role("tab", name="Builder").click()
    expect(root(page).get_by_label("How these hang together").first).to_have_value("any")
    expect(root(page).locator(".b-none")).to_contain_text("The")
    rows(root(page)).first.get_by_label("number", exact=True).fill("4")
    page.get_by_role("tab", name="YAML").click()
    expect(rule).to_have_value("any:\n- orders: count\n  at_least: 4\n- not:\n    attribute: country\n    is: DE\n")
    rule.fill("any: [")
    page.get_by_role("tab", name="Builder").click()
    expect(page.get_by_role("status").filter(has_text="cannot be read")).to_be_visible()
    expect(rule).to_have_value("any: [")
    assert screen.faults == []


def test_what_no_input_can_show_is_kept_as_code_and_can_be_changed(screen: Any) -> None:
    screen.open("/segments/new/")
    page = screen.page
    page.get_by_role("tab", name="YAML").click()
    page.get_by_label("Rule").fill("all:\n  - {everyone: true}\n  - {tomorrow: sun, at_least: 2}\n")
    page.get_by_role("tab", name="Builder").click()
    code = root(page).get_by_label("Condition as code").last
    assert "tomorrow" in code.input_value()
    expect(root(page).locator(".b-row").nth(1).locator(".b-fault")).to_contain_text(
        "No such condition is known here"
    )
    code.fill("orders: revenue\nat_least: 10")
    expect(page.locator("#preview")).to_contain_text("spent at least")
    assert "orders: revenue" in yaml_of(page)
    assert screen.faults == []


def test_a_fault_stands_at_its_condition_and_nothing_typed_is_lost(screen: Any) -> None:
    begun(screen)
    page = screen.page
    days = rows(root(page)).first.get_by_label("days")
    days.fill("0.5")
    fault = rows(root(page)).first.locator(".b-fault")
    expect(fault).to_contain_text("Write a whole number from 1 to")
    expect(days).to_have_attribute("aria-invalid", "true")
    named(page, "Wrong")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("alert").first).to_contain_text("Write a whole number from 1 to")
    expect(rows(root(page)).first.get_by_label("days")).to_have_value("0.5")
    expect(rows(root(page)).first.locator(".b-fault")).to_be_visible()
    assert screen.barriers() == []


def test_a_name_that_nothing_has_is_told_at_its_condition(screen: Any) -> None:
    screen.open("/segments/new/")
    page = screen.page
    page.get_by_role("tab", name="YAML").click()
    page.get_by_label("Rule").fill(
        "all:\n  - {orders: count, at_least: 1}\n  - {message: opened, journey: nosuch}\n"
    )
    page.get_by_role("tab", name="Builder").click()
    expect(rows(root(page)).nth(1).locator(".b-hint")).to_have_text("There is no journey “nosuch”.")
    expect(rows(root(page)).first.locator(".b-hint")).to_be_hidden()
    rows(root(page)).first.get_by_label("number", exact=True).fill("2")
    expect(page.locator("#preview")).to_contain_text("2 times")
    expect(rows(root(page)).nth(1).locator(".b-hint")).to_be_visible()
    assert screen.barriers() == []
    assert screen.faults == []


def test_real_words_are_offered_in_the_inputs(screen: Any) -> None:
    begun(screen)
    page = screen.page
    row = add(page, root(page), "Did something, so often")
    event = row.get_by_label("event", exact=True)
    event.focus()
    name = event.get_attribute("list")
    expect(page.locator(f"#{name} option[value='Order Completed']")).to_have_count(1)
    event.fill("Order Completed")
    row.get_by_role("button", name="where property").click()
    named = row.get_by_label("Property 1: property")
    expect(named).to_be_focused()
    expect(page.locator(f"#{named.get_attribute('list')} option").first).to_be_attached()


def test_removing_can_be_undone(screen: Any) -> None:
    begun(screen)
    page = screen.page
    rows(root(page)).first.get_by_label("What to do with it").click()
    page.get_by_role("button", name="Remove").locator("visible=true").click()
    expect(rows(root(page))).to_have_count(1)
    rows(root(page)).first.get_by_label("What to do with it").click()
    page.get_by_role("button", name="Remove").locator("visible=true").click()
    expect(rows(root(page))).to_have_count(0)
    page.get_by_role("button", name="Undo").click()
    page.get_by_role("button", name="Undo").click()
    expect(rows(root(page)).first).to_contain_text("The")
    expect(rows(root(page))).to_have_count(2)
    root(page).get_by_label("How these hang together").select_option("any")
    page.keyboard.press("Control+z")
    expect(root(page).get_by_label("How these hang together")).to_have_value("all")


def test_a_rule_with_an_empty_place_is_not_saved(screen: Any) -> None:
    begun(screen)
    page = screen.page
    named(page, "Half written")
    row = add(page, root(page), "A field of the customer")
    page.get_by_role("button", name="Save").click()
    expect(page.locator("[data-told]")).to_contain_text("a place is still empty")
    expect(row.locator("input[data-needed=yes]").first).to_be_focused()
    assert page.url.endswith("/segments/new/")


def test_what_is_not_saved_is_not_left_without_a_word(screen: Any) -> None:
    begun(screen)
    page = screen.page
    asked: list[str] = []
    page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.dismiss()))
    page.get_by_label("Name", exact=True).fill("Half written")
    page.evaluate("window.location.href = '/segments/'")
    expect(page.get_by_label("Name", exact=True)).to_have_value("Half written")
    assert asked == ["beforeunload"]


EVERY_KIND = {
    "A field of the customer": "attribute",
    "Lives near a place": "near",
    "Said yes or no to a topic": "consent",
    "Can be reached": "reachable",
    "Did something, so often": "event",
    "Did something, so long ago": "event",
    "A number from what he did": "event",
    "A share of what he did": "event",
    "One thing after another": "sequence",
    "His purchases": "orders",
    "Among the highest or lowest": "percentile",
    "Among those with the most, or the least": "percentile",
    "How lately, how often, how much": "rfm",
    "What became of our messages": "message",
    "Tasks, tickets, proposals": "record",
    "Is in another segment": "segment",
    "Is in a stage of the lifecycle": "stage",
    "Is on a list": "list",
    "A share of customers by lot": "sample",
    "Everyone": "everyone",
}


def test_every_kind_is_offered_fits_a_phone_and_can_be_used_by_all(phone: Any) -> None:
    phone.open("/segments/new/")
    page = phone.page
    for kind in EVERY_KIND:
        add(page, root(page), kind)
    said = yaml.safe_load(page.locator("textarea[name=definition]").input_value())
    assert {next(iter(one)) for one in said["all"]} == set(EVERY_KIND.values())
    assert not phone.too_wide
    assert phone.barriers() == []
    assert phone.faults == []


def test_what_is_ranked_is_chosen_and_keeps_what_fits(screen: Any) -> None:
    screen.open("/segments/new/")
    page = screen.page
    row = add(page, root(page), "Among those with the most, or the least")

    def ranked() -> Any:
        said = yaml.safe_load(page.locator("textarea[name=definition]").input_value())
        return said["all"][0]["percentile"] if "all" in said else said["percentile"]

    row.get_by_label("event", exact=True).fill("Product Viewed")
    row.get_by_label("what is ranked").select_option("sum")
    row.get_by_label("property", exact=True).fill("price")
    expect(page.locator("#preview")).to_contain_text("sum “price” of “Product Viewed”")
    assert ranked() == {"event": "Product Viewed", "sum": "price", "in_last_days": 365}
    row.get_by_label("what is ranked").select_option("record")
    row.get_by_label("kind of record").select_option("ticket")
    expect(page.locator("#preview")).to_contain_text("number of tickets")
    assert ranked() == {"record": "ticket", "state": "any", "in_last_days": 365}
    row.get_by_label("what is ranked").select_option("attribute")
    row.get_by_label("name of the attribute").fill("score")
    expect(page.locator("#preview")).to_contain_text("customers with such a number")
    assert ranked() == {"attribute": "custom.score"}
    assert screen.faults == []


def test_without_scripts_the_yaml_is_written_by_hand(screen: Any, browser: Any, site: str) -> None:
    context = browser.new_context(java_script_enabled=False, storage_state=screen.page.context.storage_state())
    page = context.new_page()
    page.goto(f"{site}/segments/new/")
    expect(page.get_by_role("tab")).to_have_count(0)
    named(page, "By hand")
    page.get_by_label("Rule").fill("everyone: true")
    page.get_by_role("button", name="Save").click()
    page.wait_for_url("**/segments/by-hand/")
    context.close()


def test_a_finger_drags_too(phone: Any) -> None:
    begun(phone)
    page = phone.page
    first = rows(root(page)).first
    expect(first).to_contain_text("The")
    page.locator(".b-handle").first.scroll_into_view_if_needed()
    page.evaluate("window.scrollBy(0, 200)")
    start, end = rows(root(page)).first.locator(".b-handle").bounding_box(), rows(root(page)).last.bounding_box()
    assert start
    assert end
    x, y = start["x"] + 10, start["y"] + 10
    touch = page.context.new_cdp_session(page)
    touch.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": [{"x": x, "y": y}]})
    for height in (y + 30, end["y"] + end["height"] / 2, end["y"] + end["height"] - 3):
        touch.send("Input.dispatchTouchEvent", {"type": "touchMove", "touchPoints": [{"x": x + 40, "y": height}]})
    touch.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    expect(rows(root(page)).first).to_contain_text("His word on")
    assert phone.faults == []


def test_versions_are_shown_compared_and_brought_back(screen: Any) -> None:
    begun(screen)
    page = screen.page
    named(page, "Often changed")
    page.get_by_role("button", name="Save").click()
    page.wait_for_url("**/segments/often-changed/")
    page.get_by_role("link", name="Change").click()
    rows(root(page)).first.get_by_label("number", exact=True).fill("5")
    page.get_by_role("button", name="Save").click()
    page.wait_for_url("**/segments/often-changed/")
    assert screen.barriers() == []
    page.get_by_role("link", name="Version 1").click()
    expect(page.locator(".diff .gone")).to_contain_text("at_least: 2")
    expect(page.locator(".diff .added")).to_contain_text("at_least: 5")
    assert screen.barriers() == []
    assert not screen.too_wide
    page.set_viewport_size(screen.narrow)
    assert not screen.too_wide
    page.get_by_role("button", name="Make this the rule again").click()
    page.wait_for_url("**/segments/often-changed/")
    expect(page.get_by_role("status").first).to_contain_text("is the rule again")
    expect(page.locator(".sentence")).to_contain_text("at least 2 times")
    assert screen.faults == []


def test_a_file_is_opened_into_the_form(screen: Any) -> None:
    screen.open("/segments/new/")
    page = screen.page
    page.get_by_role("tab", name="YAML").click()
    text = "name: From a file\ngoal: See\naction: Nothing\nrule: {orders: count, at_least: 7}\n"
    page.locator("input[type=file]").set_input_files(
        {"name": "segment.yaml", "mimeType": "application/yaml", "buffer": text.encode()}
    )
    expect(page.get_by_label("Name", exact=True)).to_have_value("From a file")
    page.get_by_role("tab", name="Builder").click()
    expect(rows(root(page)).first.get_by_label("number", exact=True)).to_have_value("7")
    page.get_by_role("button", name="Save").click()
    page.wait_for_url("**/segments/from-a-file/")
    assert screen.faults == []


def test_the_builder_can_be_read_in_the_dark(night: Any) -> None:
    begun(night)
    root(night.page).locator("> .b-foot").get_by_role("button", name="Group").click()
    add(night.page, root(night.page), "How lately, how often, how much")
    assert night.barriers() == []
    night.page.get_by_role("button", name="Condition", exact=True).last.click()
    assert night.barriers() == []
    assert night.faults == []

"""The screens of segments in a real browser, as somebody at work meets them: by mouse, by keyboard, on a phone."""

from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect
from tests.web.conftest import NOT_TAKEN

pytestmark = pytest.mark.browser


def test_on_a_phone_the_moves_between_stages_are_a_list_that_opens_those_it_counts(phone: Any) -> None:
    phone.open("/segments/lifecycle/")
    page = phone.page
    expect(page.locator(".stage-flows")).to_be_hidden()
    move = page.locator(".moves a").first
    expect(move).to_be_visible()
    assert not phone.too_wide
    assert phone.barriers() == []
    number = move.locator("b").inner_text()
    move.click()
    page.wait_for_url("**/customers/?from=*&to=*&month=*")
    expect(page.locator(".card-foot")).to_contain_text(f"{number} customer")
    assert not phone.too_wide
    assert phone.faults == []


def test_a_band_between_stages_is_opened_with_the_keyboard(screen: Any) -> None:
    screen.open("/segments/lifecycle/")
    page = screen.page
    expect(page.locator(".moves").first).to_be_hidden()
    band = page.locator(".stage-flows a").first
    number = str(band.get_attribute("aria-label")).split(": ")[1]
    band.focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/customers/?from=*&to=*&month=*")
    expect(page.locator(".card-foot")).to_contain_text(f"{number} customer")
    assert screen.faults == []


def test_money_and_rhythm_come_after_the_page_and_say_so(screen: Any) -> None:
    waits: list[Any] = []
    screen.page.route("**/beside/", lambda route: waits.append(route))
    screen.open("/segments/asleep/")
    page = screen.page
    told = page.locator("#beside-told")
    expect(told).to_have_text("Money and rhythm: on the way…")
    expect(page.locator("#beside")).to_have_attribute("aria-busy", "true")
    waits[0].continue_()
    expect(told).to_have_text("Money and rhythm: there now.")
    expect(page.locator("#beside")).to_contain_text("Shares most customers with")
    assert screen.barriers() == []
    page.set_viewport_size(screen.narrow)
    assert not screen.too_wide
    assert screen.faults == []


def test_money_and_rhythm_that_do_not_come_are_not_waited_for(screen: Any) -> None:
    screen.page.route("**/beside/", lambda route: route.fulfill(status=500, body="broken"))
    screen.open("/segments/asleep/")
    expect(screen.page.locator("#beside")).to_contain_text("could not be fetched")
    expect(screen.page.locator("#beside")).to_have_attribute("aria-busy", "false")


def root(page: Page) -> Locator:
    return page.locator("[data-canvas] > .b-group")


def named(page: Page, name: str) -> None:
    page.get_by_label("Name", exact=True).fill(name)
    page.get_by_label("What is this segment for?").fill("To keep them")
    page.get_by_label("What do we do differently for it?").fill("A letter")


def written(page: Page, rule: str) -> None:
    """A rule put into the builder by way of its code."""
    page.get_by_role("tab", name="YAML").click()
    page.get_by_label("Rule").fill(rule)
    page.get_by_role("tab", name="Builder").click()
    expect(root(page).locator(".b-row").first).to_be_visible()


def test_a_new_segment_begins_empty_says_what_to_do_and_is_not_saved_so(screen: Any) -> None:
    screen.open("/segments/new/")
    page = screen.page
    expect(root(page).locator(".b-row")).to_have_count(0)
    expect(root(page)).to_contain_text("Choose what is true of them")
    expect(page.locator("#preview")).to_contain_text("Nothing yet.")
    assert screen.barriers() == []
    named(page, "Begun from nothing")
    page.get_by_role("button", name="Save").click()
    expect(page.locator("[data-told]")).to_contain_text("Choose a condition first")
    expect(page.get_by_role("button", name="Choose a condition")).to_be_focused()
    page.keyboard.press("Enter")
    page.keyboard.type("everyone")
    page.keyboard.press("Enter")
    expect(page.locator("#preview [data-count]")).to_contain_text("40 customers")
    page.get_by_role("button", name="Save").click()
    page.wait_for_url("**/segments/begun-from-nothing/")
    assert screen.faults == []


def test_a_new_segment_begins_with_a_ready_one(screen: Any) -> None:
    screen.open("/segments/new/")
    page = screen.page
    page.locator(f"[data-ready={NOT_TAKEN}]").click()
    expect(page.get_by_label("Name", exact=True)).to_have_value("Spring buyers")
    assert page.get_by_label("What is this segment for?").input_value()
    assert page.get_by_label("What do we do differently for it?").input_value()
    expect(root(page).locator(".b-row").first).to_be_visible()
    expect(root(page).get_by_label("How these hang together").first).to_be_focused()
    expect(page.get_by_role("status").filter(has_text="Begun with “Spring buyers”")).to_have_count(1)
    page.get_by_role("button", name="Undo").click()
    expect(root(page)).to_contain_text("Choose what is true of them")
    page.locator(f"[data-ready={NOT_TAKEN}]").click()
    page.get_by_label("Name", exact=True).fill("Buyers of the spring")
    expect(page.locator("#preview")).to_contain_text("March")
    assert screen.barriers() == []
    page.get_by_role("button", name="Save").click()
    page.wait_for_url("**/segments/buyers-of-the-spring/")
    assert screen.faults == []


def test_an_empty_beginning_fits_a_phone(phone: Any) -> None:
    phone.open("/segments/new/")
    page = phone.page
    assert not phone.too_wide
    assert phone.barriers() == []
    page.get_by_text("Or begin with a ready segment").click()
    page.locator(f"[data-ready={NOT_TAKEN}]").click()
    expect(root(page).locator(".b-row").first).to_be_visible()
    assert not phone.too_wide
    assert phone.faults == []


def test_a_new_stage_begins_empty_too_and_offers_no_segments(screen: Any) -> None:
    screen.open("/segments/lifecycle/new/")
    page = screen.page
    expect(page.get_by_role("button", name="Choose a condition")).to_be_visible()
    expect(page.locator("[data-ready]")).to_have_count(0)
    assert screen.barriers() == []
    assert screen.faults == []


def test_a_fault_is_told_where_it_is_without_the_codes_words_which_stay_with_the_code(screen: Any) -> None:
    screen.open("/segments/new/")
    page = screen.page
    written(page, "all:\n  - {everyone: true}\n  - {event: A, count: {at_least: 1.5}}\n")
    row = root(page).locator(".b-row").nth(1)
    fault = row.locator(".b-fault")
    expect(fault).to_contain_text("Write a whole number")
    times = row.get_by_label("times")
    expect(times).to_have_attribute("aria-invalid", "true")
    expect(times).to_have_attribute("aria-describedby", str(fault.get_attribute("id")))
    preview = page.locator("#preview")
    assert "count.at_least" not in preview.inner_text()
    preview.get_by_role("button", name="Go to the condition").click()
    expect(times).to_be_focused()
    assert screen.barriers() == []
    page.get_by_role("tab", name="YAML").click()
    expect(preview).to_contain_text("all[1].count.at_least")
    page.get_by_role("tab", name="Builder").click()
    root(page).locator(".b-row").nth(1).get_by_label("times").fill("2")
    expect(page.locator("#preview [data-count]")).to_be_visible()
    expect(root(page).locator("[aria-invalid]")).to_have_count(0)


def test_what_was_not_saved_for_a_fault_says_so_in_plain_words_and_marks_the_condition(screen: Any) -> None:
    screen.open("/segments/new/")
    page = screen.page
    written(page, "all:\n  - {everyone: true}\n  - {orders: days_since_last, at_least: 3, in_last_days: 5}\n")
    named(page, "Wrong")
    page.get_by_role("button", name="Save").click()
    said = page.locator("form .note.failed").first
    expect(said).to_contain_text("Not saved yet. The days since the last purchase looks at all purchases")
    assert "days_since_last" not in said.inner_text()
    row = root(page).locator(".b-row").nth(1)
    expect(row.locator("[aria-invalid=true]")).to_have_count(1)
    row.get_by_label("period").select_option("")
    expect(root(page).locator("[aria-invalid]")).to_have_count(0)
    page.get_by_role("button", name="Save").click()
    page.wait_for_url("**/segments/wrong/")


def test_a_fault_of_a_condition_that_stands_alone_is_told_there(screen: Any) -> None:
    screen.open("/segments/new/")
    page = screen.page
    written(page, "{orders: days_since_last, at_least: 3, in_last_days: 5}")
    row = root(page).locator(".b-row").first
    expect(row.locator(".b-fault")).to_contain_text("leave the period out")
    expect(row.locator("[aria-invalid=true]")).to_have_count(1)
    written(page, "any:\n  - {everyone: true}\n  - {segment: gone-long-ago}\n")
    row = root(page).locator(".b-row").nth(1)
    expect(row.locator(".b-fault")).to_contain_text("There is no segment “gone-long-ago” in use")
    expect(row.get_by_label("segment", exact=True)).to_have_attribute("aria-invalid", "true")
    assert screen.barriers() == []


def test_places_that_are_still_empty_are_marked_when_one_wants_to_save_and_can_be_filled_then(screen: Any) -> None:
    screen.open("/segments/new/")
    page = screen.page
    named(page, "Filled in at last")
    page.get_by_role("button", name="Choose a condition").click()
    page.get_by_role("dialog").get_by_role("button", name="Did something, so often").click()
    page.get_by_role("button", name="Save").click()
    event = root(page).get_by_label("event", exact=True)
    expect(event).to_be_focused()
    expect(event).to_have_attribute("aria-invalid", "true")
    expect(root(page).locator(".b-fault:visible")).to_contain_text("still empty")
    event.fill("Order Completed")
    expect(event).not_to_have_attribute("aria-invalid", "true")
    expect(page.locator("#preview [data-count]")).to_be_visible()
    page.get_by_role("button", name="Save").click()
    page.wait_for_url("**/segments/filled-in-at-last/")
    assert screen.faults == []


def test_the_keyboard_keeps_its_place_when_the_answer_comes(screen: Any) -> None:
    screen.open("/segments/")
    page = screen.page
    page.get_by_role("link", name="Left this week").first.focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**sort=-left**")
    expect(page.locator("#by-left")).to_be_focused()
    screen.open("/segments/asleep/")
    page.get_by_label("Customer", exact=True).fill("a")
    page.keyboard.press("Enter")
    expect(page.locator("#explained")).to_contain_text("Which of them?")
    expect(page.locator(".htmx-added, .htmx-settling")).to_have_count(0)  # before, a link leads to a whole page
    page.locator("#explained a").first.focus()
    page.keyboard.press("Enter")
    expect(page.locator("#explained")).to_contain_text("When he was in it")
    expect(page.locator("#explained")).to_be_focused()
    assert screen.barriers() == []
    assert screen.faults == []


def test_why_somebody_is_in_no_stage_asked_for_folds_what_was_not_asked(phone: Any, company: Any) -> None:
    phone.open(f"/segments/lost-customer/?id={company.customer}")
    told = phone.page.locator("#explained")
    expect(told).to_contain_text("He is in an earlier stage")
    expect(told.locator("details[open] summary").first).to_contain_text("he meets its rule, so he is there")
    assert phone.barriers() == []
    assert not phone.too_wide
    assert phone.faults == []


@pytest.mark.parametrize(
    "path",
    ["/segments/", "/segments/asleep/", "/segments/new/", "/segments/lifecycle/", "/segments/lifecycle/new/"],
)
def test_the_screens_of_segments_can_be_read_in_the_dark(night: Any, path: str) -> None:
    night.open(path)
    night.page.wait_for_load_state("networkidle")
    assert night.barriers() == []
    assert night.faults == []

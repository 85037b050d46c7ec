"""The screens of segments in a real browser, as somebody at work meets them: by mouse, by keyboard, on a phone."""

from typing import Any

import pytest
from playwright.sync_api import expect

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

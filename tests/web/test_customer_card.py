"""The customer card in a browser: marketing is held and let go on, an owner is named and leads to his customers."""

from typing import Any

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.browser


def test_marketing_is_held_from_the_card_and_let_go_on(screen: Any, company: Any) -> None:
    screen.open(f"/customers/{company.customer}/")
    page = screen.page
    page.get_by_text("Hold marketing…").click()
    page.get_by_label("How long").select_option("until")
    page.get_by_label("Why").fill("We negotiate a contract")
    assert screen.barriers() == []
    page.get_by_role("button", name="Hold marketing", exact=True).click()
    expect(page.get_by_text("Choose the day on which marketing goes on again.")).to_be_visible()
    expect(page.get_by_label("Why")).to_have_value("We negotiate a contract")
    assert screen.barriers() == []
    page.get_by_label("How long").select_option("30")
    page.get_by_role("button", name="Hold marketing", exact=True).click()
    expect(page.get_by_text("Marketing waits until")).to_be_visible()
    expect(page.get_by_text("“We negotiate a contract”")).to_be_visible()
    assert screen.barriers() == []
    page.set_viewport_size(screen.narrow)
    assert not screen.too_wide
    page.get_by_role("button", name="Let it go on").click()
    expect(page.get_by_text("Hold marketing…")).to_be_visible()
    assert screen.faults == []


def test_an_owner_is_named_and_leads_to_his_customers(screen: Any, company: Any) -> None:
    screen.open(f"/customers/{company.customer}/")
    page = screen.page
    page.get_by_text("Name an owner").click()
    page.get_by_label("Looked after by").select_option(label="Max")
    assert screen.barriers() == []
    page.get_by_role("button", name="Save the owner").click()
    page.get_by_role("link", name="Max", exact=True).click()
    page.wait_for_url("**/customers/?owner=**")
    rows = page.locator("#results tbody tr")
    expect(rows).to_have_count(1)
    expect(rows.get_by_role("link")).to_have_attribute("href", f"/customers/{company.customer}/")
    page.get_by_label("Filter by owner").select_option("nobody")
    page.wait_for_url("**owner=nobody**")
    expect(page.locator(f"#results a[href='/customers/{company.customer}/']")).to_have_count(0)
    assert screen.barriers() == []
    assert screen.faults == []
    screen.open(f"/customers/{company.customer}/")
    page.get_by_text("Change the owner").click()
    page.get_by_label("Looked after by").select_option("")
    page.get_by_role("button", name="Save the owner").click()
    expect(page.get_by_text("Nobody looks after this customer.")).to_be_visible()

"""Every screen in a real browser: it draws, nothing complains, nothing leaves the house, everybody can use it."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Browser, expect

pytestmark = pytest.mark.browser
At = Callable[[str], str]

SCREENS = {
    "/": "Today",
    "/customers/": "Customers",
    "/customers/{customer}/": None,
    "/segments/": "Segments",
    "/segments/asleep/": "Asleep",
    "/segments/new/": "New segment",
    "/segments/compare/": "Compare segments",
    "/segments/compare/?segment=asleep&segment=active-customer": "Compare segments",
    "/segments/lifecycle/": "Lifecycle",
    "/segments/lifecycle/at-risk/": "Change At risk",
    "/segments/lifecycle/at-risk/remove/": "Remove At risk",
    "/customers/?segment=asleep&segment=asleep-customer": "Customers",
    "/journeys/": "Journeys",
    "/journeys/reactivation-by-hypothesis/": "Reactivation by hypothesis",
    "/journeys/after-first-purchase/behind/?group=entered": "Entered",
    "/scenarios/": "Ready scenarios",
    "/journeys/after-first-purchase/change/": "Change After the first purchase",
    "/journeys/after-first-purchase/versions/": "Versions of After the first purchase",
    "/broadcasts/": "Broadcasts",
    "/broadcasts/new/": "New broadcast",
    "/notices/": "Notices",
    "/decisions/": "Decisions",
    "/decisions/{decision}/": None,
    "/mailbox/": "Mailbox",
    "/mailbox/{message}/": None,
    "/tasks/": "Tasks",
    "/tasks/{task}/": "Ask how the tea was",
    "/measures/": "Measures",
    "/measures/second_purchase_share/": "Bought a second time",
    "/data/": "Data",
    "/data/rejected/": "Data",
    "/data/work/": "Data",
    "/data/calls/": "Data",
    "/decisions/?cap=1&window=30&would=wait": "Decisions",
    "/account/": "My account",
    "/settings/": "Settings",
    "/settings/restraint/": "Settings",
    "/settings/topics/": "Settings",
    "/settings/topics/tips/": "Settings",
    "/settings/topics/tips/retire/": "Settings",
    "/settings/sending/": "Settings",
    "/settings/health/": "Settings",
    "/settings/health/behind/?stream=smtp:shop.example&what=bounce": "Bounced",
    "/settings/incoming/": "Settings",
    "/replies/": "Replies",
    "/settings/keys/": "Settings",
    "/settings/people/": "Settings",
    "/settings/people/{colleague}/": "Settings",
    "/settings/history/": "Settings",
}


@pytest.mark.parametrize(("path", "heading"), SCREENS.items())
def test_a_screen_draws_without_complaint_or_barriers_and_fits_a_phone(
    screen: Any, at: At, path: str, heading: str | None
) -> None:
    assert screen.open(at(path)) == 200
    title = screen.page.get_by_role("heading", level=1)
    expect(title).to_have_count(1)
    if heading:
        expect(title).to_contain_text(heading)
    assert screen.barriers() == []
    assert not screen.too_wide
    screen.page.set_viewport_size(screen.narrow)
    assert not screen.too_wide
    assert screen.faults == []


@pytest.mark.parametrize("path", ["/customers/{customer}/", "/journeys/after-first-purchase/"])
def test_a_screen_can_be_read_in_the_dark(night: Any, at: At, path: str) -> None:
    night.open(at(path))
    assert night.page.evaluate("document.documentElement.dataset.bsTheme") == "dark"
    assert night.barriers() == []
    assert night.faults == []


@pytest.mark.parametrize("light", ["screen", "night"])
def test_the_button_that_destroys_can_be_read_by_day_and_in_the_dark(
    request: pytest.FixtureRequest, light: str
) -> None:
    shown = request.getfixturevalue(light)
    shown.open("/settings/keys/")
    shown.page.get_by_label("What will send with it").fill(f"A shop by {light}")
    shown.page.get_by_role("button", name="Create the key").click()
    shown.open("/settings/keys/")
    shown.page.get_by_role("button", name="Revoke…").first.click()
    expect(shown.page.get_by_role("button", name="Revoke this key")).to_be_visible()
    assert shown.barriers() == []


def test_another_cap_is_tried_on_what_is_recorded_and_its_number_opens(screen: Any) -> None:
    screen.open("/decisions/?days=90")
    page = screen.page
    page.get_by_text("What if the cap were another?").click()
    page.get_by_label("At most").fill("0")
    page.get_by_label("messages in any").fill("30")
    page.get_by_role("button", name="Judge again").click()
    page.wait_for_url("**cap=0&window=30**")
    page.get_by_role("link", name="would have waited").click()
    expect(page.get_by_role("heading", name="Would have waited at 0 in any 30 days")).to_be_visible()
    assert set(page.locator("#stream tbody tr .verdict").all_inner_texts()) == {"Sent"}
    assert screen.barriers() == []
    assert screen.faults == []


def test_every_chart_is_drawn_and_has_its_table(screen: Any) -> None:
    screen.open("/decisions/")
    expect(screen.page.locator("[data-chart] svg")).to_have_count(1)
    screen.page.get_by_text("The same as a table").click()
    expect(screen.page.get_by_role("region", name="as a table").get_by_role("row").first).to_contain_text("Sent")
    assert screen.faults == []


def test_slash_leads_from_any_identifier_straight_to_the_card(screen: Any, company: Any) -> None:
    for text in (company.email, company.order):
        screen.open("/segments/")
        screen.page.keyboard.press("/")
        screen.page.keyboard.type(text)
        screen.page.keyboard.press("Enter")
        expect(screen.page).to_have_url(re.compile(rf"/customers/{company.customer}/$"))
    assert screen.faults == []


def test_the_search_suggests_while_one_types(screen: Any, company: Any) -> None:
    screen.open("/")
    screen.page.keyboard.press("/")
    screen.page.keyboard.type(company.email[:8])
    expect(screen.page.get_by_role("option").first).to_be_visible()
    screen.page.keyboard.press("ArrowDown")
    screen.page.keyboard.press("Enter")
    expect(screen.page).to_have_url(re.compile(r"/customers/\d+/$"))


def test_ctrl_k_opens_every_screen(screen: Any) -> None:
    screen.open("/")
    screen.page.keyboard.press("Control+k")
    expect(screen.page.get_by_role("option", name="Today")).to_be_visible()
    screen.page.keyboard.type("reacti")
    expect(screen.page.get_by_role("option").first).to_contain_text("Reactivation")
    screen.page.keyboard.press("Enter")
    screen.page.wait_for_url("**/journeys/reactivation-by-hypothesis/")
    assert screen.faults == []


def test_the_keyboard_alone_reaches_content_search_and_menu(screen: Any) -> None:
    screen.open("/customers/")
    page = screen.page
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "content"
    menu = page.locator("summary", has=page.locator("use[href$='user-circle']"))
    menu.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Sign out")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="Sign out")).to_be_hidden()
    page.keyboard.press("g")
    page.keyboard.press("d")
    page.wait_for_url("**/decisions/")


def test_on_a_phone_the_sidebar_is_a_drawer(phone: Any) -> None:
    phone.open("/")
    phone.page.get_by_role("button", name="Menu", exact=True).click()
    drawer = phone.page.get_by_role("dialog", name="Menu")
    expect(drawer).to_be_visible()
    drawer.get_by_role("link", name="Journeys").click()
    phone.page.wait_for_url("**/journeys/")


def test_filters_act_at_once_keep_their_link_and_back_works(screen: Any) -> None:
    screen.open("/decisions/")
    page = screen.page
    page.get_by_label("Verdict").select_option("drop")
    page.wait_for_url("**verdict=drop**")
    verdicts = page.locator("#results tbody tr .verdict")
    expect(verdicts.first).to_have_text("Not sent")
    assert set(verdicts.all_inner_texts()) == {"Not sent"}
    page.go_back()
    page.wait_for_url("**/decisions/")
    expect(page.get_by_label("Verdict")).to_have_value("")
    assert screen.faults == []


def test_the_list_of_customers_filters_while_one_types(screen: Any, company: Any) -> None:
    screen.open("/customers/")
    screen.page.get_by_label("Filter by name or identifier").fill(company.email)
    expect(screen.page.locator("#results tbody tr")).to_have_count(1)
    expect(screen.page.locator("#results")).to_contain_text("of 40")


def test_the_timeline_filters_and_shows_decisions_with_reasons(screen: Any, company: Any) -> None:
    screen.open(f"/customers/{company.customer}/")
    chosen = screen.page.get_by_role("button", name="Decisions")
    chosen.click()
    expect(chosen).to_have_attribute("aria-pressed", "true")
    screen.page.locator("#timeline .timeline-item a").first.click()
    screen.page.wait_for_url("**/decisions/*/")
    expect(screen.page.get_by_text("Each rule in order")).to_be_visible()
    assert screen.page.locator(".rule").count() >= 10


def test_an_undo_of_a_merge_asks_first_and_says_what_it_will_do(screen: Any, company: Any) -> None:
    screen.open(f"/customers/{company.customer}/")
    screen.page.get_by_text("1 merge", exact=True).click()
    screen.page.get_by_role("button", name="Undo…").click()
    asked = screen.page.get_by_role("dialog", name="Make two customers of this one again?")
    expect(asked).to_contain_text("gets back what came with it: 1 identifier and")
    expect(asked).to_contain_text("Not taken back: what happened since the merge stays here")
    assert screen.barriers() == []
    asked.get_by_role("button", name="Leave them together").click()
    expect(asked).to_be_hidden()
    assert screen.faults == []


def test_a_count_of_a_journey_opens_to_its_customers(screen: Any) -> None:
    screen.open("/journeys/after-first-purchase/")
    entered = screen.page.locator(".strip a").first
    count = int(entered.locator(".figure").inner_text())
    assert count > 0
    entered.click()
    expect(screen.page.locator("tbody tr")).to_have_count(min(count, 50))
    screen.open("/journeys/after-first-purchase/")
    step = screen.page.locator("svg.flow a.message").first
    came = int((step.get_attribute("aria-label") or "").rpartition(": ")[2].partition(" came")[0])
    step.click()
    expect(screen.page.get_by_role("heading", level=1)).to_contain_text("Came to")
    expect(screen.page.locator("tbody tr")).to_have_count(min(came, 50))
    screen.open("/journeys/after-first-purchase/")
    screen.page.get_by_role("table", name="The flow as a table").locator(
        "td[data-label='Here now'] a"
    ).first.click()
    expect(screen.page.get_by_role("heading", level=1)).to_contain_text("now")


def test_a_journey_is_paused_after_its_consequences_are_told(screen: Any) -> None:
    screen.open("/journeys/after-first-purchase/")
    screen.page.get_by_role("button", name="Pause…").click()
    dialog = screen.page.get_by_role("dialog")
    expect(dialog).to_contain_text("Nobody enters any more")
    dialog.get_by_role("button", name="Pause for").click()
    expect(screen.page.get_by_role("status")).to_contain_text("is paused")
    screen.page.get_by_role("button", name="Activate…").click()
    screen.page.get_by_role("button", name="Activate this journey").click()
    expect(screen.page.get_by_role("status")).to_contain_text("is active")
    assert screen.faults == []


def test_a_segment_is_written_with_its_reading_and_count_beside_it(screen: Any) -> None:
    screen.open("/segments/new/")
    page = screen.page
    page.get_by_label("Name", exact=True).fill("Bought tea twice")
    page.get_by_label("What is this segment for?").fill("To keep them")
    page.get_by_label("What do we do differently for it?").fill("A letter")
    page.get_by_role("tab", name="YAML").click()
    rule = page.get_by_label("Rule")
    rule.fill("orders: count\nat_least: twice")
    expect(page.locator("#preview")).to_contain_text("must be a number")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("alert").first).to_contain_text("must be a number")
    expect(page.get_by_label("Name", exact=True)).to_have_value("Bought tea twice")
    rule.fill("orders: count\nat_least: 2")
    expect(page.locator("#preview")).to_contain_text("bought at least 2 times")
    expect(page.locator("#preview")).to_contain_text("of 40")
    page.get_by_role("button", name="Save").click()
    page.wait_for_url("**/segments/bought-tea-twice/")
    assert screen.faults == []


def test_a_segment_explains_why_a_customer_is_in_or_not(screen: Any, company: Any) -> None:
    screen.open("/segments/active/")
    screen.page.get_by_label("Customer", exact=True).fill(company.email)
    screen.page.get_by_role("button", name="Explain").click()
    explained = screen.page.locator("#explained")
    expect(explained).to_contain_text("is ")
    expect(explained.locator(".explained").first).to_be_visible()


def test_a_message_is_shown_sealed_and_nothing_of_it_is_fetched(screen: Any, company: Any) -> None:
    screen.open(f"/mailbox/{company.message}/")
    frame = screen.page.frame_locator("iframe.letter")
    expect(frame.locator("body")).to_contain_text("Leaf & Kettle")
    expect(screen.page.locator("iframe.letter")).to_have_attribute("sandbox", "")
    screen.page.wait_for_load_state("networkidle")
    assert screen.faults == []


def test_a_key_is_shown_once_and_can_be_taken_back(screen: Any) -> None:
    screen.open("/settings/keys/")
    page = screen.page
    page.get_by_label("What will send with it").fill("Test shop")
    page.get_by_role("button", name="Create the key").click()
    assert page.locator("#new-key").inner_text().startswith("tk_")
    screen.open("/settings/keys/")
    expect(page.locator("#new-key")).to_have_count(0)
    row = page.get_by_role("row", name="Test shop")
    row.get_by_role("button", name="Revoke…").click()
    page.get_by_role("button", name="Revoke this key").click()
    expect(page.get_by_role("row", name="Test shop")).to_contain_text("revoked")


def test_a_form_keeps_what_was_typed_and_says_beside_the_field_how_to_mend_it(screen: Any) -> None:
    screen.open("/settings/")
    page = screen.page
    page.get_by_label("Company name").fill("Kettle & Leaf")
    page.get_by_label("Time zone").fill("Berlin")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_label("Time zone")).to_have_value("Berlin")
    expect(page.get_by_label("Company name")).to_have_value("Kettle & Leaf")
    expect(page.locator("#id_zone-error")).to_contain_text("use a name like Europe/Berlin")
    assert screen.barriers() == []


def test_a_cap_that_is_set_is_there(screen: Any) -> None:
    screen.open("/settings/restraint/")
    page = screen.page
    page.get_by_label("At most", exact=True).fill("3")
    page.get_by_label("messages in any … days").fill("14")
    page.get_by_role("button", name="Add the cap").click()
    expect(page.get_by_text("At most 3 messages in any 14 days")).to_be_visible()
    page.get_by_role("button", name="Remove the cap of 3 in any 14 days").click()
    expect(page.get_by_text("At most 3 messages in any 14 days")).to_have_count(0)


def test_a_task_is_done_with_its_result(screen: Any, company: Any) -> None:
    screen.open(f"/tasks/{company.task}/")
    screen.page.get_by_label("How did it end?").fill("Liked it")
    screen.page.get_by_role("button", name="Mark as done").click()
    expect(screen.page.get_by_role("status")).to_contain_text("Done: Ask how the tea was")
    screen.open(f"/tasks/{company.task}/")
    expect(screen.page.locator("main")).to_contain_text("Liked it")


def test_signing_in_says_what_is_wrong_and_leads_to_the_page_asked_for(browser: Browser, site: str) -> None:
    context = browser.new_context()
    page = context.new_page()
    page.goto(f"{site}/segments/")
    page.get_by_label("E-mail").fill("Ada@Example.com")
    page.get_by_label("Password").fill("wrong")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert")).to_contain_text("do not belong together")
    expect(page.get_by_label("E-mail")).to_have_value("Ada@Example.com")
    page.get_by_label("Password").fill("tea-without-spam")
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/segments/")
    context.close()


def test_a_share_of_nothing_is_drawn_against_the_limit(screen: Any) -> None:
    screen.open("/settings/health/")
    drawn = screen.page.locator("[data-chart=chart-health-complaint]")
    expect(drawn).to_contain_text("limit 0.2")
    expect(drawn).to_contain_text("0.25")
    expect(drawn).not_to_contain_text("120")


def test_topics_are_ordered_by_the_keyboard_alone(screen: Any) -> None:
    screen.open("/settings/topics/")
    page = screen.page

    def order() -> list[str]:
        return [name.split()[0] for name in page.locator("tr[id^=topic-] td:first-child a").all_inner_texts()]

    before = order()
    last, above = before[-1], before[-2]
    page.get_by_role("button", name=f"Move {last} up").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text(f"{last} is asked before {above} now.")).to_be_visible()
    expect(page.get_by_role("button", name=f"Move {last} up")).to_be_focused()
    assert order() == [*before[:-2], last, above]
    page.get_by_role("button", name=f"Move {last} down").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text(f"{last} is asked after {above} now.")).to_be_visible()
    assert order() == before
    assert screen.faults == []


def test_a_topic_is_added_on_a_phone_and_a_mistake_keeps_what_was_typed(phone: Any) -> None:
    phone.open("/settings/topics/")
    page = phone.page
    page.get_by_label("Name", exact=True).fill("Tips")
    page.get_by_label("Description").fill("Said twice.")
    page.get_by_role("button", name="Add the topic").click()
    expect(page.get_by_text("is called “Tips” already")).to_be_visible()
    expect(page.get_by_label("Description")).to_have_value("Said twice.")
    assert phone.barriers() == []
    assert not phone.too_wide
    page.get_by_label("Name", exact=True).fill("Pu-erh of the month")
    page.get_by_role("button", name="Add the topic").click()
    expect(page.get_by_text("Customers are asked about it from now on.")).to_be_visible()
    expect(page.get_by_role("link", name="Pu-erh of the month", exact=True)).to_be_visible()
    assert not phone.too_wide
    assert phone.faults == []

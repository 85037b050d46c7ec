"""The visual editor shows what the head gives to the body, loses none of it, and says what it does not show."""

from typing import Any

import pytest
from playwright.sync_api import FrameLocator, Page, expect

pytestmark = pytest.mark.browser

HEAD = """  <mj-head>
    <mj-attributes>
      <mj-all font-family="Georgia, serif" />
      <mj-text color="#aa0000" font-size="20px" padding="0 40px" />
      <mj-class name="quiet" color="#00aa00" font-size="11px" />
      <mj-class name="loud" color="#0000aa" />
      <mj-section padding="3px" background-color="#fefeaa" />
      <mj-column padding="7px" />
      <mj-button background-color="#123456" border-radius="9px"/>
      <mj-body background-color="#ff0000" />
    </mj-attributes>
    <mj-style>.x > p { margin: 0 }</mj-style>
    <mj-font name="Raleway" href="https://fonts.example/raleway.css" />
    <!-- <mj-breakpoint width="320px" /> -->
  </mj-head>"""
BODY = """  <mj-body>
    <mj-section>
      <mj-column>
        <mj-text>given by name</mj-text>
        <mj-text mj-class="quiet loud">given by class</mj-text>
        <mj-text color="#555555" font-size="13px" padding-left="0">its own</mj-text>
        <mj-button href="https://shop.example/">a button</mj-button>
      </mj-column>
    </mj-section>
  </mj-body>"""
SOURCE = f"<mjml>\n{HEAD}\n{BODY}\n</mjml>"
LOOK = """element => {
  const style = getComputedStyle(element);
  const of = (name) => style.getPropertyValue(name);
  return { color: of("color"), size: of("font-size"), family: of("font-family") };
}"""


def write(screen: Any, source: str) -> Page:
    screen.open("/content/new/")
    page: Page = screen.page
    page.get_by_role("textbox", name="MJML and Liquid").click()
    page.keyboard.press("Control+a")
    page.keyboard.insert_text(source)
    return page


def visual(page: Page) -> FrameLocator:
    page.get_by_role("tab", name="Visual").click()
    canvas = page.frame_locator(".gjs-frame")
    expect(canvas.locator("[data-gjs-type=mj-text]").first).to_be_visible(timeout=15_000)
    return canvas


def code(page: Page) -> str:
    page.get_by_role("tab", name="Code").click()
    return page.locator("textarea[name=mjml]").input_value()


ADDED = " and gladly changed/g d"  # elsewhere, / and g with a letter lead to other screens
GEORGIA = "Georgia, serif"
SHOWN = [
    ("given by name", {"color": "rgb(170, 0, 0)", "size": "20px", "family": GEORGIA}),
    ("given by class", {"color": "rgb(0, 170, 0)", "size": "11px", "family": GEORGIA}),
    ("its own", {"color": "rgb(85, 85, 85)", "size": "13px", "family": GEORGIA}),
]


def test_the_canvas_shows_what_the_head_gives_as_the_message_does(screen: Any) -> None:
    page = write(screen, SOURCE)
    canvas = visual(page)
    message = page.frame_locator("[data-shown]")
    for words, look in SHOWN:
        assert canvas.get_by_text(words).evaluate(LOOK) == look
        expect(message.get_by_text(words)).to_be_visible()
        assert message.get_by_text(words).evaluate(LOOK) == look
    button = canvas.get_by_text("a button")
    assert button.evaluate("element => getComputedStyle(element).backgroundColor") == "rgb(18, 52, 86)"
    assert screen.faults == []


def test_texts_stand_where_they_stand_in_the_message(screen: Any) -> None:
    page = write(screen, SOURCE)
    canvas = visual(page)
    message = page.frame_locator("[data-shown]")
    place = """element => {
      const at = element.getBoundingClientRect(), left = Math.max(0, (innerWidth - 600) / 2);
      return [at.top, at.left - left, at.height];
    }"""
    for words, _ in SHOWN:
        there = message.get_by_text(words).evaluate(place)
        assert canvas.get_by_text(words).evaluate(place) == pytest.approx(there, abs=2), words


def test_unchanged_every_byte_comes_back(screen: Any) -> None:
    page = write(screen, SOURCE)
    visual(page)
    assert code(page) == SOURCE
    assert screen.faults == []


def test_a_change_on_the_canvas_leaves_the_head_and_what_an_element_says_itself(screen: Any) -> None:
    """A size like MJML's own is no matter of course where the head gives another."""
    page = write(screen, SOURCE)
    canvas = visual(page)
    page.wait_for_timeout(500)  # the editor hears of clicks a moment after it has drawn
    canvas.get_by_text("given by name").dblclick()
    expect(canvas.locator("[contenteditable=true]")).to_have_count(1)
    page.keyboard.press("End")
    page.keyboard.type(ADDED)
    after = code(page)
    assert after.startswith(f"<mjml>\n{HEAD}\n  <mj-body>")
    body = after.removeprefix(f"<mjml>\n{HEAD}\n")
    assert f"<mj-text>given by name{ADDED}</mj-text>" in body
    assert body.replace(ADDED, "").split() == f"{BODY}\n</mjml>".split()


def test_the_page_says_which_elements_of_the_head_it_does_not_draw(screen: Any) -> None:
    page = write(screen, SOURCE)
    visual(page)
    said = page.locator("[data-undrawn]")
    expect(said).to_have_text(
        "Not drawn here, and kept as it is in the head: mj-style, mj-font. The preview shows the message."
    )
    code(page)
    expect(said).to_be_hidden()


def test_a_head_of_attributes_alone_is_drawn_and_nothing_is_said(screen: Any) -> None:
    page = write(screen, f"<mjml><mj-head><mj-title>Tea</mj-title><mj-attributes/></mj-head>{BODY}</mjml>")
    visual(page)
    expect(page.locator("[data-undrawn]")).to_be_hidden()


OTHERS = """
      <mj-wrapper background-color="#eeeeff" />
      <mj-group background-color="#dddddd" />
      <mj-divider border-color="#ff00ff" />
      <mj-navbar-link color="#008800" />
      <mj-hero background-color="#ccffcc" />
      <mj-spacer height="50px" />"""
WITH_OTHERS = """<mj-body>
    <mj-wrapper><mj-section><mj-group><mj-column><mj-text>left</mj-text></mj-column></mj-group></mj-section></mj-wrapper>
    <mj-section><mj-column><mj-divider /><mj-spacer />
      <mj-navbar><mj-navbar-link href="https://shop.example/">shop</mj-navbar-link></mj-navbar></mj-column></mj-section>
    <mj-hero><mj-text>{{ customer.first_name | default: "you" }}</mj-text></mj-hero>
  </mj-body>"""


def test_every_kind_of_element_gets_what_the_head_gives(screen: Any) -> None:
    source = f"<mjml><mj-head><mj-attributes>{OTHERS}</mj-attributes></mj-head>{WITH_OTHERS}</mjml>"
    page = write(screen, source)
    canvas = visual(page)
    for kind, style in (
        ("mj-wrapper", "background:#eeeeff"),
        ("mj-group", "background-color:#dddddd"),
        ("mj-divider", "border-top:solid 4px #ff00ff"),
        ("mj-spacer", "height:50px"),
        ("mj-hero", "background:#ccffcc"),
    ):
        drawn = canvas.locator(f"[data-gjs-type={kind}]").first
        assert style in drawn.evaluate("element => element.outerHTML"), kind
    assert canvas.get_by_text("shop").evaluate(LOOK)["color"] == "rgb(0, 136, 0)"
    assert code(page) == source
    assert screen.faults == []


TABS = ("Style", "Settings", "Layers", "Blocks")
ON_TOP = """element => {
  element.scrollIntoView({block: "center"});
  const at = element.getBoundingClientRect();
  return element.contains(document.elementFromPoint(at.left + at.width / 2, at.top + at.height / 2));
}"""
INSIDE = """element => {
  const frame = element.closest(".e-visual").getBoundingClientRect(), at = element.getBoundingClientRect();
  return at.left >= frame.left && at.right <= frame.right && at.bottom <= frame.bottom;
}"""


def chosen_button(screen: Any, width: int) -> Page:
    page = write(screen, SOURCE)
    page.set_viewport_size({"width": width, "height": 900})
    canvas = visual(page)
    page.wait_for_timeout(500)
    canvas.get_by_text("a button").click()
    expect(page.get_by_role("button", name="Dimension")).to_be_visible()
    return page


@pytest.mark.parametrize("width", [1440, 1920, 390])
def test_every_tab_and_every_group_of_styles_can_be_clicked(screen: Any, width: int) -> None:
    page = chosen_button(screen, width)
    tabs = page.locator(".gjs-pn-views .gjs-pn-btn")
    assert tabs.evaluate_all("found => found.map((one) => one.title)") == list(TABS)
    groups = page.locator(".gjs-sm-sector-title")
    assert groups.count() == 3
    tools = page.locator(".gjs-pn-options .gjs-pn-btn, .gjs-pn-devices-c .gjs-pn-btn")
    for one in [*tabs.all(), *groups.all(), *tools.all()]:
        assert one.evaluate(ON_TOP), one
        assert one.evaluate(INSIDE), one
    assert tabs.evaluate_all("found => found.every((one) => one.getBoundingClientRect().height < 48)")
    page.get_by_role("button", name="Decorations").click()
    expect(page.locator(".gjs-sm-sector__decorations .gjs-sm-properties").first).to_be_visible()
    assert not screen.too_wide
    assert screen.faults == []


def test_the_keyboard_reaches_the_tabs_and_opens_a_group(screen: Any) -> None:
    page = chosen_button(screen, 1440)
    page.get_by_role("button", name="Full").focus()
    for name in TABS:
        while page.evaluate("document.activeElement.title") != name:
            before = page.evaluate("document.activeElement.title")
            page.keyboard.press("Tab")
            assert page.evaluate("document.activeElement.title") != before, f"{name} is not reached"
    blocks = page.get_by_role("button", name="Blocks", exact=True)
    page.keyboard.press("Enter")
    expect(blocks).to_have_attribute("aria-pressed", "true")
    page.get_by_role("button", name="Style", exact=True).focus()
    page.keyboard.press("Space")
    group = page.get_by_role("button", name="Dimension")
    group.focus()
    page.keyboard.press("Enter")
    expect(group).to_have_attribute("aria-expanded", "true")
    expect(page.locator(".gjs-sm-property__width")).to_be_visible()


# Of what is written in the editor around the message: what can hardly be read on what stands behind it.
PALE = """box => {
  const numbers = (colour) => (colour.match(/[\\d.]+/g) ?? []).map(Number);
  const behind = (element) => {
    for (let one = element; one; one = one.parentElement) {
      const [red, green, blue, opaque = 1] = numbers(getComputedStyle(one).backgroundColor);
      if (opaque > 0.5) return [red, green, blue];
    }
    return [255, 255, 255];
  };
  const light = (colour) => {
    const linear = (part) => (part <= 0.03928 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4);
    const [red, green, blue] = colour.map((each) => linear(each / 255));
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  const isText = (one) => one.nodeType === 3 && one.data.trim();
  const says = (one) => one.matches("input, select") || [...one.childNodes].some(isText);
  return [...box.querySelectorAll("*")].filter((one) => one.checkVisibility() && says(one)).flatMap((one) => {
    const [weak, strong] = [light(numbers(getComputedStyle(one).color)), light(behind(one))].sort((a, b) => a - b);
    const contrast = (strong + 0.05) / (weak + 0.05);
    return contrast < 4.5 ? [`${one.className} ${one.textContent.trim().slice(0, 20)} ${contrast.toFixed(1)}`] : [];
  });
}"""
PAPER = "box => getComputedStyle(box).backgroundColor"


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_editor_around_the_message_follows_the_theme(screen: Any, theme: str) -> None:
    screen.page.add_init_script(f"if (window.origin !== 'null') localStorage.setItem('theme', '{theme}')")
    page = write(screen, SOURCE)
    visual(page).get_by_text("its own").click()
    paper = page.locator(".cm-editor").evaluate(PAPER)
    assert page.locator(".gjs-pn-views-container").evaluate(PAPER) == paper
    for tab in page.locator(".gjs-pn-views .gjs-pn-btn").all():
        tab.click()
        assert page.locator(".e-visual").evaluate(PALE) == []

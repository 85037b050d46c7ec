"""A small lifelike company, made once by the real engine; a server in front of it; a browser."""

import json
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings
from django.core.management import call_command
from django.db import connections
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Page,
    Request,
    ViewportSize,
    sync_playwright,
)
from pytest_django.live_server_helper import LiveServer
from pytest_django.plugin import DjangoDbBlocker

from tactful.cli.demo.company import Company, Plan, midnight
from tactful.customers import queries as customers
from tactful.decisions import queries as decisions
from tactful.delivery import queries as delivery
from tactful.events import services as events
from tactful.flows import react
from tactful.kernel.ids import key_of
from tactful.sales import queries as sales
from tactful.sales import services as tasks
from tactful.segments.models import Segment
from tactful.team import services as team

PASSWORD = "tea-without-spam"
NOT_TAKEN = "spring_buyers"  # a ready segment that the company has not taken yet
ADMIN, MARKETER = "ada@example.com", "max@example.com"
WIDE, NARROW = ViewportSize(width=1440, height=900), ViewportSize(width=390, height=844)


@dataclass(frozen=True)
class Made:
    """What tests need to know of the company: somebody who bought, one decision, one message, one task, a
    colleague."""

    customer: int
    email: str
    order: str
    decision: int
    message: int
    task: int
    colleague: int


@pytest.fixture(scope="package")
def database(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """The tests' database. pytest-django makes it only when some test of the run asks for a transaction in it, and
    tests in a browser ask for none."""
    creation = connections["default"].creation
    real = connections["default"].settings_dict["NAME"]
    with django_db_blocker.unblock():
        made = not real.startswith("tactful_test")
        if made:
            creation.create_test_db(verbosity=0, autoclobber=True, serialize=False)
        yield
        if made:
            creation.destroy_test_db(real, verbosity=0)


@pytest.fixture(scope="package")
def company(database: None, django_db_blocker: DjangoDbBlocker) -> Iterator[Made]:
    """Committed for all tests of the screens, and cleared away after the last of them."""
    with django_db_blocker.unblock():
        now = datetime.now(UTC)
        plan = Plan(customers=40, days=12, seed="7", end=midnight(now), folder=settings.DATA)
        Company(plan).build(progress=lambda _day: None)
        Segment.objects.filter(slug=NOT_TAKEN).delete()
        team.create_user(email=ADMIN, name="Ada", role="admin", password=PASSWORD, now=now)
        colleague = team.create_user(email=MARKETER, name="Max", role="marketer", password=PASSWORD, now=now)
        yield _told(now, colleague)
        call_command("flush", verbosity=0, interactive=False)


def _told(now: datetime, colleague: int) -> Made:
    events.append([("api:shop", False, "{not json")], now=now)
    react.drain(now=now)
    bought = next(row for row in delivery.page(delivery.Filters(state="sent")).rows if row.topic != "service")
    silent = decisions.page(decisions.Filters(verdict="drop")).rows[0]
    key = key_of("a task for the test")
    tasks.create_tasks([tasks.NewTask(key, bought.customer_id, "Ask how the tea was", now, now)])
    _merge_a_visitor_into(bought.customer_id, now)
    order = _order_of(bought.customer_id)
    task = sales.of_customer(bought.customer_id)[0].id
    return Made(bought.customer_id, bought.address, order, silent.id, bought.id, task, colleague)


def _merge_a_visitor_into(customer_id: int, now: datetime) -> None:
    """A browser that was nobody's turns out to be this customer's."""
    own = customers.external_ids([customer_id])[customer_id]
    for said in ({"type": "page"}, {"type": "identify", "userId": own, "traits": {}}):
        payload = json.dumps({"anonymousId": "another-browser", "timestamp": now.isoformat(), **said})
        events.append([("api:shop", True, payload)], now=now)
        react.drain(now=now)


def _order_of(customer_id: int) -> str:
    from tactful.catalog import queries as catalog  # noqa: PLC0415 -- beside its only use

    return catalog.orders_of(customer_id)[0].external_id


@pytest.fixture(scope="package")
def site(company: Made) -> Iterator[str]:
    settings.ALLOWED_HOSTS = [*settings.ALLOWED_HOSTS, "localhost"]
    server = LiveServer("127.0.0.1")
    yield str(server.url)
    server.stop()


@pytest.fixture(scope="package")
def browser(site: str) -> Iterator[Browser]:
    """One Chromium for all. It starts after the database work and ends before it: Playwright runs an event loop in
    this thread, and Django keeps other connections where a loop runs."""
    found = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if not found:
        pytest.skip("no Chromium on this machine: install it to run the browser tests")
    with sync_playwright() as play:
        opened = play.chromium.launch(executable_path=found, args=["--no-sandbox"])
        yield opened
        opened.close()


@dataclass
class Screen:
    """A page under watch: what the browser complained of, and what it asked of other hosts."""

    page: Page
    site: str
    faults: list[str] = field(default_factory=list)

    @property
    def narrow(self) -> ViewportSize:
        """The smallest supported size."""
        return NARROW

    def watch(self) -> "Screen":
        self.page.on("console", self._heard)
        self.page.on("pageerror", lambda fault: self.faults.append(f"error: {fault}"))
        self.page.on("request", self._asked)
        return self

    def _heard(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"} and "status of 4" not in message.text:
            self.faults.append(f"console: {message.text}")

    def _asked(self, request: Request) -> None:
        if not request.url.startswith((self.site, "data:", "about:")):
            self.faults.append(f"asked another host: {request.url}")

    def open(self, path: str) -> int:
        answer = self.page.goto(f"{self.site}{path}")
        self.page.wait_for_load_state("load")
        assert answer
        return answer.status

    @property
    def too_wide(self) -> bool:
        return bool(self.page.evaluate("document.documentElement.scrollWidth > window.innerWidth"))

    def barriers(self) -> list[str]:
        """What axe finds serious or critical."""
        found: list[dict[str, Any]] = Axe().run(self.page).response["violations"]
        return [
            f"{rule['id']}: {node['html'][:160]}"
            for rule in found
            if rule["impact"] in {"serious", "critical"}
            for node in rule["nodes"]
        ]


def _signed_in(browser: Browser, site: str, **options: Any) -> BrowserContext:
    context = browser.new_context(reduced_motion="reduce", **options)
    page = context.new_page()
    page.goto(f"{site}/sign-in/")
    page.get_by_label("E-mail").fill(ADMIN)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(f"{site}/")
    page.close()
    return context


@pytest.fixture(scope="package")
def wide(browser: Browser, site: str) -> Iterator[BrowserContext]:
    context = _signed_in(browser, site, viewport=WIDE)
    yield context
    context.close()


@pytest.fixture(scope="package")
def narrow(browser: Browser, site: str) -> Iterator[BrowserContext]:
    context = _signed_in(browser, site, viewport=NARROW, has_touch=True)
    yield context
    context.close()


@pytest.fixture(scope="package")
def dark(browser: Browser, site: str) -> Iterator[BrowserContext]:
    context = _signed_in(browser, site, viewport=WIDE, color_scheme="dark")
    yield context
    context.close()


@pytest.fixture
def screen(wide: BrowserContext, site: str) -> Iterator[Screen]:
    """One page at 1440 pixels, signed in."""
    page = wide.new_page()
    yield Screen(page, site).watch()
    page.close()


@pytest.fixture
def phone(narrow: BrowserContext, site: str) -> Iterator[Screen]:
    """One page at 390 pixels, signed in."""
    page = narrow.new_page()
    yield Screen(page, site).watch()
    page.close()


@pytest.fixture
def night(dark: BrowserContext, site: str) -> Iterator[Screen]:
    page = dark.new_page()
    yield Screen(page, site).watch()
    page.close()


@pytest.fixture
def at(company: Made) -> Callable[[str], str]:
    """Addresses with the company's own numbers: at("/customers/{customer}/")."""
    return lambda path: path.format(**vars(company))

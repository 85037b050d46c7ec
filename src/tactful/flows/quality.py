"""A message looked at before it goes out: as one customer gets it, reviewed for an audience, sent as a test."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

from django.conf import settings
from django.http import Http404
from django.test import RequestFactory
from django.urls import resolve

from tactful.content import queries as content
from tactful.content import services
from tactful.content.domain.editing import compiled
from tactful.content.domain.findings import Finding
from tactful.content.domain.render import render
from tactful.content.domain.review import outside
from tactful.content.domain.values import Rendered, Text, Version
from tactful.content.domain.variables import CUSTOMER, printed
from tactful.content.services import Scene
from tactful.content.services.images import weights
from tactful.customers import filling
from tactful.customers import queries as customers
from tactful.customers.queries import Profile
from tactful.delivery import queries as delivery
from tactful.delivery.domain.addresses import Addresses
from tactful.delivery.domain.message import Letter, compose, message_id
from tactful.delivery.domain.values import SERVICE, Site
from tactful.delivery.keys import signing_key
from tactful.delivery.port import Outcome, Outgoing, SenderSettings
from tactful.delivery.preparing import with_images
from tactful.delivery.providers import open_provider
from tactful.flows import beginnings
from tactful.flows.spoken import spoken_to, told_of
from tactful.kernel.errors import InvalidInput
from tactful.kernel.ids import key_of
from tactful.segments import queries as segments
from tactful.team.queries import workspace

_NOBODY = 0  # whose links in previews and tests lead to nobody, so that a click on them changes nothing
_GOOD = range(200, 400)


@dataclass(frozen=True, slots=True)
class TestSend:
    """How a test message fared: blank where it went."""

    address: str
    wrong: str


def preview(text: Text, person: Profile | None) -> Rendered:
    """A text as this customer would get it now. Raises InvalidTemplate, RenderingFailed."""
    return _made(text, variables_for(person, _addresses(), _NOBODY))


def review(texts: Mapping[str, Text], *, person: Profile | None, segment: str = "") -> list[Finding]:
    """The quality review for an audience (a segment; empty: everybody), seen with one customer's data.

    Raises InvalidTemplate, RenderingFailed, NotFound for a segment that is none.
    """
    addresses = _addresses()
    number = person.id if person else _NOBODY
    variables = variables_for(person, addresses, number)
    ids = segments.member_ids(segment) if segment else None
    fields = {
        one.path.removeprefix("customer.")
        for text in texts.values()
        for source in (text.subject, text.preheader, text.text, text.mjml)
        for one in printed(source)
        if one.path.startswith("customer.")
    }
    known = [name for name in fields if name in CUSTOMER or name.startswith("attributes.")]
    people, filled = filling.shares(known, ids=ids)
    own = _own_answers(variables, number)
    scene = Scene(
        variables=variables,
        unsubscribe=str(_links(variables)["unsubscribe"]),
        postal_address=workspace().postal_address,
        audience=segments.segment(segment).name if segment else "everybody",
        people=people,
        filled=filled,
        answers={**content.tried(_outside(texts, variables)), **own},
        images=weights(" ".join(text.mjml for text in texts.values()), settings.DATA),
    )
    return services.review(texts, scene=scene)


def review_launch(
    slugs: Collection[str], *, occasion: str, by: str, now: datetime, segment: str = ""
) -> dict[str, list[Finding]]:
    """Review what a launch would send, keep the results with it, and give what stops it, by template.

    `occasion` names the launch, as in "journey welcome". Raises NotFound for a template that is none.
    """
    person = sample(segment)
    stopping: dict[str, list[Finding]] = {}
    for slug in slugs:
        found = content.text(slug)
        findings = review(found.texts, person=person, segment=segment)
        services.keep_review(
            slug, found.version.number, findings, now=now, by=by, audience=segment, occasion=occasion
        )
        if stops := [finding for finding in findings if finding.stops]:
            stopping[slug] = stops
    return stopping


def sample(segment: str = "") -> Profile | None:
    """Somebody of an audience to look at a message with; None where there is nobody."""
    if segment:
        ids = segments.member_page(segment, limit=1)
        return customers.card(ids[0]) if ids else None
    return next(iter(customers.page(limit=1)[0]), None)


def outside_links(texts: Mapping[str, Text]) -> set[str]:
    """The addresses in a message that lead to other sites. Raises InvalidTemplate, RenderingFailed."""
    return _outside(texts, variables_for(sample(), _addresses(), _NOBODY))


def languages_of(segment: str = "") -> dict[str, int]:
    """Customers of an audience by language; the empty text stands for none known."""
    return filling.languages(ids=segments.member_ids(segment) if segment else None)


def send_test(
    text: Text, *, to: Collection[str], person: Profile | None, name: str, by: str, now: datetime
) -> list[TestSend]:
    """Send a text to staff by the way that is set, marked [Test]. It counts nowhere and takes no slot.

    Raises InvalidTemplate, RenderingFailed, InvalidAddress before anything is sent.
    """
    sender, addresses = delivery.sender(), _addresses()
    variables = variables_for(person, addresses, _NOBODY)
    made = with_images(_made(text, variables), addresses.base)
    stop = str(_links(variables)["unsubscribe"])
    outgoing = [
        _test_message(made, address, sender=sender, stop=stop, key=(name, by, now.isoformat()), now=now)
        for address in dict.fromkeys(to)
    ]
    provider = open_provider(sender, data=settings.DATA)
    try:
        results = provider.send(outgoing)
    finally:
        provider.close()
    return [
        TestSend(message.recipient, "" if result.outcome is Outcome.SENT else result.reason or result.outcome.value)
        for message, result in zip(outgoing, results, strict=True)
    ]


def variables_for(person: Profile | None, addresses: Addresses, number: int) -> dict[str, object]:
    """What a template may say, with links for the customer `number` and no message behind them."""
    company, site, sender = workspace(), _site(), delivery.sender()
    shop = site.shop or f"https://{sender.from_address.rpartition('@')[2]}/"
    return {
        "customer": spoken_to(person),
        "company": {"name": company.name, "colour": company.colour, "postal_address": company.postal_address},
        "links": {**addresses.of_message(0, number), "shop": shop, "reply": sender.reply_link},
        **(_last_things(person.id) if person else {}),
    }


def _last_things(customer_id: int) -> dict[str, object]:
    """The customer's last order and deal, as events tell them to a message."""
    found: dict[str, object] = {}
    for of in beginnings.TELLING:
        told = beginnings.telling(of, [customer_id]).get(customer_id)
        if told:
            last = beginnings.with_earlier(told[-1], told)
            found |= told_of((last.name, last.properties))
    return found


def _own_answers(variables: Mapping[str, object], number: int) -> dict[str, str]:
    """Whether our own pages answer for this customer. Without a customer only their addresses are tried."""
    links = _links(variables)
    tries: dict[str, Callable[[str], str]] = {
        "unsubscribe": _page if number else _route,
        "preferences": _page if number else _route,
        "why": _route,  # its page is about a message, and there is none yet
    }
    return {str(links[name]): attempt(urlsplit(str(links[name])).path) for name, attempt in tries.items()}


def _route(path: str) -> str:
    try:
        resolve(path)
    except Http404:
        return "there is no such page"
    return ""


def _page(path: str) -> str:
    """Look at the page as its reader would. Looking changes nothing."""
    if wrong := _route(path):
        return wrong
    found = resolve(path)
    answer = found.func(RequestFactory().get(path), *found.args, **found.kwargs)
    return "" if answer.status_code in _GOOD else f"its page answers with the error {answer.status_code}"


def _outside(texts: Mapping[str, Text], variables: Mapping[str, object]) -> set[str]:
    base = workspace().public_url.rstrip("/")
    return {url for text in texts.values() for url in outside(_made(text, variables).html, base)}


def _made(text: Text, variables: Mapping[str, object]) -> Rendered:
    return render(Version("", 0, text.subject, compiled(text), text.preheader, text.text), variables)


def _links(variables: Mapping[str, object]) -> Mapping[str, object]:
    links = variables["links"]
    if not isinstance(links, Mapping):
        raise InvalidInput("links are named one by one")
    return links


def _addresses() -> Addresses:
    return Addresses(workspace().public_url.rstrip("/"), signing_key())


def _site() -> Site:
    company = workspace()
    return Site(company.name, company.colour, company.postal_address, company.public_url)


def _test_message(
    made: Rendered, address: str, *, sender: SenderSettings, stop: str, key: tuple[str, ...], now: datetime
) -> Outgoing:
    """Made as a real one is, without the tracking."""
    number = key_of("test of a text", address, *key)
    letter = Letter(
        key=number,
        from_name=sender.from_name,
        from_address=sender.from_address,
        reply_to=sender.reply_to,
        to=address,
        subject=f"[Test] {made.subject}",
        html=made.html,
        text=made.text,
        date=now,
        unsubscribe=stop,
    )
    return Outgoing(
        delivery_id=0,
        attempt=1,
        key=number,
        customer_id=0,
        category=SERVICE,
        sender=sender.from_address,
        recipient=address,
        subject=letter.subject,
        message_id=message_id(number, sender.from_address),
        date=now,
        raw=compose(letter),
    )

"""From claimed messages and facts to messages ready to go: rendered, tracked, composed. A batch at a time."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import blake2b

from tactful.content import queries as content
from tactful.content.domain.render import for_company, render
from tactful.content.domain.values import Rendered, Version
from tactful.delivery.domain.addresses import Addresses
from tactful.delivery.domain.dkim import SigningKey, unsigned
from tactful.delivery.domain.message import Letter, checked_address, compose, message_id
from tactful.delivery.domain.returning import return_address
from tactful.delivery.domain.tracking import Trackable, cut
from tactful.delivery.domain.values import SERVICE, Claimed, Ready, Site
from tactful.delivery.keys import signing_key
from tactful.delivery.port import Outcome, Outgoing, Result, SenderSettings
from tactful.delivery.services import link_ids
from tactful.delivery.signing import keys_for
from tactful.delivery.signing_beside import SHEET, Sheets, Signer
from tactful.kernel.errors import InvalidInput

_NO_WORD = re.compile(r"[^a-z0-9-]+")


@dataclass(frozen=True, slots=True)
class Prepared:
    """Messages ready to go, and those that cannot be made, already as results."""

    outgoing: list[Outgoing]
    failed: list[Result]


@dataclass(frozen=True, slots=True)
class _Shared:
    """What the messages of a batch have in common."""

    site: Site
    sender: SenderSettings
    addresses: Addresses
    versions: Mapping[tuple[str, int], Version]
    company: tuple[tuple[str, str], ...]
    shop: str
    keys: Sequence[SigningKey]


@dataclass(frozen=True, slots=True)
class _Draft:
    claimed: Claimed
    rendered: Rendered
    html: Trackable


def prepare(ready: Sequence[Ready], *, site: Site, sender: SenderSettings, signer: Signer) -> Prepared:
    """Make the messages. One that cannot be made fails alone, with the reason. Signatures may be under way."""
    shared = _shared(ready, site, sender)
    sheets = signer.sheets(len(ready))
    prepared = Prepared([], [])
    links: dict[str, int] = {}
    # Part by part, so that the first ones are being signed while the next ones are rendered.
    for start in range(0, len(ready), SHEET):
        drafts = _drafts(ready[start : start + SHEET], shared, prepared.failed)
        links |= link_ids({url for draft in drafts for url in draft.html.targets()} - links.keys())
        for draft in drafts:
            try:
                prepared.outgoing.append(_outgoing(draft, shared, links, sheets))
            except InvalidInput as error:
                prepared.failed.append(_failure(draft.claimed, error))
        sheets.hand_over()
    return prepared


def _shared(ready: Sequence[Ready], site: Site, sender: SenderSettings) -> _Shared:
    return _Shared(
        site=site,
        sender=sender,
        addresses=Addresses(site.public_url.rstrip("/"), signing_key()),
        versions=content.versions({(item.claimed.template, item.claimed.template_version) for item in ready}),
        company=tuple(_company(site).items()),
        shop=site.shop or f"https://{sender.from_address.rpartition('@')[2]}/",
        keys=keys_for(sender),
    )


def _drafts(ready: Sequence[Ready], shared: _Shared, failed: list[Result]) -> list[_Draft]:
    drafts: list[_Draft] = []
    for item in ready:
        try:
            drafts.append(_draft(item, shared))
        except InvalidInput as error:
            failed.append(_failure(item.claimed, error))
    return drafts


def preview(version: Version, *, variables: Mapping[str, object], site: Site) -> Rendered:
    """The message as this customer would get it, with links that lead nowhere. Raises InvalidInput."""
    links = dict.fromkeys(("shop", "reply", "unsubscribe", "preferences", "why"), "#")
    return render(version, {**variables, "company": _company(site), "links": links})


def _company(site: Site) -> dict[str, str]:
    return {"name": site.name, "colour": site.colour, "postal_address": site.postal_address}


def _common(claimed: Claimed, shared: _Shared) -> dict[str, object]:
    own = shared.addresses.of_message(claimed.id, claimed.customer_id)
    links = {**own, "shop": shared.shop, "reply": shared.sender.reply_link}
    return {"company": dict(shared.company), "links": links}


def _draft(item: Ready, shared: _Shared) -> _Draft:
    claimed, own = item.claimed, shared.addresses.base
    version = shared.versions.get((claimed.template, claimed.template_version))
    if version is None:
        raise InvalidInput(f"the template {claimed.template} has no version {claimed.template_version}")
    variables = {**claimed.context, **item.variables, **_common(claimed, shared)}
    spoken = for_company(version.spoken(_language(variables)), shared.company)
    rendered = with_images(render(spoken, variables), own)
    return _Draft(claimed, rendered, cut(rendered.html, own=own))


def with_images(rendered: Rendered, base: str) -> Rendered:
    """The message with whole addresses for the images that we serve ourselves."""
    if 'src="/i/' not in rendered.html:
        return rendered
    return replace(rendered, html=rendered.html.replace('src="/i/', f'src="{base}/i/'))


def _language(variables: Mapping[str, object]) -> object:
    customer = variables.get("customer")
    return customer.get("language") if isinstance(customer, Mapping) else None


def _outgoing(draft: _Draft, shared: _Shared, links: Mapping[str, int], sheets: Sheets) -> Outgoing:
    claimed, rendered, sender, addresses = draft.claimed, draft.rendered, shared.sender, shared.addresses
    html = draft.html.tracked(
        link=lambda url: addresses.link(claimed.id, links[url]),
        pixel=addresses.pixel(claimed.id),
    )
    raw = compose(_letter(claimed, rendered, html, addresses=addresses, sender=sender))
    return Outgoing(
        delivery_id=claimed.id,
        attempt=claimed.attempt,
        key=claimed.key,
        customer_id=claimed.customer_id,
        category=claimed.category,
        sender=checked_address(sender.from_address),
        recipient=checked_address(claimed.address),
        subject=rendered.subject,
        message_id=message_id(claimed.key, sender.from_address),
        date=claimed.queued_at,
        raw=raw,
        envelope_from=_way_back(claimed, sender, addresses.key),
        signatures=sheets.add(unsigned(raw, shared.keys)),
    )


def _way_back(claimed: Claimed, sender: SenderSettings, key: bytes) -> str:
    if not sender.bounce_domain:
        return ""
    return return_address(claimed.id, claimed.customer_id, domain=sender.bounce_domain, key=key)


def _letter(
    claimed: Claimed, rendered: Rendered, html: str, *, addresses: Addresses, sender: SenderSettings
) -> Letter:
    is_marketing = claimed.category != SERVICE
    domain = checked_address(sender.from_address).rpartition("@")[2]
    topic = _word(claimed.topic)
    return Letter(
        key=claimed.key,
        from_name=sender.from_name,
        from_address=sender.from_address,
        reply_to=sender.reply_to,
        to=claimed.address,
        subject=rendered.subject,
        html=html,
        text=rendered.text,
        date=claimed.queued_at,
        unsubscribe=addresses.unsubscribe(claimed.id, claimed.customer_id) if is_marketing else "",
        list_name=f"{topic}.{domain}" if is_marketing else "",
        feedback_id=_feedback_id(claimed, domain) if is_marketing else "",
        is_automatic=not is_marketing,
    )


def _feedback_id(claimed: Claimed, domain: str) -> str:
    """What receivers count complaints by: journey, template, category, sender. Tells others nothing."""
    journey = f"j{claimed.journey_id or 0}"
    return f"{journey}:{_opaque(claimed.template)}:{_word(claimed.category)}:{_opaque(domain)}"


def _opaque(text: str) -> str:
    return blake2b(text.encode(), digest_size=5, person=b"tactful.feedback").hexdigest()


def _word(text: str) -> str:
    return _NO_WORD.sub("-", text.lower()).strip("-")[:60] or "all"


def _failure(claimed: Claimed, error: InvalidInput) -> Result:
    return Result(claimed.id, claimed.attempt, Outcome.REFUSED, reason=error.message[:500])

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
from tactful.delivery.signing_beside import Sheets, Signer
from tactful.kernel.errors import InvalidInput

_NO_WORD = re.compile(r"[^a-z0-9-]+")


@dataclass(frozen=True, slots=True)
class Prepared:
    """Messages ready to go, and those that cannot be made, already as results."""

    outgoing: list[Outgoing]
    failed: list[Result]


@dataclass(frozen=True, slots=True)
class _Draft:
    claimed: Claimed
    rendered: Rendered
    html: Trackable


def prepare(ready: Sequence[Ready], *, site: Site, sender: SenderSettings, signer: Signer) -> Prepared:
    """Make the messages. One that cannot be made fails alone, with the reason. Signatures may be under way."""
    versions = content.versions({(item.claimed.template, item.claimed.template_version) for item in ready})
    addresses = Addresses(site.public_url.rstrip("/"), signing_key())
    company = tuple(_company(site).items())
    shop = site.shop or f"https://{sender.from_address.rpartition('@')[2]}/"
    drafts: list[_Draft] = []
    failed: list[Result] = []
    for item in ready:
        claimed = item.claimed
        try:
            version = versions.get((claimed.template, claimed.template_version))
            variables = {**claimed.context, **item.variables, **_common(claimed, site, addresses, shop)}
            own = version and for_company(version.spoken(_language(variables)), company)
            drafts.append(_draft(claimed, own, variables, addresses.base))
        except InvalidInput as error:
            failed.append(_failure(claimed, error))
    links = link_ids({url for draft in drafts for url in draft.html.targets()})
    outgoing: list[Outgoing] = []
    keys = keys_for(sender)
    sheets = signer.sheets(len(drafts))
    for draft in drafts:
        try:
            made = _outgoing(draft, addresses=addresses, links=links, sender=sender)
            outgoing.append(_with_signatures(made, keys, sheets))
        except InvalidInput as error:
            failed.append(_failure(draft.claimed, error))
    sheets.hand_over()
    return Prepared(outgoing, failed)


def preview(version: Version, *, variables: Mapping[str, object], site: Site) -> Rendered:
    """The message as this customer would get it, with links that lead nowhere. Raises InvalidInput."""
    links = dict.fromkeys(("shop", "unsubscribe", "preferences", "why"), "#")
    return render(version, {**variables, "company": _company(site), "links": links})


def _company(site: Site) -> dict[str, str]:
    return {"name": site.name, "colour": site.colour, "postal_address": site.postal_address}


def _common(claimed: Claimed, site: Site, addresses: Addresses, shop: str) -> dict[str, object]:
    links = {**addresses.of_message(claimed.id, claimed.customer_id), "shop": shop}
    return {"company": _company(site), "links": links}


def _draft(claimed: Claimed, version: Version | None, variables: Mapping[str, object], own: str) -> _Draft:
    if version is None:
        raise InvalidInput(f"the template {claimed.template} has no version {claimed.template_version}")
    rendered = with_images(render(version, variables), own)
    return _Draft(claimed, rendered, cut(rendered.html, own=own))


def with_images(rendered: Rendered, base: str) -> Rendered:
    """The message with whole addresses for the images that we serve ourselves."""
    if 'src="/i/' not in rendered.html:
        return rendered
    return replace(rendered, html=rendered.html.replace('src="/i/', f'src="{base}/i/'))


def _language(variables: Mapping[str, object]) -> object:
    customer = variables.get("customer")
    return customer.get("language") if isinstance(customer, Mapping) else None


def _outgoing(
    draft: _Draft,
    *,
    addresses: Addresses,
    links: Mapping[str, int],
    sender: SenderSettings,
) -> Outgoing:
    claimed, rendered = draft.claimed, draft.rendered
    html = draft.html.tracked(
        link=lambda url: addresses.link(claimed.id, links[url]),
        pixel=addresses.pixel(claimed.id),
    )
    letter = _letter(claimed, rendered, html, addresses=addresses, sender=sender)
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
        raw=compose(letter),
        envelope_from=_way_back(claimed, sender, addresses.key),
    )


def _with_signatures(message: Outgoing, keys: Sequence[SigningKey], sheets: Sheets) -> Outgoing:
    return replace(message, signatures=sheets.add(unsigned(message.raw, keys))) if keys else message


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

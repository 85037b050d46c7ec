"""Feedback comes in by HTTP: webhooks of mail providers, and raw messages from a mail server."""

from django.core.exceptions import RequestDataTooBig
from django.db import transaction
from django.http import HttpRequest, HttpResponse, JsonResponse

from tactful.api.access import machines
from tactful.delivery import hooks
from tactful.delivery.domain.incoming import LARGEST
from tactful.delivery.domain.proof import Forged, Unproven
from tactful.delivery.hooks import HookRow
from tactful.delivery.providers import hooks as providers
from tactful.delivery.providers.sns import Unconfirmed
from tactful.flows import inbound
from tactful.kernel.clock import SystemClock
from tactful.kernel.errors import InvalidInput

clock = SystemClock()


@machines("the secret in the address is known to the provider alone; most sign what they send besides")
def tracking(request: HttpRequest, provider: str, secret: str) -> HttpResponse:
    """What became of messages, told by a provider; a raw message where the provider is `raw`."""
    return _taken(request, provider, secret, inbound_mail=False)


@machines("the secret in the address is known to the provider alone; most sign what they send besides")
def mail(request: HttpRequest, provider: str, secret: str) -> HttpResponse:
    """Messages that came in at a provider: bounces, complaints, answers."""
    return _taken(request, provider, secret, inbound_mail=True)


def _taken(request: HttpRequest, provider: str, secret: str, *, inbound_mail: bool) -> HttpResponse:
    hook = hooks.found(provider, secret)
    if hook is None:
        return _said("there is no such way in: copy the address anew from Settings, Incoming", 404)
    if request.method == "HEAD":
        return HttpResponse()  # some providers look whether somebody is there
    if request.method != "POST":
        return _said("send it by POST", 405)
    try:
        made = _raw(request) if hook.is_raw else _webhook(request, hook, inbound_mail=inbound_mail)
    except Forged as fault:
        return _said(fault.message, 403)
    except (Unproven, Unconfirmed) as fault:
        return _said(fault.message, 503)  # the provider keeps it and brings it again
    except RequestDataTooBig:
        return _said("the request is too large", 413)
    except InvalidInput as fault:
        return _said(fault.message, 400)
    return JsonResponse({"events": made})


@transaction.atomic
def _raw(request: HttpRequest) -> int:
    now = clock.now()
    raw = request.read(LARGEST + 1)
    envelope = [value for value in (request.headers.get("X-Envelope-To", ""),) if value]
    made = inbound.receive(raw, envelope_to=envelope, now=now).events
    hooks.heard(hooks.RAW, please="", now=now)
    return made


def _webhook(request: HttpRequest, hook: HookRow, *, inbound_mail: bool) -> int:
    now = clock.now()
    heard = providers.hear(hook.provider, request, signing_key=hook.signing_key, inbound=inbound_mail, now=now)
    with transaction.atomic():
        if heard.account and not hooks.belongs(hook.provider, heard.account):
            raise Forged("this comes from another account than the one that was heard here first")
        made = inbound.hear(heard.told, provider=hook.provider, now=now)
        hooks.heard(hook.provider, please=heard.please, now=now)
    # Only now: the account must be kept before anything is confirmed to it.
    if heard.confirm():
        hooks.heard(hook.provider, please="", now=now)
    return made


def _said(words: str, status: int) -> HttpResponse:
    return JsonResponse({"error": words}, status=status)

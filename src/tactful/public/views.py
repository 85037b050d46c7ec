"""What a customer sees and does without a sign-in. Only POST changes anything."""

from base64 import b64decode
from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.shortcuts import render

from tactful.delivery.domain.addresses import PREFERENCES, UNSUBSCRIBE
from tactful.delivery.domain.tokens import Purpose, sign_parts
from tactful.delivery.keys import signing_key
from tactful.flows import feedback, silence
from tactful.flows.feedback import Choices, Reader
from tactful.kernel.clock import SystemClock
from tactful.kernel.errors import NotFound
from tactful.public import colours, words
from tactful.public.access import anyone
from tactful.public.reading import agent_of, is_visit, reader_of, token_in
from tactful.team.queries import workspace

clock = SystemClock()

_PIXEL = b64decode("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7")
_READING = ("GET", "HEAD")


def _page(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Answer what leads nowhere with a page of the company, not of the staff."""

    @wraps(view)
    def answered(request: HttpRequest, *given: Any, **named: Any) -> HttpResponse:
        try:
            return view(request, *given, **named)
        except Http404 as missing:
            return _show(request, "nowhere", {"words": str(missing)}, status=404)

    return answered


@anyone("the token names the person whose choices these are")
@_page
def preferences(request: HttpRequest, token: str) -> HttpResponse:
    """Topics, how often, pause, stop everything."""
    who = reader_of(token_in(token, Purpose.PREFERENCES))
    if request.method == "POST":
        return _chosen(request, who)
    if request.method not in _READING:
        return HttpResponseNotAllowed([*_READING, "POST"])
    return _choices(request, who)


def _chosen(request: HttpRequest, who: Reader) -> HttpResponse:
    now = clock.now()
    if "stop" in request.POST:
        feedback.stop_everything(who, now=now)
        return _show(request, "stopped", {"address": who.email, "preferences": _address(Purpose.PREFERENCES, who)})
    ticked, asked = set(request.POST.getlist("topic")), set(request.POST.getlist("asked"))
    wanted = {
        (topic.channel, topic.slug): topic.key in ticked
        for topic in feedback.preferences(who.customer_id, now=now).topics
        # About a topic that came onto the page after he opened it he has said nothing.
        if not asked or topic.key in asked
    }
    frequency = request.POST.get("frequency", feedback.KEEP)
    feedback.save_preferences(who, Choices(wanted, frequency), now=now)
    return _choices(request, who, note="Saved. It counts from now on.")


def _choices(request: HttpRequest, who: Reader, *, note: str = "") -> HttpResponse:
    now = clock.now()
    chosen = feedback.preferences(who.customer_id, now=now)
    known = silence.of_customer(who.customer_id, now=now)
    channels: dict[str, list[feedback.TopicChoice]] = {}
    for topic in chosen.topics:
        channels.setdefault(words.channel(topic.channel), []).append(topic)
    facts = {
        "address": who.email,
        "channels": channels.items(),
        "frequencies": words.frequency_choices(chosen),
        "frequency": chosen.frequency,
        "note": note,
        "silence_heading": words.silence_heading(known),
        "silence": words.silence(known, now=now),
    }
    return _show(request, "preferences", facts)


@anyone("mail clients post here on their own (RFC 8058); the token names the person who wants no more")
@_page
def unsubscribe(request: HttpRequest, token: str) -> HttpResponse:
    """GET shows one button; POST, from the button or from a mail client, stops."""
    known = token_in(token, Purpose.UNSUBSCRIBE)
    try:
        who = reader_of(known)
    except Http404 as gone:
        # What he asks for is so already: a mail client must not take it for a failure.
        return _show(request, "nowhere", {"words": str(gone)})
    facts = {"address": who.email, "preferences": _address(Purpose.PREFERENCES, who)}
    if request.method == "POST":
        feedback.unsubscribe(who, now=clock.now())
        return _show(request, "stopped", facts)
    if request.method not in _READING:
        return HttpResponseNotAllowed([*_READING, "POST"])
    return _show(request, "unsubscribe", facts)


@anyone("the token names the message that its reader asks about")
@_page
def why(request: HttpRequest, token: str) -> HttpResponse:
    """Why did I get this?"""
    if request.method not in _READING:
        return HttpResponseNotAllowed(_READING)
    who = reader_of(token_in(token, Purpose.WHY))
    if who.message is None:
        raise Http404("This message is so old that we do not keep what led to it.")
    known = feedback.why(who.message)
    facts = {
        "subject": who.message.subject,
        "sent": words.day(who.message.sent_at or who.message.queued_at),
        "sentences": words.sentences(known),
        "preferences": _address(Purpose.PREFERENCES, who),
        "unsubscribe": _address(Purpose.UNSUBSCRIBE, who),
    }
    return _show(request, "why", facts)


@anyone("a link in a message; the token names the stored address that it leads to")
@_page
def link(request: HttpRequest, token: str) -> HttpResponse:
    """On to the stored address, and the click into the log."""
    if request.method not in _READING:
        return HttpResponseNotAllowed(_READING)
    known = token_in(token, Purpose.LINK)
    agent, looks = agent_of(request), is_visit(request)
    try:
        url = feedback.clicked(known.delivery_id, known.other_id, now=clock.now(), agent=agent, looks=looks)
    except NotFound as error:
        raise Http404(error.message) from None
    return HttpResponseRedirect(url)


@anyone("an image in a message; the token names the message that was shown")
def pixel(request: HttpRequest, token: str) -> HttpResponse:
    """One transparent point, whatever the token: a broken image would only disturb the reader."""
    if request.method not in _READING:
        return HttpResponseNotAllowed(_READING)
    try:
        known = token_in(token, Purpose.OPEN)
    except Http404:
        return HttpResponse(_PIXEL, content_type="image/gif")
    feedback.opened(known.delivery_id, now=clock.now(), agent=agent_of(request), looks=is_visit(request))
    return HttpResponse(_PIXEL, content_type="image/gif")


@anyone("the company's colour is on every page")
def style(_request: HttpRequest) -> HttpResponse:
    """The company's colour for the style sheet: pages carry no styles of their own."""
    colour = colours.safe(workspace().colour)
    text = f":root {{ --company: {colour}; --on-company: {colours.text_on(colour)}; }}\n"
    return HttpResponse(text, content_type="text/css", headers={"Cache-Control": "public, max-age=300"})


def _address(purpose: Purpose, who: Reader) -> str:
    """The address of one of this reader's pages."""
    number = who.message.id if who.message else 0
    begin = UNSUBSCRIBE if purpose is Purpose.UNSUBSCRIBE else PREFERENCES
    return begin + sign_parts(purpose, number, who.customer_id, signing_key())


def _show(request: HttpRequest, page: str, facts: Mapping[str, object], *, status: int = 200) -> HttpResponse:
    return render(request, f"public/{page}.html", {"company": workspace(), **facts}, status=status)

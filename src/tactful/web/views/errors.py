"""What people see when something is not there, not theirs, or broken. Kind, short, with a way on."""

from django.http import HttpRequest, HttpResponse

from tactful.web.pages import bare


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001 -- Django's signature
    return _say(
        request,
        404,
        "There is nothing here",
        "It may have been merged into another record, renamed, or the address lost a letter. Search finds "
        "customers under every identifier they ever had.",
    )


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    reason = str(exception)
    text = reason if reason.startswith("This needs") else "Your role does not open this page."
    return _say(request, 403, "This is not yours to open", f"{text} An administrator can change roles.")


def broken(request: HttpRequest) -> HttpResponse:
    return _say(
        request,
        500,
        "Something broke on our side",
        "Nothing you typed caused it, and nothing was sent. The fault is in the log; trying again is safe.",
    )


def csrf(request: HttpRequest, reason: str = "") -> HttpResponse:  # noqa: ARG001 -- Django's signature
    return _say(
        request,
        403,
        "This form was open for too long",
        "For safety its token has run out, and nothing was changed. Go back, load the page again and press the "
        "button once more; what you typed is still in the form.",
    )


def locked_out(request: HttpRequest, *_: object, **__: object) -> HttpResponse:
    return _say(
        request,
        429,
        "Too many attempts",
        "To keep guessers out, signing in with this address pauses for a quarter of an hour.",
    )


def _say(request: HttpRequest, status: int, heading: str, text: str) -> HttpResponse:
    return bare(request, "web/error.html", {"heading": heading, "text": text}, status=status)

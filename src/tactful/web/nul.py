"""A sign that no text has, and that no database keeps, is refused at the door of the screens."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

_NUL = "\x00"


def no_nul(answer: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Django's middleware: 422 for a form or an address with a NUL in it. Browsers never send one."""

    def guarded(request: HttpRequest) -> HttpResponse:
        sent = [request.GET] if request.path.startswith("/v1/") else [request.GET, request.POST]
        if any(_NUL in f"{name}{value}" for each in sent for name, listed in each.lists() for value in listed):
            return HttpResponse("What was sent holds a NUL, which no text has. Take it out.", status=422)
        return answer(request)

    return guarded

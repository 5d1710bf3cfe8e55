"""Pages for what went wrong."""

import sys

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template import loader

from chat.live.reader_pool import LOST_CONNECTION

RETRY_AFTER_SECONDS = 5


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """400: a request that makes no sense."""
    return _plain("400.html", 400)


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    """403: known, but not for this person."""
    return render(request, "403.html", status=403)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """403: a form that was not sent from a fresh page of ours. `reason` is Django's, and for programmers only."""
    return render(request, "403_csrf.html", status=403)


def page_not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """404: there is no such page, or it is not this person's to know of."""
    return render(request, "404.html", status=404)


def server_error(request: HttpRequest) -> HttpResponse:
    """500: an error of ours. Rendered without the database and the session, which may be what failed.

    503 if the database is unavailable: a proxy may then try another process, and everybody may try again.
    """
    if not isinstance(sys.exc_info()[1], LOST_CONNECTION):
        return _plain("500.html", 500)
    response = _plain("503.html", 503)
    response["Retry-After"] = str(RETRY_AFTER_SECONDS)
    return response


def _plain(template: str, status: int) -> HttpResponse:
    return HttpResponse(loader.get_template(template).render(), status=status)

"""Error pages."""

import sys

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template import loader

from chat.live.reader_pool import LOST_CONNECTION

RETRY_AFTER_SECONDS = 5


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """400: a malformed request."""
    return _plain("400.html", 400)


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    """403: this person may not see the page or do this."""
    return render(request, "403.html", status=403)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """403: a form that was not sent from a current page of this site. `reason` is for developers, and not shown."""
    return render(request, "403_csrf.html", status=403)


def page_not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """404: the page does not exist, or this person may not know of it."""
    return render(request, "404.html", status=404)


def server_error(request: HttpRequest) -> HttpResponse:
    """500: an error of the server. Rendered without the database and the session, because they may be what failed.

    Answers 503 if the database is unavailable: a proxy may then try another process, and people may try again.
    """
    if not isinstance(sys.exc_info()[1], LOST_CONNECTION):
        return _plain("500.html", 500)
    response = _plain("503.html", 503)
    response["Retry-After"] = str(RETRY_AFTER_SECONDS)
    return response


def _plain(template: str, status: int) -> HttpResponse:
    return HttpResponse(loader.get_template(template).render(), status=status)

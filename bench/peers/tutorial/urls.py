"""No pages: the bench talks to the sockets, and to one empty page that asks for a signed-in person."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.template import engines
from django.urls import path

PAGE = engines["django"].from_string("<!doctype html><title>Hello</title><p>Hello {{ user.username }}</p>")


@login_required
def empty(request: HttpRequest) -> HttpResponse:
    """The yardstick: what Django itself takes for a signed-in page with nothing on it."""
    return HttpResponse(PAGE.render(request=request))


urlpatterns = [path("", empty)]

"""No pages except an empty one that requires a signed-in person; the benchmark uses the sockets."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.template import engines
from django.urls import path

PAGE = engines["django"].from_string("<!doctype html><title>Hello</title><p>Hello {{ user.username }}</p>")


@login_required
def empty(request: HttpRequest) -> HttpResponse:
    """The baseline: Django's own cost of a signed-in page without content."""
    return HttpResponse(PAGE.render(request=request))


urlpatterns = [path("", empty)]

"""Limits the rate of forms from one person, or from one address without an account, before a form is parsed."""

from collections.abc import Callable

from allauth.account.adapter import get_adapter
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.cache import add_never_cache_headers

from chat import policy
from chat.models import User
from chat.networks import network_of
from chat.services.rates import RateTable, whole_seconds

SAFE_METHODS = {"GET", "HEAD", "OPTIONS", "TRACE"}
PEOPLE = RateTable(burst=60, per_second=1)
ADMINISTRATORS = RateTable(burst=600, per_second=10)
ADDRESSES = RateTable(burst=120, per_second=2)


class WriteLimitMiddleware:
    """Answers 429 to writing requests over the limit."""

    sync_capable = True
    async_capable = False

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        wait = 0.0 if request.method in SAFE_METHODS else _take(request)
        return too_fast(request, wait) if wait else self.get_response(request)


def _take(request: HttpRequest) -> float:
    user = request.user
    if not isinstance(user, User):
        return ADDRESSES.take(network_of(get_adapter().get_client_ip(request)))
    return (ADMINISTRATORS if policy.is_administrator(user) else PEOPLE).take(str(user.pk))


def too_fast(request: HttpRequest, wait: float) -> HttpResponse:
    """The 429 page, which says when to try again."""
    seconds = whole_seconds(wait)
    response = render(request, "429.html", {"seconds": seconds}, status=429)
    response.headers["Retry-After"] = str(seconds)
    add_never_cache_headers(response)
    return response

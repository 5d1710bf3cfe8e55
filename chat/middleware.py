"""What every page needs: the space, or the way to the first page; privacy; and times as the reader has them."""

import logging
import time
from collections.abc import Callable

from django.conf import settings
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.cache import add_never_cache_headers

from chat.models import Space, User
from chat.services import sessions

logger = logging.getLogger(__name__)

SPACE_MEMORY_SECONDS = 10.0
"""How long a process goes by the space it has read: so long can it take until a new name shows everywhere."""

WITHOUT_TIMES = ("/healthz", "/readyz", "/i18n/", "/jsi18n/")
OPEN_BEFORE_FIRST_RUN = ("/welcome/", "/healthz", "/readyz", "/i18n/", "/jsi18n/")


class SpaceMiddleware:
    """Sets `request.space`, without a query most of the time. With no space yet, every page leads to the welcome page.

    On the few pages that are open before the first run, `request.space` is None and nothing is asked of the database.
    """

    sync_capable = True
    async_capable = False

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response
        self.open_paths = (*OPEN_BEFORE_FIRST_RUN, settings.STATIC_URL)
        self._space: Space | None = None
        self._read_at = 0.0

    def __call__(self, request: HttpRequest) -> HttpResponse:
        is_open = request.path_info.startswith(self.open_paths)
        space = None if is_open else self._current()
        request.space = space  # type: ignore[attr-defined]
        if is_open or space is not None:
            return self.get_response(request)
        response = redirect("welcome")
        add_never_cache_headers(response)
        return response

    def _current(self) -> Space | None:
        now = time.monotonic()
        if self._space is None or now - self._read_at > SPACE_MEMORY_SECONDS:
            self._space, self._read_at = Space.objects.current(), now
        return self._space


class PrivatePagesMiddleware:
    """Notes where people are signed in, and keeps their pages out of caches: after signing out, back shows nothing."""

    sync_capable = True
    async_capable = False

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if not request.session.accessed or not request.user.is_authenticated:
            return response
        if not response.has_header("Cache-Control"):
            add_never_cache_headers(response)
        note_session(request)
        return response


def note_session(request: HttpRequest) -> None:
    """Write down that a page was opened in this session, if that was not done just now."""
    user, key = request.user, request.session.session_key
    if not (user.is_authenticated and key):
        return
    try:
        sessions.note_session(user, session_key=key, user_agent=request.headers.get("User-Agent", ""))
    except DatabaseError as error:  # the page can be served; a list of sessions is not worth losing it
        logger.warning("Could not note a session: %s", error)


class TimeZoneMiddleware:
    """Times on pages are in the time zone of the person who reads them, or in the site's where theirs is not known."""

    sync_capable = True
    async_capable = False

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response
        self.without_times = (*WITHOUT_TIMES, settings.STATIC_URL, settings.MEDIA_URL)

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path_info.startswith(self.without_times):
            return self.get_response(request)
        zone = request.user.zone if isinstance(request.user, User) else timezone.get_default_timezone()
        with timezone.override(zone):
            return self.get_response(request)

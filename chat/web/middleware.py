"""Middleware: the space, refusals, privacy, and the reader's time zone."""

import logging
from collections.abc import Callable

from django.conf import settings
from django.core.exceptions import BadRequest
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import add_never_cache_headers

from chat.models import User
from chat.models.audit import Way
from chat.protocol.errors import NotFound
from chat.queries.space import space_memory
from chat.services import sessions
from chat.services.origin import request_from
from chat.web.account_adapter import NO_ADDRESS, client_address
from chat.web.views.errors import bad_request, page_not_found

logger = logging.getLogger(__name__)

WITHOUT_TIMES = ("/healthz", "/readyz", "/i18n/", "/jsi18n/")
LENGTH_DIGITS = 19
"""A Content-Length with more digits than this is invalid."""

OPEN_BEFORE_FIRST_RUN = ("/welcome/", "/healthz", "/readyz", "/i18n/", "/jsi18n/")


class SpaceMiddleware:
    """Sets `request.space`, usually without a query. While there is no space, every page redirects to the welcome page.

    On the few pages that are available before the first run, `request.space` is None and the database is not queried.
    """

    sync_capable = True
    async_capable = False

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response
        self.open_paths = (*OPEN_BEFORE_FIRST_RUN, settings.STATIC_URL)

    def __call__(self, request: HttpRequest) -> HttpResponse:
        is_open = request.path_info.startswith(self.open_paths)
        space = None if is_open else space_memory.current()
        request.space = space  # type: ignore[attr-defined]
        if is_open or space is not None:
            return self.get_response(request)
        response = redirect("welcome")
        add_never_cache_headers(response)
        return response


class OriginMiddleware:
    """Records the origin of the request for the audit."""

    sync_capable = True
    async_capable = False

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response
        self.admin_path = reverse("admin:index")

    def __call__(self, request: HttpRequest) -> HttpResponse:
        way = Way.ADMIN if request.path_info.startswith(self.admin_path) else Way.WEB
        address = client_address(request)
        with request_from(way, "" if address == NO_ADDRESS else address):
            return self.get_response(request)


class RefusalMiddleware:
    """Answers 400 to requests that no page can process, and 404 if a service raises NotFound.

    No name, text or number contains a NUL, and PostgreSQL can neither store nor compare one.
    """

    sync_capable = True
    async_capable = False

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if "\0" in request.path or not (has_length(request) and is_utf8(request)) or holds_nul(request.GET):
            return bad_request(request, BadRequest())
        return self.get_response(request)

    def process_view(self, request: HttpRequest, *_view: object) -> HttpResponse | None:
        """Check the fields of a form, after Django has verified that the form comes from a page of this site."""
        return bad_request(request, BadRequest()) if holds_nul(request.POST) else None

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """Answer 404 if a service raised NotFound, as if the page did not exist."""
        return page_not_found(request, error) if isinstance(error, NotFound) else None


def has_length(request: HttpRequest) -> bool:
    """Whether the Content-Length, if given, is a number that Django can parse. Most servers check it themselves."""
    given = request.META.get("CONTENT_LENGTH") or "0"
    return given.isascii() and given.isdigit() and len(given) <= LENGTH_DIGITS


def is_utf8(request: HttpRequest) -> bool:
    """Whether a form declares UTF-8 or no encoding. Django would decode it with any codec of Python."""
    charset = str((request.content_params or {}).get("charset", "utf-8"))
    return charset.lower() in ("utf-8", "utf8")


def holds_nul(fields: QueryDict) -> bool:
    """Whether the name or the value of a field contains a NUL."""
    return any("\0" in text for name, values in fields.lists() for text in (name, *values))


class MediaMiddleware:
    """Removes Vary from uploaded files: with it, browsers would fetch all pictures again whenever a cookie changes.

    Must precede the middlewares that add it, such as that of sessions.
    """

    sync_capable = True
    async_capable = False

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if request.path_info.startswith(settings.MEDIA_URL) and "immutable" in response.get("Cache-Control", ""):
            del response.headers["Vary"]
        return response


class PrivatePagesMiddleware:
    """Records where people are signed in, and forbids caching their pages: after sign-out, Back shows nothing."""

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
    """Record the use of this session, unless it was recorded recently."""
    user, key = request.user, request.session.session_key
    if not (user.is_authenticated and key):
        return
    try:
        sessions.note_session(user, session_key=key, user_agent=request.headers.get("User-Agent", ""))
    except DatabaseError as error:  # the page can be served without this record
        logger.warning("Could not record the use of a session: %s", error)


class TimeZoneMiddleware:
    """Activates the reader's time zone, or the site's if the reader's is unknown."""

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

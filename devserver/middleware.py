"""Adds the script that reloads a page to every page."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase

from chatproject.csp import HEADER, PAGES, header
from devserver.browsers import SCRIPT_TAG

BODY_END = b"</body>"
DEBUG_PAGE_MARK = b"<code>DEBUG = True</code>"
"""Part of Django's pages that explain an error."""

# Django's pages on errors have their style and script inline; the pages of the site keep their policy.
DEBUG_PAGE_POLICY = header(PAGES | {"default-src": ("'self'", "'unsafe-inline'")})


class ReloadMiddleware:
    """Puts the script at the end of HTML pages. It comes from the site itself, as the policy of the pages demands."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        # The page arrives here as the browser gets it, and compressed pages cannot be searched.
        request.META.pop("HTTP_ACCEPT_ENCODING", None)
        response = self.get_response(request)
        if isinstance(response, HttpResponse) and response.headers.get("Content-Type", "").startswith("text/html"):
            add_script(response)
        return response


def add_script(response: HttpResponse) -> None:
    """Insert the script before the end of the body, if the response has one."""
    before, end, after = response.content.rpartition(BODY_END)
    if not end:
        return
    response.content = before + SCRIPT_TAG + end + after
    if response.has_header("Content-Length"):
        response.headers["Content-Length"] = str(len(response.content))
    if DEBUG_PAGE_MARK in before:
        response.headers[HEADER] = DEBUG_PAGE_POLICY

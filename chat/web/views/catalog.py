"""The translations for the browser's modules. Their URL contains a hash, so browsers may cache them forever."""

import hashlib
from functools import cache

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import translation
from django.utils.cache import patch_cache_control
from django.views.decorators.http import require_safe
from django.views.i18n import JavaScriptCatalog

FOREVER_SECONDS = 365 * 24 * 3600
HASH_CHARS = 12

_view = JavaScriptCatalog.as_view(domain="djangojs", packages=["chat"])


@cache
def script(language: str) -> bytes:
    """The catalog of one of the site's languages, as JavaScript."""
    request = HttpRequest()
    request.method = "GET"
    with translation.override(language):
        response = _view(request)
    assert isinstance(response, HttpResponse)  # noqa: S101 (narrows the type)
    return response.content


@cache
def version(language: str) -> str:
    return hashlib.sha256(script(language)).hexdigest()[:HASH_CHARS]


def address(language: str) -> str:
    """The URL of the current catalog of a language."""
    return reverse("javascript-catalog", args=[language, version(language)])


@require_safe
def javascript_catalog(request: HttpRequest, language: str, asked: str) -> HttpResponse:
    """The catalog. Cached only if its version is the requested one: another release has a different catalog."""
    if language not in dict(settings.LANGUAGES):
        raise Http404
    response = HttpResponse(script(language), content_type='text/javascript; charset="utf-8"')
    if asked == version(language):
        patch_cache_control(response, public=True, max_age=FOREVER_SECONDS, immutable=True)
    else:
        patch_cache_control(response, no_cache=True)
    return response

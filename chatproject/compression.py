"""Compresses the application's own responses; static files are compressed on disk."""

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.middleware.gzip import GZipMiddleware

COMPRESSED = ("text/html", "text/javascript")


class CompressionMiddleware(GZipMiddleware):
    """Compresses pages and scripts, but not streaming responses, because compression would delay them.

    Django adds random padding to compressed responses, so that their length discloses no secrets (BREACH).
    """

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        """Compress the response if that makes it smaller and the browser accepts it."""
        kind = response.headers.get("Content-Type", "").partition(";")[0]
        if not isinstance(response, HttpResponse) or response.streaming or kind not in COMPRESSED:
            return response
        return super().process_response(request, response)

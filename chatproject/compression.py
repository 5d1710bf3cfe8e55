"""Compression of what the application itself answers; static files are compressed on disk."""

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.middleware.gzip import GZipMiddleware

COMPRESSED = ("text/html", "text/javascript")


class CompressionMiddleware(GZipMiddleware):
    """Compresses pages and scripts, and nothing that is streamed: that would be held back.

    Django pads what it compresses at random, so that the length of a page tells nothing of what is secret in it
    (BREACH).
    """

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        """The response, compressed where that pays and the browser asks for it."""
        kind = response.headers.get("Content-Type", "").partition(";")[0]
        if not isinstance(response, HttpResponse) or response.streaming or kind not in COMPRESSED:
            return response
        return super().process_response(request, response)

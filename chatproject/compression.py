"""Compresses the application's own responses; static files are compressed on disk."""

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.middleware.gzip import GZipMiddleware

COMPRESSED = ("text/html", "text/javascript")


class CompressionMiddleware(GZipMiddleware):
    """Compresses pages and scripts, but no streamed responses, which it would delay.

    Django adds random padding to what it compresses, so that the length of a page discloses nothing of its secrets
    (BREACH).
    """

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        """The response, compressed if that makes it smaller and the browser accepts it."""
        kind = response.headers.get("Content-Type", "").partition(";")[0]
        if not isinstance(response, HttpResponse) or response.streaming or kind not in COMPRESSED:
            return response
        return super().process_response(request, response)

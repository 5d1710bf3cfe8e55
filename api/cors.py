"""Which pages of other sites may call the API from a browser: those of API_ORIGINS, and only with tokens.

No answer allows credentials, so a browser shows no page of another site what a cookie of this one would get.
"""

from typing import Any

from django.conf import settings

from api.requests import Scope, Send, encoded

METHODS = "GET, HEAD, POST"
ALLOWED_HEADERS = "Accept-Language, Authorization, Content-Type, Idempotency-Key, If-None-Match, Last-Event-ID"
EXPOSED_HEADERS = "ETag, Link, RateLimit, RateLimit-Policy, Retry-After, WWW-Authenticate"
PREFLIGHT_SECONDS = 600


def allowed_origin(scope: Scope) -> str | None:
    """The Origin of a request, if pages of it may read the answer."""
    given = [value.decode("latin1") for name, value in scope["headers"] if name.lower() == b"origin"]
    return given[0] if len(given) == 1 and given[0] in settings.API_ORIGINS else None


def is_preflight(scope: Scope) -> bool:
    """Whether a browser asks if a page may send a request."""
    asked = any(name.lower() == b"access-control-request-method" for name, _value in scope["headers"])
    return scope["method"] == "OPTIONS" and asked


async def answer_preflight(scope: Scope, send: Send) -> None:
    """Answer 204, with what pages of an allowed origin may send."""
    headers = {"Content-Length": "0", "Vary": "Origin", "Cache-Control": "no-store"}
    if origin := allowed_origin(scope):
        headers |= {
            "Access-Control-Allow-Origin": origin,
            "Access-Control-Allow-Methods": METHODS,
            "Access-Control-Allow-Headers": ALLOWED_HEADERS,
            "Access-Control-Max-Age": str(PREFLIGHT_SECONDS),
        }
    await send({"type": "http.response.start", "status": 204, "headers": encoded(headers)})
    await send({"type": "http.response.body", "body": b""})


def with_headers(scope: Scope, send: Send) -> Send:
    """Let pages of an allowed origin read the answer."""
    if not settings.API_ORIGINS:
        return send
    headers = {"Vary": "Origin"}
    if origin := allowed_origin(scope):
        headers |= {"Access-Control-Allow-Origin": origin, "Access-Control-Expose-Headers": EXPOSED_HEADERS}

    async def send_with_headers(message: dict[str, Any]) -> None:
        if message["type"] == "http.response.start":
            message = {**message, "headers": [*message.get("headers", ()), *encoded(headers)]}
        await send(message)

    return send_with_headers

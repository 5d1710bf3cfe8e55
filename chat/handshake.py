"""What the headers of an ASGI scope say of a client that connects."""

from collections.abc import Mapping
from io import BytesIO
from typing import Any

from django.conf import settings
from django.core.handlers.asgi import ASGIRequest
from django.http import parse_cookie
from django.utils import translation
from django.utils.translation.trans_real import parse_accept_lang_header

Scope = Mapping[str, Any]

HTTP_SCHEMES = {"ws": "http", "wss": "https"}


def as_request(scope: Scope) -> ASGIRequest:
    """The request of Django with the address and headers of a scope, also of a handshake, and without a body."""
    scheme = scope.get("scheme", "ws")
    http = {**scope, "type": "http", "method": "GET", "scheme": HTTP_SCHEMES.get(scheme, scheme)}
    return ASGIRequest(http, BytesIO())


def header(scope: Scope, name: bytes) -> str:
    """The first header of this name, in lower case; "" if there is none."""
    values = (value for key, value in scope["headers"] if key.lower() == name)
    return next(values, b"").decode("latin1")


def session_key(scope: Scope) -> str:
    """The session of the cookie; "" if there is none."""
    return _cookies(scope).get(settings.SESSION_COOKIE_NAME, "")


def language(scope: Scope) -> str:
    """The chosen language, else the first language of the browser that the site supports."""
    asked = [_cookies(scope).get(settings.LANGUAGE_COOKIE_NAME, "")]
    asked += [code for code, _weight in parse_accept_lang_header(header(scope, b"accept-language"))]
    for code in asked:
        try:
            found: str = translation.get_supported_language_variant(code)
        except LookupError:
            continue
        return found
    return str(settings.LANGUAGE_CODE)


def address(scope: Scope) -> str:
    """The client's address, as our proxies report it; "" for a Unix socket."""
    host, *_port = scope.get("client") or [""]
    return host or ""


def _cookies(scope: Scope) -> dict[str, str]:
    return parse_cookie(header(scope, b"cookie"))

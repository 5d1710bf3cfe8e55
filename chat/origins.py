"""From which sites a browser may use the cookies of this one for a live connection."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import CsrfViewMiddleware

from chat.handshake import as_request


class FormOrigins(CsrfViewMiddleware):
    """Applies Django's check of the Origin of a posted form to the handshake of a socket.

    Scheme, host and port must be those of the request itself, as ALLOWED_HOSTS and SECURE_PROXY_SSL_HEADER determine
    them, or be in CSRF_TRUSTED_ORIGINS.
    """

    def __init__(self) -> None:
        super().__init__(lambda _request: HttpResponse())

    def allow(self, request: HttpRequest) -> bool:
        """Whether a form with this Origin could be posted here."""
        return bool(self._origin_verified(request))  # type: ignore[attr-defined]  # private, so without a type


def is_allowed_origin(scope: dict[str, Any]) -> bool:
    """Whether the page that opens this connection may do so, by its Origin header.

    Browsers send this site's cookies with a socket that any other page opens, and only this check distinguishes the
    pages.
    """
    return FormOrigins().allow(as_request(scope))

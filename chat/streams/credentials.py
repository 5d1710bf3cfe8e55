"""Who asks for events: a session or a token."""

import hashlib
from dataclasses import dataclass
from io import BytesIO
from typing import Any

from django.conf import settings
from django.core.exceptions import DisallowedHost
from django.core.handlers.asgi import ASGIRequest
from django.utils.translation import gettext_lazy as _

from chat.handshake import header, session_key
from chat.live.bearer import bearer_text, token_credential
from chat.live.hub import Hub
from chat.models.token import Scope
from chat.origins import is_allowed_origin
from chat.protocol.errors import Forbidden, Invalid
from chat.queries.sessions import ConnectState, SignedIn

OVER_HTTPS = _("Use https://: over http:// anybody on the way can read the token.")

SAME_SITE = ("", "same-origin", "none")
"""What `Sec-Fetch-Site` says of requests that this site's own pages make, or no page."""


@dataclass(frozen=True, slots=True)
class Presented:
    """What a request presents: the key of a session, or the headers with a token. `proof` identifies it."""

    scope: dict[str, Any]
    session_key: str | None
    proof: str

    async def state(self, hub: Hub) -> ConnectState | None:
        """The person and their rooms; None if it is not valid. Raises Forbidden without the scope `read`."""
        if self.session_key is not None:
            return await hub.sessions_loader.load(self.session_key)
        access = await token_credential(self.scope["headers"])
        if access is None:
            return None
        if Scope.READ not in access.scopes:
            raise Forbidden
        return await hub.states_loader.load(SignedIn(access.user, access.credential))


def presented(scope: dict[str, Any]) -> Presented | None:
    """What this request presents, or None. A token goes before a session.

    Raises Invalid for another host than ours, and Forbidden if anybody on the way can read it, or if a page of another
    site uses the session of its reader.
    """
    _require_safe_transport(scope)
    token = bearer_text(scope["headers"])
    if token is not None:
        return Presented(scope, None, "token:" + hashlib.sha256(token.encode()).hexdigest())
    key = session_key(scope)
    if not key:
        return None
    is_foreign = header(scope, b"sec-fetch-site") not in SAME_SITE
    if is_foreign or (header(scope, b"origin") and not is_allowed_origin(scope)):
        raise Forbidden
    return Presented(scope, key, "session:" + hashlib.sha256(key.encode()).hexdigest())


def _require_safe_transport(scope: dict[str, Any]) -> None:
    request = ASGIRequest(scope, BytesIO())
    try:
        request.get_host()
    except DisallowedHost as error:
        raise Invalid(field="host") from error
    if settings.SECURE_SSL_REDIRECT and not request.is_secure():
        raise Forbidden(OVER_HTTPS)

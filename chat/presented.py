"""Who asks for events, by a request or by a socket: a session or a token."""

import hashlib
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.core.exceptions import DisallowedHost
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from chat.handshake import address, as_request, header, session_key
from chat.live.bearer import bearer_text, token_credential
from chat.live.failures import failed, require_few_failures
from chat.live.hub import Hub
from chat.models.token import IS_A_TOKEN, Scope
from chat.origins import is_allowed_origin
from chat.protocol.errors import Forbidden, Invalid
from chat.queries.sessions import ConnectState, SignedIn

OVER_HTTPS = _("Use https://: over http:// anybody on the way can read the token.")
TOKEN_IN_ADDRESS = _("Send the token in the header Authorization. Addresses end up in logs and histories.")
TOKEN_FIELDS = {"access_token", "token", "api_key"}

SAME_SITE = ("", "same-origin", "none")
"""What `Sec-Fetch-Site` says of requests that this site's own pages make, or no page."""


@dataclass(frozen=True, slots=True)
class Presented:
    """What a client presents: the key of a session, or the headers with a token. `proof` identifies it."""

    scope: dict[str, Any]
    session_key: str | None
    proof: str

    async def state(self, hub: Hub) -> ConnectState | None:
        """The person and their rooms; None if it is not valid.

        Raises Forbidden for a token without the scope `read`, and RateLimited for somebody who tries tokens.
        """
        if self.session_key is not None:
            return await hub.sessions_loader.load(self.session_key)
        client = address(self.scope)
        require_few_failures(client)
        access = await token_credential(self.scope["headers"])
        if access is None:
            failed(client)
            return None
        if Scope.READ not in access.scopes:
            raise Forbidden
        return await hub.states_loader.load(SignedIn(access.user, access.credential))


def presented(scope: dict[str, Any]) -> Presented | None:
    """What a request presents, or None. A token goes before a session.

    Raises Invalid for another host than ours or a token in the address, and Forbidden if anybody on the way can read
    it, or if a page of another site uses the session of its reader.
    """
    _require_safe(scope)
    if token := _token(scope):
        return token
    key = session_key(scope)
    if not key:
        return None
    is_foreign = header(scope, b"sec-fetch-site") not in SAME_SITE
    if is_foreign or (header(scope, b"origin") and not is_allowed_origin(scope)):
        raise Forbidden
    return _session(scope, key)


def presented_by_socket(scope: dict[str, Any]) -> Presented:
    """What a handshake presents, whose Origin was checked before. A token goes before a session.

    Raises Invalid for a token in the address or in a subprotocol, and for one that is sent to another host than ours,
    and Forbidden for one that anybody on the way can read.
    """
    offered = " ".join(scope.get("subprotocols") or [])
    if IS_A_TOKEN.search(offered) or _is_token_in_address(as_request(scope)):
        raise Invalid(TOKEN_IN_ADDRESS)
    token = _token(scope)
    if token is None:
        return _session(scope, session_key(scope))
    _require_safe(scope)
    return token


def require_safe_transport(request: HttpRequest) -> None:
    """Raise for another host than ours, a token in the address, or a token that anybody on the way can read."""
    request.get_host()
    if _is_token_in_address(request):
        raise Invalid(TOKEN_IN_ADDRESS)
    if settings.SECURE_SSL_REDIRECT and not request.is_secure():
        raise Forbidden(OVER_HTTPS)


def _token(scope: dict[str, Any]) -> Presented | None:
    token = bearer_text(scope["headers"])
    return None if token is None else Presented(scope, None, f"token:{_digest(token)}")


def _session(scope: dict[str, Any], key: str) -> Presented:
    return Presented(scope, key, f"session:{_digest(key)}")


def _require_safe(scope: dict[str, Any]) -> None:
    try:
        require_safe_transport(as_request(scope))
    except DisallowedHost as error:
        raise Invalid(field="host") from error


def _is_token_in_address(request: HttpRequest) -> bool:
    query = request.META.get("QUERY_STRING", "")
    names = {field.partition("=")[0] for field in query.split("&")}
    return not TOKEN_FIELDS.isdisjoint(names) or IS_A_TOKEN.search(query) is not None


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()

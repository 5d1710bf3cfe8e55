"""Authenticates requests for resources, which Django serves in a thread."""

from django.http import HttpRequest
from django.utils import translation
from ninja.security import HttpBearer

from api import rates
from api.callers import Caller
from chat.live.bearer import bearer_text
from chat.live.failures import failed, require_few_failures
from chat.models import User
from chat.models.token import digest_of, is_well_formed
from chat.presented import require_safe_transport
from chat.protocol.errors import Unauthenticated
from chat.queries.credentials import SessionCredential
from chat.queries.tokens import authenticate_tokens
from chat.services.tokens import is_due_to_note, note_used
from chat.web.account_adapter import client_address


class Token(HttpBearer):
    """A token in the header Authorization. Without the header, the session of a page of this site, which only reads."""

    openapi_description = "A personal token or that of a bot: `Authorization: Bearer srbp_…`"

    def __call__(self, request: HttpRequest) -> Caller:
        """Return who asks. Raises Unauthenticated, Invalid, Forbidden or RateLimited."""
        require_safe_transport(request)
        address = client_address(request)
        require_few_failures(address)
        text = _text_of(request)
        caller = _by_session(request) if text is None else _by_token(text)
        if caller is None:
            failed(address)
            raise Unauthenticated
        caller.headers.update(rates.take(caller.credential.name))
        return caller

    def authenticate(self, request: HttpRequest, token: str) -> Caller | None:
        """Return who sends a token."""
        return _by_token(token)


def _text_of(request: HttpRequest) -> str | None:
    given = request.META.get("HTTP_AUTHORIZATION")
    return None if given is None else bearer_text([(b"authorization", given.encode("latin1", "replace"))])


def _by_token(text: str) -> Caller | None:
    if not is_well_formed(text):
        return None
    (access,) = authenticate_tokens([digest_of(text)])
    if access is None:
        return None
    if is_due_to_note(access.used_at):
        note_used([access.credential.token_id])
    return Caller(access.user, access.scopes, access.rooms, translation.get_language(), access.credential)


def _by_session(request: HttpRequest) -> Caller | None:
    user, key = request.user, request.session.session_key
    if not isinstance(user, User) or not user.is_active or key is None:
        return None
    credential = SessionCredential(user.pk, key, user.session_version)
    return Caller(user, None, None, translation.get_language(), credential)

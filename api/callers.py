"""Who sends a request: authenticated by a token, or by the session of a page of this site."""

from dataclasses import dataclass, field

from django.conf import settings

from api import rates
from api.requests import Request
from chat.live.bearer import bearer_text, token_credential
from chat.live.failures import failed, require_few_failures
from chat.live.hub import current_hub
from chat.live.request_runner import Requester
from chat.protocol.errors import Unauthenticated
from chat.queries.credentials import Credential


@dataclass(frozen=True, slots=True)
class Caller(Requester):
    """Who sends a request, with the credential and the headers that say how many more may follow."""

    credential: Credential
    headers: dict[str, str] = field(default_factory=dict)


async def caller_of(request: Request) -> Caller:
    """Authenticate a request and count it. Raises Unauthenticated, Forbidden or RateLimited."""
    caller = await authenticated(request)
    caller.headers.update(rates.take(caller.credential.name))
    return caller


async def authenticated(request: Request) -> Caller:
    """Authenticate a request that is counted elsewhere. Raises Unauthenticated, Forbidden or RateLimited.

    A request with the header Authorization is never authenticated by a cookie.
    """
    require_few_failures(request.address)
    has_token = bearer_text(request.headers) is not None
    caller = await (_by_token(request) if has_token else _by_session(request))
    if caller is None:
        failed(request.address)
        raise Unauthenticated
    return caller


async def _by_token(request: Request) -> Caller | None:
    access = await token_credential(request.headers)
    if access is None:
        return None
    return Caller(access.user, access.scopes, access.rooms, request.language, access.credential)


async def _by_session(request: Request) -> Caller | None:
    key = request.django.COOKIES.get(settings.SESSION_COOKIE_NAME, "")
    if not key:
        return None
    request.require_own_page()
    signed_in = await current_hub().people_loader.load(key)
    if signed_in is None or not signed_in.user.is_active:
        return None
    return Caller(signed_in.user, None, None, request.language, signed_in.credential)

"""The resources: what a person may read, as JSON with ETags. Every text is encoded by the shapes of the protocol."""

import hashlib
import logging
from collections.abc import Callable
from functools import wraps
from typing import Annotated, Any, cast

from django.db import DatabaseError
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import translation
from django.utils.cache import get_conditional_response, patch_vary_headers
from django.utils.translation import gettext_lazy as _
from ninja import NinjaAPI, Path, Query
from ninja.errors import HttpError, ValidationError

from api import reading
from api.authentication import Token
from api.callers import Caller
from api.requests import headers_for, refusal
from api.shapes import (
    MeAnswer,
    MembersAnswer,
    MessageAnswer,
    PeopleAnswer,
    PersonAnswer,
    Problem,
    ReactionsAnswer,
    RoomsAnswer,
    ThreadsAnswer,
)
from chat.live.token_commands import require_scope
from chat.models import Message
from chat.models.token import Scope
from chat.protocol.commands import LARGEST_INTEGER
from chat.protocol.errors import ChatError, Forbidden, Invalid, NotFound, Unavailable
from chat.protocol.events import HistoryReply, PinsReply, RoomReply
from chat.protocol.limits import DEFAULT_PAGE, HISTORY_PAGE
from chat.protocol.shapes import Shape, User
from chat.queries import pins as pins_query
from chat.queries import rooms as rooms_query
from chat.queries.token_rooms import LIMITED, require_room_within

logger = logging.getLogger(__name__)

ONE_OF_THREE = _("Set at most one of before, after and around.")
TYPED_CHARS = 80
PEOPLE_PAGE = 500

Id = Annotated[int, Path(ge=1, le=LARGEST_INTEGER)]
After = Annotated[int, Query(ge=0, le=LARGEST_INTEGER, description="The last id of the page before.")]
Position = Annotated[int | None, Query(ge=0, le=LARGEST_INTEGER)]
Limit = Annotated[int, Query(ge=1, le=HISTORY_PAGE)]
LongLimit = Annotated[int, Query(ge=1, le=PEOPLE_PAGE)]

REFUSALS = frozenset({400, 401, 403, 404, 429, 503})

api = NinjaAPI(
    title="Sarangbang",
    version="1",
    description="Rooms, messages and people of a space. Write with commands; docs/api.md explains both.",
    auth=Token(),
    docs_url=None,
    openapi_url=None,
    urls_namespace="api",
)

View = Callable[..., Shape]


def answers(shape: type[Shape]) -> dict[Any, Any]:
    """What a resource may answer, for the OpenAPI document."""
    return {200: shape, 304: None, REFUSALS: Problem}


def resource(view: View) -> Callable[..., HttpResponse]:
    """A view that returns a shape, as one that checks the scope and answers with JSON and an ETag."""

    @wraps(view)
    def answered(request: HttpRequest, **fields: Any) -> HttpResponse:
        caller = caller_of(request)
        require_scope(caller.scopes, Scope.READ)
        content = view(request, **fields).encode().encode()
        response = HttpResponse(content, content_type="application/json", headers=caller.headers)
        response.headers["Cache-Control"] = "private, no-cache"
        patch_vary_headers(response, ("Accept-Language", "Authorization", "Cookie"))
        etag = f'"{hashlib.blake2b(content, digest_size=12).hexdigest()}"'
        response.headers["ETag"] = etag
        return cast("HttpResponse", get_conditional_response(request, etag=etag, response=response))

    return answered


def caller_of(request: HttpRequest) -> Caller:
    """Who asks, as `Token` found out."""
    return cast("Caller", request.auth)  # type: ignore[attr-defined]


def reader_in(request: HttpRequest, room_id: int) -> Any:
    """Who asks for something of a room. Raises NotFound if their token is limited to other rooms."""
    caller = caller_of(request)
    if caller.rooms is not None:
        require_room_within(room_id, caller.rooms)
    return caller.user


def reader_of(request: HttpRequest, message_id: int) -> Any:
    """Who asks for something of a message. Raises NotFound if their token is limited to other rooms."""
    caller = caller_of(request)
    if caller.rooms is not None:
        room_id = Message.objects.filter(pk=message_id).values_list("room_id", flat=True).first()
        if room_id is None:
            raise NotFound
        require_room_within(room_id, caller.rooms)
    return caller.user


def unlimited_reader(request: HttpRequest) -> Any:
    """Who asks for something that is in no room. Raises Forbidden if their token is limited to rooms."""
    caller = caller_of(request)
    if caller.rooms is not None:
        raise Forbidden(LIMITED)
    return caller.user


# --- the resources ----------------------------------------------------------------------------------------------------


@api.get("/me", response=answers(MeAnswer), summary="Who asks, and what the token allows")
@resource
def me(request: HttpRequest) -> Shape:
    caller = caller_of(request)
    return MeAnswer(
        user=User.of(caller.user),
        scopes=None if caller.scopes is None else sorted(caller.scopes),
        rooms=None if caller.rooms is None else sorted(caller.rooms),
    )


@api.get("/rooms", response=answers(RoomsAnswer), summary="The rooms of the person")
@resource
def rooms(request: HttpRequest, after: After = 0, limit: Limit = DEFAULT_PAGE) -> Shape:
    caller = caller_of(request)
    return reading.rooms_of(caller.user, within=caller.rooms, after=after, limit=limit)


@api.get("/rooms/{room}", response=answers(RoomReply), summary="One room or thread")
@resource
def room(request: HttpRequest, room: Id) -> Shape:
    return rooms_query.room_reply(rooms_query.membership_of(reader_in(request, room), room))


@api.get("/rooms/{room}/members", response=answers(MembersAnswer), summary="The people in a room")
@resource
def members(request: HttpRequest, room: Id, after: After = 0, limit: LongLimit = HISTORY_PAGE) -> Shape:
    return reading.members_of(reader_in(request, room), room_id=room, after=after, limit=limit)


@api.get(
    "/rooms/{room}/messages",
    response=answers(HistoryReply),
    summary="The newest messages of a room, or those before, after or around a position",
)
@resource
def messages(
    request: HttpRequest,
    room: Id,
    *,
    before: Position = None,
    after: Position = None,
    around: Position = None,
    limit: Limit = DEFAULT_PAGE,
) -> Shape:
    given = {"before": before, "after": after, "around": around}
    if sum(position is not None for position in given.values()) > 1:
        raise Invalid(ONE_OF_THREE)
    if before is after is around is None:
        given["before"] = LARGEST_INTEGER
    return rooms_query.history(reader_in(request, room), room_id=room, limit=limit, **given)


@api.get("/rooms/{room}/threads", response=answers(ThreadsAnswer), summary="The threads of a room")
@resource
def threads(request: HttpRequest, room: Id, after: After = 0, limit: Limit = DEFAULT_PAGE) -> Shape:
    return reading.threads_of(reader_in(request, room), room_id=room, after=after, limit=limit)


@api.get("/rooms/{room}/pins", response=answers(PinsReply), summary="The pinned messages of a room")
@resource
def pins(
    request: HttpRequest, room: Id, before: Annotated[int | None, Query(ge=1, le=LARGEST_INTEGER)] = None
) -> Shape:
    return pins_query.pins(reader_in(request, room), room_id=room, before=before)


@api.get("/messages/{message}", response=answers(MessageAnswer), summary="One message")
@resource
def message(request: HttpRequest, message: Id) -> Shape:
    return reading.message(reader_of(request, message), message)


@api.get("/messages/{message}/reactions", response=answers(ReactionsAnswer), summary="Who reacted to a message")
@resource
def reactions(request: HttpRequest, message: Id, after: After = 0, limit: LongLimit = HISTORY_PAGE) -> Shape:
    return reading.reactions_to(reader_of(request, message), message, after=after, limit=limit)


@api.get("/people", response=answers(PeopleAnswer), summary="People, all or by name")
@resource
def people(
    request: HttpRequest,
    q: Annotated[str, Query(max_length=TYPED_CHARS, description="Words of the name or username.")] = "",
    after: After = 0,
    limit: LongLimit = HISTORY_PAGE,
) -> Shape:
    return reading.people_of(unlimited_reader(request), typed=q, after=after, limit=limit)


@api.get("/people/{person}", response=answers(PersonAnswer), summary="One person or bot")
@resource
def person(request: HttpRequest, person: Id) -> Shape:
    return reading.person(unlimited_reader(request), person)


# --- refusals ---------------------------------------------------------------------------------------------------------


def refused(request: HttpRequest, error: ChatError) -> HttpResponse:
    """The answer to a request that was refused, in the language of the client."""
    answer = refusal(error, translation.get_language())
    caller = getattr(request, "auth", None)
    counted = caller.headers if isinstance(caller, Caller) else {}
    response = HttpResponse(answer.body, status=answer.status, content_type=answer.media_type)
    for name, value in {**counted, **headers_for(error), "Cache-Control": "no-store"}.items():
        response.headers[name] = value
    return response


def no_such_resource(request: HttpRequest, rest: str) -> HttpResponse:
    """The answer to an address below that of the API where nothing is."""
    return refused(request, NotFound())


@api.exception_handler(ChatError)
def _refused(request: HttpRequest, error: ChatError) -> HttpResponse:
    return refused(request, error)


@api.exception_handler(ValidationError)
def _invalid(request: HttpRequest, error: ValidationError) -> HttpResponse:
    place = error.errors[0].get("loc", ()) if error.errors else ()
    return refused(request, Invalid(field=str(place[-1]) if place else None))


@api.exception_handler(HttpError)
def _http_error(request: HttpRequest, _error: HttpError) -> HttpResponse:
    return refused(request, Invalid())


@api.exception_handler(Http404)
def _not_found(request: HttpRequest, _error: Http404) -> HttpResponse:
    return refused(request, NotFound())


@api.exception_handler(DatabaseError)
def _unavailable(request: HttpRequest, error: DatabaseError) -> HttpResponse:
    logger.warning("The database did not answer: %r", error)
    return refused(request, Unavailable())

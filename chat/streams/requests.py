"""What a client asks of the feed."""

import json
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

from chat.handshake import header
from chat.protocol.errors import Invalid, TooLarge
from chat.streams.cursor import CURSOR_CHARS, NUMBER_LIMIT, Cursor, CursorError, UnknownVersionError
from chat.streams.formats import EVENT_STREAM, JSON_LINES, Format

ROOMS_ASKED = 500
"""Most rooms that a request may name."""

ROOMS_CHARS = 16_384
WAIT_SECONDS = 60
QUERY_CHARS = CURSOR_CHARS + ROOMS_CHARS
FIELDS = ("rooms", "cursor", "wait")

COMMANDS = {"open", "show_people", "presence"}
COMMANDS_AT_ONCE = 50
"""Commands for the connection of a stream that a body may contain, and most of them."""

ACCEPTS_JSON = ("application/json", "application/*", "*/*")
FORMATS: dict[str, Format] = {
    "text/event-stream": EVENT_STREAM,
    "application/x-ndjson": JSON_LINES,
    "application/ndjson": JSON_LINES,
}


class NotAcceptableError(Exception):
    """No media type that the client accepts is offered."""


@dataclass(frozen=True, slots=True)
class FeedRequest:
    """A stream in a format, or without one a poll that waits for up to `wait` seconds.

    `rooms` are the rooms whose changes are sent, with the client's revisions or None; without it, all of the person's.
    `cursor_text` and `rooms_text` are as sent. `commands` are the texts of frames that are handled as if the client had
    sent them after `hello`; with them, only the rooms that they open are sent. `user` is the id of the person whose
    events the client expects. A client that passes events on to several pages is `is_shared`: it is sent the activity
    of open rooms, too. No poll follows one that is `is_single`.
    """

    format: Format | None
    wait: float
    rooms: dict[int, int | None] | None
    cursor: Cursor | None
    cursor_text: str
    rooms_text: str
    commands: tuple[str, ...] = ()
    user: int | None = None
    is_shared: bool = False
    is_single: bool = False


def parse_request(scope: dict[str, Any], body: bytes) -> FeedRequest:
    """Return what a request asks for. Raises Invalid, TooLarge and NotAcceptableError."""
    given = _object(body)
    fields = _query(scope["query_string"]) | _fields(given)
    commands = _commands(given.get("commands", []))
    format_ = _format(header(scope, b"accept"))
    last_id = header(scope, b"last-event-id")
    cursor_text = last_id if last_id and format_ is EVENT_STREAM else fields.get("cursor", "")
    rooms_text = fields.get("rooms", "")
    return FeedRequest(
        format=format_,
        wait=_wait(fields.get("wait", "0")),
        rooms=_rooms(rooms_text) if "rooms" in fields or commands else None,
        cursor=_cursor(cursor_text),
        cursor_text=cursor_text,
        rooms_text=rooms_text,
        commands=commands,
        user=_user(given.get("user")),
        is_shared=_flag(given, "shared"),
        is_single=_flag(given, "single"),
    )


def _query(query: bytes) -> dict[str, str]:
    if len(query) > QUERY_CHARS:
        raise TooLarge
    try:
        pairs = parse_qsl(query.decode("ascii"), keep_blank_values=True, max_num_fields=len(FIELDS) * 4)
    except ValueError as error:
        raise Invalid(field="query") from error
    return {name: value for name, value in pairs if name in FIELDS}


def _object(body: bytes) -> dict[str, Any]:
    try:
        given = json.loads(body) if body else {}
    except (ValueError, RecursionError) as error:
        raise Invalid(field="body") from error
    if not isinstance(given, dict):
        raise Invalid(field="body")
    return given


def _fields(given: dict[str, Any]) -> dict[str, str]:
    found: dict[str, str] = {}
    for name in FIELDS:
        value = given.get(name)
        if name == "wait" and isinstance(value, int) and not isinstance(value, bool):
            value = str(value)
        if value is not None:
            if not isinstance(value, str):
                raise Invalid(field=name)
            found[name] = value
    return found


def _commands(given: Any) -> tuple[str, ...]:
    """The texts of commands that concern only the connection. What else a client sends is a request of its own."""
    if not isinstance(given, list) or len(given) > COMMANDS_AT_ONCE:
        raise Invalid(field="commands")
    if not all(isinstance(command, dict) and str(command.get("type")) in COMMANDS for command in given):
        raise Invalid(field="commands")
    return tuple(json.dumps(command) for command in given)


def _user(given: Any) -> int | None:
    if given is not None and (not isinstance(given, int) or isinstance(given, bool)):
        raise Invalid(field="user")
    return given


def _flag(given: dict[str, Any], name: str) -> bool:
    value = given.get(name, False)
    if not isinstance(value, bool):
        raise Invalid(field=name)
    return value


def _format(accept: str) -> Format | None:
    """The format of the first media type that is offered; None for one JSON object."""
    for part in accept.split(",") if accept.strip() else ["*/*"]:
        media_type = part.partition(";")[0].strip().lower()
        if media_type in FORMATS:
            return FORMATS[media_type]
        if media_type in ACCEPTS_JSON:
            return None
    raise NotAcceptableError


def _wait(text: str) -> float:
    if not text.isascii() or not text.isdigit() or len(text) > len(str(WAIT_SECONDS)) or int(text) > WAIT_SECONDS:
        raise Invalid(field="wait")
    return float(text)


def _rooms(text: str) -> dict[int, int | None]:
    """Rooms as in `1:41,7`: ids, with revisions or without."""
    if len(text) > ROOMS_CHARS:
        raise TooLarge(field="rooms")
    rooms: dict[int, int | None] = {}
    for part in text.split(",") if text else []:
        room, separator, revision = part.partition(":")
        rooms[_number(room)] = _number(revision) if separator else None
        if len(rooms) > ROOMS_ASKED:
            raise TooLarge(field="rooms")
    return rooms


def _number(text: str) -> int:
    if not text.isascii() or not text.isdigit() or len(text) > len(str(NUMBER_LIMIT)) or int(text) >= NUMBER_LIMIT:
        raise Invalid(field="rooms")
    return int(text)


def _cursor(text: str) -> Cursor | None:
    if len(text) > CURSOR_CHARS:
        raise TooLarge(field="cursor")
    try:
        return Cursor.unpack(text) if text else None
    except UnknownVersionError:
        return None  # the client starts over, as without a cursor
    except CursorError as error:
        raise Invalid(field="cursor") from error

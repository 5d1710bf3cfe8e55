"""Decodes frames into events, and encodes commands into frames."""

import json
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from .errors import BadFrameError
from .events import (
    Activity,
    Answer,
    Changes,
    Closed,
    CursorGiven,
    ErrorFrame,
    FollowChanged,
    Frame,
    Hello,
    Joined,
    MineChanged,
    Opened,
    Page,
    PeopleShown,
    Pong,
    PresenceChanged,
    Read,
    ReadsChanged,
    ReadUpTo,
    Reply,
    Restarting,
    RoomChanged,
    RoomRemoved,
    Rooms,
    StatusSet,
    Stored,
    ThreadsChanged,
    Typing,
    Versions,
)
from .shapes import (
    Excerpt,
    Extras,
    Fields,
    Member,
    Message,
    Mine,
    Presence,
    Refusal,
    RoomInfo,
    RoomSummary,
    Status,
    Threads,
    User,
    Version,
)

_encoder = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), default=str)


def encode(command: Fields, *, ref: int | str | None = None) -> str:
    """The text of a command's frame. Fields that are None are omitted, except `value`: null unsets an item."""
    fields = {name: value for name, value in command.items() if value is not None or name == "value"}
    if ref is not None:
        fields["ref"] = ref
    text = _encoder.encode(fields)
    return text if text.isascii() or _is_unicode(text) else json.dumps(fields)  # escaped, half of a pair can travel


def _is_unicode(text: str) -> bool:
    """Whether a text has a form in UTF-8: one with half of a surrogate pair has none."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def decode(text: str | bytes) -> Frame:
    """The event in the text of a frame. Raises BadFrameError if the text is not a valid frame."""
    try:
        return decode_fields(json.loads(text))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise BadFrameError(f"The server sent a frame that is not of this protocol: {error!r}") from error


def decode_fields(fields: Fields) -> Frame:
    """The event in a parsed frame. Raises KeyError or TypeError if a field is missing or has the wrong type."""
    decoder = _decoders.get(fields["type"])
    return Frame(fields) if decoder is None else decoder(fields)


def decode_answer(ref: int, command: Fields, fields: Fields) -> Answer:
    """The answer in the fields of a reply to this command."""
    decoder = _answers.get(command["type"])
    return Answer(ref, command, fields) if decoder is None else decoder(ref, command, fields)


# --- parts -----------------------------------------------------------------------------------------------------------


def _messages(fields: Fields, room: int) -> tuple[Message, ...]:
    return tuple(Message.of(message, room=room) for message in fields.get("messages", ()))


def _extras(fields: Fields) -> tuple[Extras, ...]:
    return tuple(Extras.of(one) for one in fields.get("extras", ()))


def _mine(fields: Fields) -> tuple[Mine, ...]:
    return tuple(Mine.of(one) for one in fields.get("mine", ()))


def _people(fields: Fields) -> tuple[Presence, ...]:
    return tuple(Presence.of(one) for one in fields.get("people", ()))


def _reads(fields: Fields) -> dict[int, Any]:
    return {int(user): position for user, position in fields["reads"].items()}


def _members(fields: Fields) -> tuple[Member, ...]:
    return tuple(Member.of(member) for member in fields.get("members", ()))


def _users(fields: Fields, messages: Iterable[Fields]) -> tuple[User, ...]:
    """The users of a frame, and the authors that its messages contain as whole Users."""
    found = {user["id"]: user for user in [*_whole_authors(messages), *fields.get("users", ())]}
    return tuple(User.of(user) for user in found.values())


def _whole_authors(messages: Iterable[Fields]) -> Iterator[Fields]:
    for message in messages:
        if not isinstance(message["author"], int):
            yield message["author"]


# --- frames ----------------------------------------------------------------------------------------------------------


def _hello(fields: Fields) -> Frame:
    rooms = tuple(fields.get("rooms", ()))
    return Hello(fields, fields["epoch"], User.of(fields["user"]), rooms, fields.get("limits") or {})


def _rooms(fields: Fields) -> Frame:
    return Rooms(fields, tuple(RoomSummary.of(room) for room in fields.get("rooms", ())), fields.get("more", False))


def _changes(fields: Fields) -> Frame:
    info = fields.get("info")
    return Changes(
        fields,
        room=fields["room"],
        since=fields["since"],
        revision=fields["revision"],
        messages=_messages(fields, fields["room"]),
        extras=_extras(fields),
        users=_users(fields, fields.get("messages", ())),
        members=_members(fields),
        info=None if info is None else RoomInfo.of(info),
    )


def _activity(fields: Fields) -> Frame:
    last, count = fields.get("last_message"), fields["message_count"]
    return Activity(
        fields,
        room=fields["room"],
        message_count=count,
        counted=fields.get("counted", count),
        unread=fields.get("unread", 0),
        last_message=None if last is None else Excerpt.of(last),
    )


def _typing(fields: Fields) -> Frame:
    user = fields["user"]
    return Typing(fields, fields["room"], user if isinstance(user, int) else user["id"], fields.get("on", False))


def _reply(fields: Fields) -> Frame:
    return Reply(fields, fields["ref"], None if fields["ok"] else Refusal.of(fields["error"]))


_decoders: dict[str, Callable[[Fields], Frame]] = {
    "hello": _hello,
    "rooms": _rooms,
    "changes": _changes,
    "activity": _activity,
    "room": lambda fields: RoomChanged(fields, RoomSummary.of(fields["room"])),
    "room_removed": lambda fields: RoomRemoved(fields, fields["room"], fields["reason"]),
    "read": lambda fields: Read(fields, fields["room"], fields.get("last_read", 0), fields.get("unread", 0)),
    "threads": lambda fields: ThreadsChanged(fields, fields["room"], Threads.of(fields)),
    "follow": lambda fields: FollowChanged(
        fields, fields["room"], fields.get("follows", False), fields.get("last_read", 0), fields.get("unread", 0)
    ),
    "typing": _typing,
    "reads": lambda fields: ReadsChanged(fields, fields["room"], _reads(fields)),
    "mine": lambda fields: MineChanged(fields, fields["room"], _mine(fields)),
    "presence": lambda fields: PresenceChanged(fields, _people(fields)),
    "restarting": lambda fields: Restarting(fields, fields["delay"]),
    "cursor": lambda fields: CursorGiven(fields, fields["cursor"]),
    "closed": lambda fields: Closed(fields, fields["code"]),
    "reply": _reply,
    "error": lambda fields: ErrorFrame(fields, Refusal.of(fields["error"])),
}


# --- answers ---------------------------------------------------------------------------------------------------------


def _opened(ref: int, command: Fields, fields: Fields) -> Answer:
    room = RoomSummary.of(fields["room"])
    return Opened(
        ref,
        command,
        fields,
        room=room,
        revision=fields["revision"],
        reset=fields.get("reset", False),
        has_older=fields.get("has_older", False),
        messages=_messages(fields, room.id),
        users=_users(fields, fields.get("messages", ())),
        members=_members(fields),
        mine=_mine(fields),
        reads=_reads(fields) if "reads" in fields else None,
    )


def _page(ref: int, command: Fields, fields: Fields) -> Answer:
    return Page(
        ref,
        command,
        fields,
        room=command["room"],
        messages=_messages(fields, command["room"]),
        users=_users(fields, fields.get("messages", ())),
        has_older=fields.get("has_older", False),
        has_newer=fields.get("has_newer", False),
        mine=_mine(fields),
    )


def _stored(ref: int, command: Fields, fields: Fields) -> Answer:
    message: dict[str, Any] = fields["message"]
    room = fields["room"] if "room" in fields else message["room"]
    mine = Mine.of(fields["mine"]) if "mine" in fields else None
    return Stored(ref, command, fields, Message.of(message, room=room), _users(fields, [message]), mine)


def _versions(ref: int, command: Fields, fields: Fields) -> Answer:
    texts = tuple(Version.of(one) for one in fields.get("versions", ()))
    return Versions(ref, command, fields, fields["id"], fields["revision"], texts)


def _read_up_to(ref: int, command: Fields, fields: Fields) -> Answer:
    return ReadUpTo(ref, command, fields, command["room"], fields.get("last_read", 0), fields.get("unread", 0))


def _status_set(ref: int, command: Fields, fields: Fields) -> Answer:
    status = fields.get("status")
    return StatusSet(ref, command, fields, None if status is None else Status.of(status))


def _pong(ref: int, command: Fields, fields: Fields) -> Answer:
    revisions = fields.get("rooms") or {}
    return Pong(ref, command, fields, {int(room): revision for room, revision in revisions.items()})


_answers: dict[str, Callable[[int, Fields, Fields], Answer]] = {
    "open": _opened,
    "history": _page,
    "send": _stored,
    "direct": _stored,
    "edit": _stored,
    "delete": _stored,
    "react": _stored,
    "vote": _stored,
    "close_poll": _stored,
    "remove_preview": _stored,
    "versions": _versions,
    "pin": _stored,
    "read": _read_up_to,
    "follow": lambda ref, command, fields: Joined(ref, command, fields, RoomSummary.of(fields["room"])),
    "join": lambda ref, command, fields: Joined(ref, command, fields, RoomSummary.of(fields["room"])),
    "show_people": lambda ref, command, fields: PeopleShown(ref, command, fields, _people(fields)),
    "set_status": _status_set,
    "ping": _pong,
}

"""The commands of clients. `parse` validates the text of a frame."""

from typing import Annotated, Any, Literal, Self
from uuid import UUID

from django.utils.translation import gettext_lazy as _
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError, model_validator
from pydantic_core import from_json

from chat.models.person_item import KEY_CHARS, KIND_CHARS
from chat.models.person_status import STATUS_EMOJI_CHARS
from chat.models.poll import FEWEST_CHOICES, MOST_CHOICES
from chat.models.reaction import REACTION_CHARS
from chat.models.report import NOTE_CHARS
from chat.models.room import MOST_IN_DIRECT_ROOM
from chat.protocol.errors import ChatError, Invalid, UnknownCommand
from chat.protocol.limits import DEFAULT_PAGE, FILES_PER_MESSAGE, HISTORY_PAGE, REF_CHARS, SHOWN_PEOPLE, TIME_CHARS

# Integers are JSON numbers, which JavaScript represents exactly only up to this one.
LARGEST_INTEGER = 2**53 - 1

Ref = int | str | None
Id = Annotated[int, Field(strict=True, ge=1, le=LARGEST_INTEGER)]
Position = Annotated[int, Field(strict=True, ge=0, le=LARGEST_INTEGER)]
Page = Annotated[int, Field(strict=True, ge=1, le=HISTORY_PAGE)]
Body = Annotated[str, Field(strict=True)]
Switch = Annotated[bool, Field(strict=True)]
Choice = Annotated[int, Field(strict=True, ge=1, le=MOST_CHOICES)]
Files = Annotated[list[UUID], Field(max_length=FILES_PER_MESSAGE)]


class BadFrameError(Exception):
    """The frame is not a JSON object with a `type`: the socket is closed with 4400."""


class RefusedCommandError(Exception):
    """The frame is an invalid command: `error` is the reply to `ref`."""

    def __init__(self, ref: Ref, error: ChatError) -> None:
        self.ref = ref
        self.error = error
        super().__init__(error)


class Command(BaseModel):
    """A command. Unknown fields are ignored."""

    model_config = ConfigDict(extra="ignore", frozen=True)
    type: str
    ref: Ref = None


class Open(Command):
    """Open a room: get its newest messages, or what changed after revision `since`, and from then on its `changes`."""

    type: Literal["open"]
    room: Id
    since: Position | None = None
    limit: Page = DEFAULT_PAGE


class Close(Command):
    """Stop sending a room's `changes`; send its `activity` instead."""

    type: Literal["close"]
    room: Id


class History(Command):
    """Get a page of messages before, after or around a position. Exactly one of the three must be given."""

    type: Literal["history"]
    room: Id
    before: Position | None = None
    after: Position | None = None
    around: Position | None = None
    limit: Page = DEFAULT_PAGE

    @model_validator(mode="after")
    def _one_direction(self) -> Self:
        given = [p for p in (self.before, self.after, self.around) if p is not None]
        if len(given) != 1:
            raise ValueError(_("Set exactly one of before, after and around."))
        return self


class NewPoll(BaseModel):
    """The poll of a message: what people vote for, and how. Unknown fields are ignored."""

    model_config = ConfigDict(extra="ignore", frozen=True)
    choices: Annotated[list[Body], Field(min_length=FEWEST_CHOICES, max_length=MOST_CHOICES)]
    multiple: Switch = False
    anonymous: Switch = False
    hidden: Switch = False
    closes_at: Annotated[str, Field(strict=True, max_length=TIME_CHARS)] | None = None


class Send(Command):
    """Send a message, or a poll with the text as its question. With `files`, the text may be empty.

    It may be sent in the `thread` of a message of the room, and with `also_in_room` in the room as well. A resend with
    the same key is harmless: it returns the message that is already stored.
    """

    type: Literal["send"]
    room: Id
    key: UUID
    body: Body
    reply_to: Id | None = None
    poll: NewPoll | None = None
    thread: Id | None = None
    also_in_room: Annotated[bool, Field(strict=True)] = False
    files: Files = []

    @model_validator(mode="after")
    def _also_with_a_thread(self) -> Self:
        if self.also_in_room and self.thread is None:
            raise ValueError(_("Only a reply in a thread can be sent to the room as well."))
        if self.poll is not None and self.thread is not None:
            raise ValueError(_("A thread has no polls."))
        if self.poll is not None and self.files:
            raise ValueError(_("A poll has no files."))
        return self


class Direct(Command):
    """Send a message in the direct room of the author and these people. A resend with the same key is harmless."""

    type: Literal["direct"]
    people: Annotated[list[Id], Field(min_length=1, max_length=MOST_IN_DIRECT_ROOM)]
    key: UUID
    body: Body
    files: Files = []


class Edit(Command):
    """Replace the text of one's own message."""

    type: Literal["edit"]
    message: Id
    body: Body


class Delete(Command):
    """Delete a message, which leaves a tombstone."""

    type: Literal["delete"]
    message: Id


class Versions(Command):
    """Get the texts that a message has had."""

    type: Literal["versions"]
    message: Id


class React(Command):
    """React to a message with an emoji, or take the reaction back. A resend is harmless, because it sets a state."""

    type: Literal["react"]
    message: Id
    emoji: Annotated[str, Field(strict=True, max_length=REACTION_CHARS)]
    on: Annotated[bool, Field(strict=True)]


class Vote(Command):
    """Vote in the poll of a message for exactly these choices, or for none. A resend is harmless."""

    type: Literal["vote"]
    message: Id
    choices: Annotated[list[Choice], Field(max_length=MOST_CHOICES)]


class ClosePoll(Command):
    """Close the poll of a message: nobody can vote any more. A resend is harmless."""

    type: Literal["close_poll"]
    message: Id


class Report(Command):
    """Report a message to the administrators. A resend is harmless: a person reports a message once."""

    type: Literal["report"]
    message: Id
    reason: Annotated[str, Field(strict=True, max_length=8)]
    note: Annotated[str, Field(strict=True, max_length=NOTE_CHARS)] = ""


class Pin(Command):
    """Pin a message in its room, or unpin it. A resend is harmless, because it sets a state."""

    type: Literal["pin"]
    message: Id
    on: Annotated[bool, Field(strict=True)]


class Pins(Command):
    """Get the pinned messages of a room, or those that follow the message with the id `before`."""

    type: Literal["pins"]
    room: Id
    before: Id | None = None


class Read(Command):
    """Mark the room as read up to this position, which can only increase."""

    type: Literal["read"]
    room: Id
    position: Position


class Follow(Command):
    """Follow a thread, or stop following it. A resend is harmless, because it sets a state."""

    type: Literal["follow"]
    room: Id
    on: Annotated[bool, Field(strict=True)]


class Join(Command):
    """Join a public room."""

    type: Literal["join"]
    room: Id


class Leave(Command):
    """Leave a room."""

    type: Literal["leave"]
    room: Id


class Typing(Command):
    """Report that the person started or stopped typing."""

    type: Literal["typing"]
    room: Id
    on: Annotated[bool, Field(strict=True)]


class Me(Command):
    """Get the person's own items that changed after revision `since`."""

    type: Literal["me"]
    since: Position = 0


class SetItem(Command):
    """Set one of the person's own items, or unset it (null). A resend is harmless, because it sets a state."""

    type: Literal["set_item"]
    kind: Annotated[str, Field(strict=True, max_length=KIND_CHARS)]
    key: Annotated[str, Field(strict=True, max_length=KEY_CHARS)]
    value: Any


class MentionsRead(Command):
    """Mark mentions of the person as read: at positions of a room, all of a room, or all. A resend is harmless."""

    type: Literal["mentions_read"]
    room: Id | None = None
    positions: Annotated[list[Position], Field(min_length=1, max_length=HISTORY_PAGE)] | None = None

    @model_validator(mode="after")
    def _positions_of_a_room(self) -> Self:
        if self.positions is not None and self.room is None:
            raise ValueError(_("Positions need a room."))
        return self


class ShowPeople(Command):
    """Name the people whom this client shows: their present state is returned, and from then on sent when it changes.

    They replace those who were named before.
    """

    type: Literal["show_people"]
    people: Annotated[list[Id], Field(max_length=SHOWN_PEOPLE)]


class Presence(Command):
    """Report what the person does at this client: here, away or busy. A new connection is here."""

    type: Literal["presence"]
    state: Literal["here", "away", "busy"]


class SetStatus(Command):
    """Set the person's status, or unset it: without emoji and text. A resend is harmless, because it sets a state."""

    type: Literal["set_status"]
    emoji: Annotated[str, Field(strict=True, max_length=STATUS_EMOJI_CHARS)] = ""
    text: Body = ""
    until: AwareDatetime | None = None


class Ping(Command):
    """Heartbeat. The reply contains the revisions of the rooms that are open on this connection."""

    type: Literal["ping"]


def name_of(model: type[Command]) -> str:
    """The `type` of a command."""
    return str(model.model_fields["type"].annotation.__args__[0])  # type: ignore[union-attr]


COMMANDS: dict[str, type[Command]] = {
    name_of(model): model
    for model in (
        *(Open, Close, History, Send, Direct, Edit, Delete, Versions, React, Vote, ClosePoll),
        *(Report, Pin, Pins),
        *(Read, Follow, Join, Leave, Typing, Me, SetItem, MentionsRead, ShowPeople, Presence, SetStatus, Ping),
    )
}


def parse(text: str) -> Command:
    """Parse the text of a frame into a command.

    Raises BadFrameError if the frame is not a command, and RefusedCommandError, with the `ref` for the reply, if the
    command is invalid.
    """
    try:
        frame = from_json(text, allow_inf_nan=False)
    except ValueError as error:
        raise BadFrameError from error
    return read_command(frame)


def read_command(frame: object) -> Command:
    """Read a frame that was parsed as JSON. Raises the same as `parse`."""
    if not isinstance(frame, dict) or not isinstance(frame.get("type"), str):
        raise BadFrameError
    ref = _ref(frame)
    model = COMMANDS.get(frame["type"])
    if model is None:
        raise RefusedCommandError(ref, UnknownCommand())
    try:
        return model.model_validate(frame)
    except ValidationError as error:
        raise RefusedCommandError(ref, _first_error(error)) from error


def _ref(frame: dict[str, Any]) -> Ref:
    ref = frame.get("ref")
    if ref is None or (isinstance(ref, int) and not isinstance(ref, bool)):
        if ref is None or abs(ref) <= LARGEST_INTEGER:
            return ref
    elif isinstance(ref, str) and len(ref) <= REF_CHARS:
        return ref
    raise RefusedCommandError(
        None, Invalid(_("A ref must be an integer or text of at most 64 characters."), field="ref")
    )


def _first_error(error: ValidationError) -> ChatError:
    first = error.errors(include_url=False, include_input=False)[0]
    field = str(first["loc"][0]) if first["loc"] else None
    if first["type"] == "value_error":
        return Invalid(first["ctx"]["error"].args[0], field=field)
    return Invalid(_SENTENCES.get(first["type"], Invalid.sentence), field=field)


_SENTENCES = {
    "missing": _("A field is missing."),
    "int_type": _("This must be a whole number."),
    "bool_type": _("This must be true or false."),
    "string_type": _("This must be text."),
    "string_too_long": _("This is too long."),
    "too_short": _("There are too few of these."),
    "too_long": _("There are too many of these."),
    "uuid_parsing": _("This must be a UUID."),
    "uuid_type": _("This must be a UUID."),
    "greater_than_equal": _("This number is too small."),
    "less_than_equal": _("This number is too large."),
}

"""Texts of frames whose parts were encoded before, once for all readers."""

from collections.abc import Sequence

from chat.protocol.shapes import Excerpt, Message, unread


def changes_frame(
    *,
    room: int,
    since: int,
    revision: int,
    messages: Sequence[str],
    members: Sequence[str],
    info: str | None,
) -> str:
    """The text of a `changes` frame from the texts of what it carries."""
    tail = f',"info":{info}' if info is not None else ""
    return (
        f'{{"type":"changes","room":{room},"since":{since},"revision":{revision},'
        f'"messages":[{",".join(messages)}],"members":[{",".join(members)}]{tail}}}'
    )


def excerpt_text(message: str) -> str:
    """The JSON text of a message's Excerpt, from the JSON text of the message.

    A process of the next version may have written the message: fields unknown to this version are ignored.
    """
    return Excerpt.of(Message.model_validate_json(message, extra="ignore")).encode()


def activity_frame(*, room: int, message_count: int, unread: int, last_message: str) -> str:
    """An `activity` frame, from the JSON text of the Excerpt of the room's last message (`null` for none)."""
    return (
        f'{{"type":"activity","room":{room},"message_count":{message_count},'
        f'"unread":{unread},"last_message":{last_message}}}'
    )


def read_frame(*, room: int, last_read: int, unread: int) -> str:
    """The text of a `read` frame."""
    return f'{{"type":"read","room":{room},"last_read":{last_read},"unread":{unread}}}'


def me_changes_frame(*, since: int, revision: int, reset: bool, items: Sequence[str]) -> str:
    """The text of a `me_changes` frame from the texts of the items."""
    return (
        f'{{"type":"me_changes","since":{since},"revision":{revision},'
        f'"reset":{"true" if reset else "false"},"items":[{",".join(items)}]}}'
    )


def rooms_frame(summaries: Sequence[str], *, more: bool) -> str:
    """A `rooms` frame, from the JSON texts of the reader's RoomSummaries."""
    return f'{{"type":"rooms","rooms":[{",".join(summaries)}],"more":{"true" if more else "false"}}}'


def room_frame(summary: str) -> str:
    """The text of a `room` frame from the text of the room as its reader has it."""
    return f'{{"type":"room","room":{summary}}}'


def reader_summary(info: str, *, role: str, notify: str, last_read: int, message_count: int, last_message: str) -> str:
    """A RoomSummary, from the JSON texts of the room's settings and excerpt and the reader's own fields."""
    return (
        f'{info[:-1]},"role":"{role}","notify":"{notify}","last_read":{last_read},'
        f'"unread":{unread(message_count, last_read)},"last_message":{last_message}}}'
    )

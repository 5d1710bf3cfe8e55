"""Runs one validated command of one connection and answers it. Here, and nowhere else, errors become answers."""

import asyncio
import json
import logging
import math
import time
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

from django.db import DatabaseError
from django.utils import translation

from chat.live.connection import Connection, Frame
from chat.live.hub import Hub
from chat.live.outage import asking
from chat.live.reader_pool import LOST_CONNECTION, run_in_reader
from chat.live.refusals import Reason, refusals
from chat.protocol import commands, events, shapes
from chat.protocol.commands import Command, Ref
from chat.protocol.errors import ChatError, CloseCode, Forbidden, RateLimited, Unavailable
from chat.protocol.limits import TYPING_INTERVAL_SECONDS
from chat.queries import person_items as person_items_query
from chat.queries import rooms
from chat.services import group_commit, memberships, messages, person_items, quotas
from chat.services.changes import JOIN_FIRST
from chat.services.typing import tell_typing

logger = logging.getLogger(__name__)

FLOODING_SECONDS = 10.0
"""A client that is told to slow down and does not for so long is closed with 4429."""

QUIET_SECONDS = 2.0
"""A client that kept to what it was told for so long has slowed down."""

QUICK_BODY_CHARS = 1_000
"""A longer text is rendered in a thread. The most expensive text of this length takes 6 ms, of 10,000 characters 20."""

Handler = Callable[[Hub, Connection, Any], Awaitable[shapes.Shape | None]]


async def run(hub: Hub, connection: Connection, command: Command) -> None:
    """Carry out a command and answer it, if it has a `ref`. Never raises.

    Returns when the next command of this connection may begin: at once after `send`, which is answered after its
    COMMIT, else when the command is done.
    """
    try:
        result = await HANDLERS[command.type](hub, connection, command)
    except Exception as error:
        refuse(connection, command.ref, error)
    else:
        if result is not None:
            answer(connection, command.ref, result)


def answer(connection: Connection, ref: Ref, result: shapes.Shape) -> None:
    """Send the reply to a command that was carried out."""
    if ref is not None:
        connection.push(Frame(events.Reply(ref=ref, result=result).encode()))


def refuse(connection: Connection, ref: Ref, error: BaseException) -> None:
    """Send the refusal of a command, in the language of the connection."""
    if not isinstance(error, ChatError):
        if isinstance(error, LOST_CONNECTION):
            asking.failed(error)
        elif isinstance(error, DatabaseError):
            logger.warning("The database did not answer: %r", error)
        else:
            logger.error("A command failed", exc_info=error)
        error = Unavailable()
    with translation.override(connection.language):
        shape = shapes.Error.of(error)
    event = events.ErrorEvent(error=shape) if ref is None else events.Refusal(ref=ref, error=shape)
    connection.push(Frame(event.encode()))


def rate_limited(connection: Connection, wait: float, now: float) -> RateLimited:
    """The refusal of something that may be tried again in `wait` seconds; whoever does not wait, again and again, is
    closed."""
    refusals.count(Reason.PACE)
    if now < connection.retry_at:
        if connection.flooding_since is None or now - connection.flooded_at > QUIET_SECONDS:
            connection.flooding_since = now
        connection.flooded_at = now
        if now - connection.flooding_since >= FLOODING_SECONDS:
            connection.close(CloseCode.FLOODING)
    connection.retry_at = now + wait
    return RateLimited(retry_after=math.ceil(wait * 100) / 100)


def enforce_send_rate(connection: Connection) -> None:
    """A person's connections together write only so fast. Raises RateLimited."""
    now = time.monotonic()
    wait = connection.person.pace.sending.take(now)
    if wait:
        raise rate_limited(connection, wait, now)


# --- the commands ----------------------------------------------------------------------------------------------------


async def _open(hub: Hub, connection: Connection, command: commands.Open) -> None:
    def reply(state: events.OpenReply) -> list[Frame]:
        return [] if command.ref is None else [Frame(text) for text in state.frames(command.ref)]

    await hub.open(connection, command.room, reply, since=command.since, limit=command.limit)


async def _close(hub: Hub, connection: Connection, command: commands.Close) -> shapes.Shape:
    hub.close(connection, command.room)
    return events.Ok()


async def _history(hub: Hub, connection: Connection, command: commands.History) -> shapes.Shape:
    return await run_in_reader(
        rooms.history,
        connection.person.user,
        room_id=command.room,
        before=command.before,
        after=command.after,
        around=command.around,
        limit=command.limit,
    )


async def _send(hub: Hub, connection: Connection, command: commands.Send) -> None:
    enforce_send_rate(connection)
    make_draft = partial(
        group_commit.draft,
        author_id=connection.person.id,
        room_id=command.room,
        key=command.key,
        body=command.body,
        reply_to=command.reply_to,
    )
    draft = await run_in_reader(make_draft) if len(command.body) > QUICK_BODY_CHARS else make_draft()
    stored = hub.writer.send(draft)
    stored.add_done_callback(partial(_sent, connection, command.ref))


def _sent(connection: Connection, ref: Ref, stored: "asyncio.Future[str]") -> None:
    """The batch of a message was committed, or not: tell its sender."""
    error = stored.exception()
    if error is not None:
        refuse(connection, ref, error)
    elif ref is not None:
        text = f'{{"type":"reply","ref":{json.dumps(ref)},"ok":true,"message":{stored.result()}}}'
        connection.push(Frame(text))


async def _edit(hub: Hub, connection: Connection, command: commands.Edit) -> shapes.Shape:
    enforce_send_rate(connection)
    message = await run_in_reader(
        messages.edit_message,
        connection.person.user,
        message_id=command.message,
        body=command.body,
    )
    return events.MessageReply(message=shapes.Message.of(message))


async def _delete(hub: Hub, connection: Connection, command: commands.Delete) -> shapes.Shape:
    message = await run_in_reader(messages.delete_message, connection.person.user, message_id=command.message)
    return events.MessageReply(message=shapes.Message.of(message))


async def _read(hub: Hub, connection: Connection, command: commands.Read) -> shapes.Shape:
    membership = await run_in_reader(
        memberships.mark_read,
        connection.person.user,
        room_id=command.room,
        position=command.position,
    )
    return events.ReadReply(
        last_read=membership.last_read,
        unread=shapes.unread(membership.room.message_count, membership.last_read),
    )


async def _join(hub: Hub, connection: Connection, command: commands.Join) -> shapes.Shape:
    user = connection.person.user
    membership = await run_in_reader(memberships.join_room, user, room_id=command.room)
    return await run_in_reader(rooms.room_reply, membership)


async def _leave(hub: Hub, connection: Connection, command: commands.Leave) -> shapes.Shape:
    await run_in_reader(memberships.leave_room, connection.person.user, room_id=command.room)
    return events.Ok()


async def _typing(hub: Hub, connection: Connection, command: commands.Typing) -> shapes.Shape:
    person = connection.person
    if command.room not in person.rooms:
        # Raises, unless the person has joined this very moment.
        await run_in_reader(rooms.membership_of, person.user, command.room)
    if command.room not in connection.open_rooms:
        raise Forbidden(JOIN_FIRST)
    now = time.monotonic()
    passed_on_at = person.typing_at.get(command.room)
    if command.on and (passed_on_at is None or now - passed_on_at >= TYPING_INTERVAL_SECONDS):
        person.typing_at[command.room] = now
        connection.typing_in.add(command.room)
        tell_typing(person.user, room_id=command.room, on=True)
    elif not command.on and command.room in connection.typing_in:
        connection.typing_in.discard(command.room)
        tell_typing(person.user, room_id=command.room, on=False)
    return events.Ok()


async def _me(hub: Hub, connection: Connection, command: commands.Me) -> shapes.Shape:
    quotas.CATCH_UPS.take(connection.person.user)
    return await run_in_reader(person_items_query.catch_up, connection.person.user, command.since)


async def _set_item(hub: Hub, connection: Connection, command: commands.SetItem) -> shapes.Shape:
    item = await run_in_reader(
        person_items.set_item,
        connection.person.user,
        kind=command.kind,
        key=command.key,
        value=command.value,
    )
    return events.ItemReply(item=shapes.Item.of(item))


async def _ping(hub: Hub, connection: Connection, command: commands.Ping) -> shapes.Shape:
    return events.PingReply(rooms=hub.open_revisions(connection))


HANDLERS: dict[str, Handler] = {
    "open": _open,
    "close": _close,
    "history": _history,
    "send": _send,
    "edit": _edit,
    "delete": _delete,
    "read": _read,
    "join": _join,
    "leave": _leave,
    "typing": _typing,
    "me": _me,
    "set_item": _set_item,
    "ping": _ping,
}

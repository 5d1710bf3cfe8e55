"""Runs the commands of a connection: their order, their pace, and the one reply to each. Here errors become replies."""

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

from chat.handlers import handle
from chat.live.connection import Connection, Frame
from chat.live.hub import Hub
from chat.live.outage import asking
from chat.live.pace import RATE_LIMITED_PAUSE_SECONDS, RATE_LIMITED_WAIT_SECONDS
from chat.live.reader_pool import LOST_CONNECTION, run_in_reader
from chat.live.refusals import Reason, refusals
from chat.protocol import commands, events, shapes
from chat.protocol.commands import BadFrameError, Command, Ref, RefusedCommandError, parse
from chat.protocol.errors import ChatError, CloseCode, Forbidden, RateLimited, Unavailable
from chat.protocol.limits import FRAME_BYTES, TYPING_INTERVAL_SECONDS
from chat.queries import rooms
from chat.services import group_commit
from chat.services.changes import JOIN_FIRST
from chat.services.typing import tell_typing

logger = logging.getLogger(__name__)

MOST_BYTES_PER_CHARACTER = 4

QUICK_BODY_CHARS = 1_000
"""A longer text is rendered in a thread. The most expensive text of this length takes 6 ms, of 10,000 characters 20."""

Handler = Callable[[Hub, Connection, Any], Awaitable[shapes.Shape | None]]


async def receive(hub: Hub, connection: Connection, text: str) -> None:
    """Take one frame of a client: check its size, its form and the pace, and run the command in it.

    Closes a connection whose client is broken. Returns when the next frame may be taken.
    """
    if len(text) > FRAME_BYTES // MOST_BYTES_PER_CHARACTER and len(text.encode()) > FRAME_BYTES:
        connection.close(CloseCode.FRAME_TOO_LARGE)
        return
    now = time.monotonic()
    try:
        command = parse(text)
    except BadFrameError:
        connection.close(CloseCode.BAD_FRAME)
    except RefusedCommandError as refused:  # a malformed command counts against the rate as well
        if not await _is_rate_limited(connection, refused.ref, now):
            send_error(connection, refused.ref, refused.error)
    else:
        if not await _is_rate_limited(connection, command.ref, now):
            await run(hub, connection, command)


async def run(hub: Hub, connection: Connection, command: Command) -> None:
    """Carry out a command and reply to it, if it has a `ref`. Never raises.

    Returns when the next command of this connection may begin: at once after `send`, which is answered after its
    COMMIT, else when the command is done.
    """
    try:
        if command.type in SEND_RATE_LIMITED:
            enforce_send_rate(connection)
        carry_out = ON_CONNECTION.get(command.type, _in_reader)
        result = await carry_out(hub, connection, command)
    except Exception as error:
        send_error(connection, command.ref, error)
    else:
        if result is not None:
            send_reply(connection, command.ref, result)


def send_reply(connection: Connection, ref: Ref, result: shapes.Shape) -> None:
    """Send the reply to a command that was carried out."""
    if ref is not None:
        connection.push(Frame(events.Reply(ref=ref, result=result).encode()))


def send_error(connection: Connection, ref: Ref, error: BaseException) -> None:
    """Send the refusal of a command, in the language of the connection."""
    with translation.override(connection.language):
        shape = shapes.Error.of(_as_chat_error(error))
    event = events.ErrorEvent(error=shape) if ref is None else events.Refusal(ref=ref, error=shape)
    connection.push(Frame(event.encode()))


def _as_chat_error(error: BaseException) -> ChatError:
    """What the client is sent for an error: nothing of one that is not meant for it, which is logged."""
    if isinstance(error, ChatError):
        return error
    if isinstance(error, LOST_CONNECTION):
        asking.failed(error)
    elif isinstance(error, DatabaseError):
        logger.warning("The database did not answer: %r", error)
    else:
        logger.error("A command failed", exc_info=error)
    return Unavailable()


# --- pace -------------------------------------------------------------------------------------------------------------


async def _is_rate_limited(connection: Connection, ref: Ref, now: float) -> bool:
    """Whether a command comes too soon after the others. If so, it is refused, and the next one is held up."""
    wait = connection.pace.commands.take(now) or connection.person.pace.commands.take(now)
    if not wait:
        return False
    send_error(connection, ref, rate_limited(connection, max(wait, RATE_LIMITED_WAIT_SECONDS), now))
    await asyncio.sleep(RATE_LIMITED_PAUSE_SECONDS)
    return True


def enforce_send_rate(connection: Connection) -> None:
    """Limit how fast a person writes, on all their connections together. Raises RateLimited."""
    now = time.monotonic()
    wait = connection.person.pace.sending.take(now)
    if wait:
        raise rate_limited(connection, wait, now)


def rate_limited(connection: Connection, wait: float, now: float) -> RateLimited:
    """The error for a command that may be sent again in `wait` seconds.

    Closes the connection of a client that has ignored such errors for too long.
    """
    refusals.count(Reason.PACE)
    if connection.pace.refused(wait, now):
        connection.close(CloseCode.FLOODING)
    return RateLimited(retry_after=math.ceil(wait * 100) / 100)


async def _in_reader(_hub: Hub, connection: Connection, command: Command) -> shapes.Shape:
    """The way of a command that needs no connection."""
    return await run_in_reader(handle, connection.person.user, command)


# --- the commands that are about a connection -------------------------------------------------------------------------


async def _open(hub: Hub, connection: Connection, command: commands.Open) -> None:
    def reply(state: events.OpenReply) -> list[Frame]:
        return [] if command.ref is None else [Frame(text) for text in state.frames(command.ref)]

    await hub.open(connection, command.room, reply, since=command.since, limit=command.limit)


async def _close(hub: Hub, connection: Connection, command: commands.Close) -> shapes.Shape:
    hub.close(connection, command.room)
    return events.Ok()


async def _send(hub: Hub, connection: Connection, command: commands.Send) -> None:
    """What `handle` does as well, but committed together with the messages of others and without a thread."""
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
    """The batch of a message was committed, or not: reply to its sender."""
    error = stored.exception()
    if error is not None:
        send_error(connection, ref, error)
    elif ref is not None:
        text = f'{{"type":"reply","ref":{json.dumps(ref)},"ok":true,"message":{stored.result()}}}'
        connection.push(Frame(text))


async def _typing(hub: Hub, connection: Connection, command: commands.Typing) -> shapes.Shape:
    person = connection.person
    if command.room not in person.rooms:
        # Raises, unless the person has joined just now.
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


async def _ping(hub: Hub, connection: Connection, command: commands.Ping) -> shapes.Shape:
    return events.PingReply(rooms=hub.open_revisions(connection))


ON_CONNECTION: dict[str, Handler] = {
    "open": _open,
    "close": _close,
    "send": _send,
    "typing": _typing,
    "ping": _ping,
}
"""By type, the commands that need the connection. All others are carried out by `chat.handlers`."""

SEND_RATE_LIMITED = {"send", "edit"}
"""Commands that count against the rate at which a person may write."""

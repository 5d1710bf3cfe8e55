"""Runs the commands of a connection, by any transport: their order, their pace, and the one reply to each."""

import asyncio
import math
import time

from chat.handlers import handle
from chat.live.connection import Connection
from chat.live.connection_commands import ON_CONNECTION
from chat.live.hub import Hub
from chat.live.pace import RATE_LIMITED_PAUSE_SECONDS, RATE_LIMITED_WAIT_SECONDS
from chat.live.reader_pool import run_in_reader
from chat.live.refusals import Reason, refusals
from chat.live.replies import send_error, send_reply
from chat.protocol import shapes
from chat.protocol.commands import BadFrameError, Command, Ref, RefusedCommandError, parse
from chat.protocol.errors import CloseCode, RateLimited
from chat.protocol.limits import FRAME_BYTES

MOST_BYTES_PER_CHARACTER = 4

SEND_RATE_LIMITED = {"send", "edit"}
"""Commands that count against the rate at which a person may write."""


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


async def _in_reader(_hub: Hub, connection: Connection, command: Command) -> shapes.Shape:
    """The way of a command that needs no connection."""
    return await run_in_reader(handle, connection.person.user, command)


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

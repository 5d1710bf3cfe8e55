"""Runs the commands of a connection, over any transport: in order, within their rate, with one reply to each."""

import asyncio
import math
import time
from collections.abc import Awaitable, Callable

from chat.handlers import handle
from chat.live.connection import Connection
from chat.live.connection_commands import ON_CONNECTION
from chat.live.hub import Hub
from chat.live.pace import RATE_LIMITED_PAUSE_SECONDS, RATE_LIMITED_WAIT_SECONDS
from chat.live.refusals import Reason, refusals
from chat.live.replies import send_error, send_reply
from chat.protocol import shapes
from chat.protocol.commands import BadFrameError, Command, Ref, RefusedCommandError, parse
from chat.protocol.errors import CloseCode, RateLimited
from chat.protocol.limits import FRAME_BYTES

MOST_BYTES_PER_CHARACTER = 4

Require = Callable[[Command], Awaitable[None]]
"""Raises the error with which a connection refuses a command."""

SEND_RATE_LIMITED = {"send", "direct", "edit"}
"""Commands that count against the rate at which a person may write."""


async def receive(hub: Hub, connection: Connection, text: str, *, require: Require | None = None) -> None:
    """Handle one frame of a client: check its size, form and rate, then run its command.

    Closes the connection if the frame is too large or malformed. Returns when the next frame may be handled.
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
            await run(hub, connection, command, require=require)


async def run(hub: Hub, connection: Connection, command: Command, *, require: Require | None = None) -> None:
    """Run a command, if `require` does not raise, and reply to it if it has a `ref`. Never raises.

    Returns when the next command of this connection may begin: once this one is done, except that `send` returns at
    once and is answered after its COMMIT.
    """
    try:
        if require is not None:
            await require(command)
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
    """Run a command that needs no connection."""
    return await connection.person.run_in_reader(handle, connection.person.user, command)


async def _is_rate_limited(connection: Connection, ref: Ref, now: float) -> bool:
    """Whether a command exceeds the rate. If so, it is refused, and the next one is delayed."""
    wait = connection.pace.commands.take(now) or connection.person.pace.commands.take(now)
    if not wait:
        return False
    send_error(connection, ref, rate_limited(connection, max(wait, RATE_LIMITED_WAIT_SECONDS), now))
    await asyncio.sleep(RATE_LIMITED_PAUSE_SECONDS)
    return True


def enforce_send_rate(connection: Connection) -> None:
    """Count a message or edit against the rate of a person, shared by their connections. Raises RateLimited."""
    now = time.monotonic()
    wait = connection.person.pace.sending.take(now)
    if wait:
        raise rate_limited(connection, wait, now)


def rate_limited(connection: Connection, wait: float, now: float) -> RateLimited:
    """Return the error for a command that may be sent again in `wait` seconds.

    Closes the connection if its client has ignored such errors for too long.
    """
    refusals.count(Reason.PACE)
    if connection.pace.refused(wait, now):
        connection.close(CloseCode.FLOODING)
    return RateLimited(retry_after=math.ceil(wait * 100) / 100)

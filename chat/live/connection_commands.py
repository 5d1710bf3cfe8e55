"""Commands that need a connection, and `send` and `typing`, which are faster with one.

The others are in `chat.handlers`.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

from chat import policy
from chat.handlers import handle
from chat.live.connection import Connection, Frame
from chat.live.hub import Hub
from chat.live.replies import send_error
from chat.live.sending import message_reply, needs_own_transaction, queue_message
from chat.protocol import commands, events, shapes
from chat.protocol.errors import JOIN_FIRST, Forbidden
from chat.protocol.limits import TYPING_INTERVAL_SECONDS
from chat.protocol.presence import State
from chat.queries import rooms
from chat.services.typing import publish_typing

Handler = Callable[[Hub, Connection, Any], Awaitable[shapes.Shape | None]]


async def _open(hub: Hub, connection: Connection, command: commands.Open) -> None:
    def reply(state: events.OpenReply) -> list[Frame]:
        return [] if command.ref is None else [Frame(text) for text in state.frames(command.ref)]

    await hub.open(connection, command.room, reply, since=command.since, limit=command.limit)


async def _close(hub: Hub, connection: Connection, command: commands.Close) -> shapes.Shape:
    hub.close(connection, command.room)
    return events.Ok()


async def _send(hub: Hub, connection: Connection, command: commands.Send) -> shapes.Shape | None:
    """Send a message as `handle` does, but in the event loop and in one transaction with other messages."""
    person = connection.person
    if needs_own_transaction(command):
        return await person.run_in_reader(handle, person.user, command)
    stored = await queue_message(hub, person.pace, person.user, command)
    stored.add_done_callback(partial(_sent, connection, command))
    return None


def _sent(connection: Connection, command: commands.Send, stored: "asyncio.Future[str]") -> None:
    """Reply to the sender of a message once its batch is committed or has failed."""
    error = stored.exception()
    if error is not None:
        send_error(connection, command.ref, error)
    elif command.ref is not None:
        connection.push(Frame(message_reply(command, stored.result())))


async def _typing(hub: Hub, connection: Connection, command: commands.Typing) -> shapes.Shape:
    """Pass on that a person types, unless they are muted, and their message would be refused."""
    person = connection.person
    if command.room not in connection.open_rooms:
        if command.room not in person.rooms:
            # Raises unless the person has just joined, or it is a thread.
            await person.run_in_reader(rooms.membership_of, person.user, command.room)
        raise Forbidden(JOIN_FIRST)
    if policy.is_muted(hub.registry.place_in(person, command.room)):
        return events.Ok()
    now = time.monotonic()
    published_at = person.typing_at.get(command.room)
    if command.on and (published_at is None or now - published_at >= TYPING_INTERVAL_SECONDS):
        person.typing_at[command.room] = now
        connection.typing_in.add(command.room)
        publish_typing(person.user, room_id=command.room, on=True)
    elif not command.on and command.room in connection.typing_in:
        connection.typing_in.discard(command.room)
        publish_typing(person.user, room_id=command.room, on=False)
    return events.Ok()


async def _show_people(hub: Hub, connection: Connection, command: commands.ShowPeople) -> shapes.Shape:
    return events.PeopleReply(people=await hub.presence.show(connection, command.people))


async def _presence(hub: Hub, connection: Connection, command: commands.Presence) -> shapes.Shape:
    hub.presence.set_state(connection, State(command.state))
    return events.Ok()


async def _ping(hub: Hub, connection: Connection, command: commands.Ping) -> shapes.Shape:
    return events.PingReply(rooms=hub.open_revisions(connection))


ON_CONNECTION: dict[str, Handler] = {
    "open": _open,
    "close": _close,
    "send": _send,
    "typing": _typing,
    "show_people": _show_people,
    "presence": _presence,
    "ping": _ping,
}
"""Handlers by command type. A result of None means that the handler sends the reply itself."""

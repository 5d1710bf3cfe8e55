"""What a client with a token may send on its connection: commands about the connection, and only for its rooms.

All other commands are requests of their own, `POST /api/v1/commands`, where the scopes of the token decide.
"""

from chat.live.connection import Connection
from chat.live.reader_pool import run_in_reader
from chat.protocol.commands import Command, Open
from chat.protocol.errors import Forbidden, NotFound
from chat.queries.rooms import membership_of

ON_A_SOCKET = {"open", "close", "show_people", "ping"}


async def require_on_socket(connection: Connection, limit: set[int] | None, command: Command) -> None:
    """Refuse what the socket of a token may not send. Raises Forbidden and NotFound."""
    if command.type not in ON_A_SOCKET:
        raise Forbidden
    await require_within(connection, limit, command)


async def require_within(connection: Connection, limit: set[int] | None, command: Command) -> None:
    """Refuse to open a room beyond those to which a token is limited (None: to none). Raises NotFound."""
    if limit is not None and isinstance(command, Open):
        await require_room(connection, limit, command.room)


async def require_room(connection: Connection, limit: set[int], room: int) -> None:
    """Add a thread of a room of the limit to it. Raises NotFound for a room that is neither."""
    if room in limit:
        return
    membership = await run_in_reader(membership_of, connection.person.user, room)
    if membership.room.members_room_id not in limit:
        raise NotFound
    limit.add(room)

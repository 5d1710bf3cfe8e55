"""What a token may send, by a connection or by a request: the commands of its scopes, and only for its rooms."""

from functools import partial

from django.utils.translation import gettext_lazy as _

from chat.live.command_runner import Require
from chat.live.connection import Connection
from chat.models.token import Scope
from chat.protocol.commands import Command, Open
from chat.protocol.errors import Forbidden
from chat.protocol.scopes import SCOPE_OF, room_and_message
from chat.queries import token_rooms
from chat.queries.tokens import TokenCredential

MISSING_SCOPE = {
    Scope.READ: _("This token lacks the scope “read”."),
    Scope.WRITE: _("This token lacks the scope “write”."),
    Scope.MANAGE: _("This token lacks the scope “manage”."),
}
SAYS_NOTHING_OF_ITS_PERSON = _("A token cannot say whether its person is here.")


def require_scope(scopes: frozenset[Scope] | None, scope: Scope) -> None:
    """Raise Forbidden if a token lacks a scope."""
    if scopes is not None and scope not in scopes:
        raise Forbidden(MISSING_SCOPE[scope])


def requirement(connection: Connection, limit: set[int] | None) -> Require | None:
    """What each command of a connection must pass; None for that of a session.

    `limit` are the rooms to which its token is limited, and threads of these; None if it is not.
    """
    credential = connection.credential
    if not isinstance(credential, TokenCredential):
        return None
    return partial(_require, connection, credential.scopes, limit)


async def require_room(connection: Connection, limit: set[int], room: int) -> None:
    """Add a thread of a room of the limit to it. Raises NotFound for a room that is neither."""
    if room not in limit:
        await connection.person.run_in_reader(token_rooms.require_room_within, room, limit)
        limit.add(room)


async def _require(connection: Connection, scopes: frozenset[Scope], limit: set[int] | None, command: Command) -> None:
    """Raise Forbidden for what no token or not this one may send, and NotFound for a room beyond its limit."""
    if command.type == "presence":
        raise Forbidden(SAYS_NOTHING_OF_ITS_PERSON)
    require_scope(scopes, SCOPE_OF[command.type])
    if limit is None or command.type == "ping":
        return
    room, message = room_and_message(command)
    if isinstance(command, Open):
        await require_room(connection, limit, command.room)
    elif message is not None or room not in limit:
        await connection.person.run_in_reader(token_rooms.require_within, command, limit)

"""Which scope a token needs for each command."""

from chat.models.token import Scope
from chat.protocol.commands import COMMANDS, Command

SCOPE_OF: dict[str, Scope] = {
    **dict.fromkeys(("open", "close", "history", "versions", "pins", "me", "show_people", "ping"), Scope.READ),
    **dict.fromkeys(("send", "direct", "edit", "delete", "react", "vote", "close_poll", "report"), Scope.WRITE),
    **dict.fromkeys(("read", "follow", "set_item", "mentions_read", "set_status", "typing", "presence"), Scope.WRITE),
    **dict.fromkeys(("join", "leave", "pin"), Scope.MANAGE),
}

IN_ROOM: set[str] = set()
"""Commands about one room. A token that is limited to rooms is good for these only."""


def add(name: str, command: type[Command], scope: Scope) -> None:
    """Add a command with the scope that it needs."""
    SCOPE_OF[name] = scope
    if {"room", "message"} & command.model_fields.keys():
        IN_ROOM.add(name)


for _name, _command in COMMANDS.items():
    add(_name, _command, SCOPE_OF[_name])


def room_and_message(command: Command) -> tuple[int | None, int | None]:
    """The id of the room that a command names, and that of the message."""
    return getattr(command, "room", None), getattr(command, "message", None)

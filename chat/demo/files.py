"""Files in the talk of the demo. The app that lets messages carry files makes them."""

import uuid
from collections.abc import Callable

from chat.models import Room, User

Maker = Callable[[User, Room, str], uuid.UUID]
"""Makes the file of a name, as if somebody had uploaded it into a room, and returns its id."""

_makers: list[Maker] = []


def register(maker: Maker) -> None:
    """Let the messages of the demo carry files."""
    _makers[:] = [maker]


def make(author: User, room: Room, names: list[str]) -> list[uuid.UUID]:
    """Make the files of these names; none without an app that can."""
    return [maker(author, room, name) for maker in _makers for name in names]

"""Typing notices: sent to connections that have the room open, never stored."""

from chat.bus.bus import bus
from chat.bus.events import Typing
from chat.models import User
from chat.protocol.events import TypingEvent


def publish_typing(user: User, *, room_id: int, on: bool) -> None:
    """Publish that a person types in a room, or has stopped. The caller must check that they are in it."""
    text = TypingEvent(room=room_id, user=user.pk, on=on).encode()
    bus.publish([Typing(room_id, user=user.pk, text=text)])

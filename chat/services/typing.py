"""Typing notices: sent to connections that have the room open, never stored."""

from chat.bus.bus import bus
from chat.bus.events import Typing
from chat.models import User
from chat.protocol.events import TypingEvent
from chat.protocol.limits import TYPING_INTERVAL_SECONDS
from chat.services.rates import RateTable

begun = RateTable(per_second=1 / TYPING_INTERVAL_SECONDS, burst=1)
ended = RateTable(per_second=1 / TYPING_INTERVAL_SECONDS, burst=2)
"""How often a person's typing in a room is published for requests. Connections know themselves what they have sent."""


def publish_typing(user: User, *, room_id: int, on: bool) -> None:
    """Publish that a person types in a room, or has stopped. The caller must check that they are in it."""
    text = TypingEvent(room=room_id, user=user.pk, on=on).encode()
    bus.publish([Typing(room_id, user=user.pk, text=text)])


def note_typing(user: User, *, room_id: int, on: bool) -> None:
    """Do the same for a request, unless it was published shortly before."""
    if not (begun if on else ended).take(f"{user.pk}:{room_id}"):
        publish_typing(user, room_id=room_id, on=on)

"""Somebody types: shown to those who have the room open, stored nowhere."""

from chat.bus.bus import PROCESS, Publication, bus, room_group
from chat.models import User
from chat.protocol.events import TypingEvent


def publish_typing(user: User, *, room_id: int, on: bool) -> None:
    """Tell everybody who has the room open. The caller has checked that the person is in it."""
    text = TypingEvent(room=room_id, user=user.pk, on=on).encode()
    event = {
        "type": "room.typing",
        "origin": PROCESS,
        "room": room_id,
        "user": user.pk,
        "text": text,
    }
    bus.publish([Publication(room_group(room_id), event)])

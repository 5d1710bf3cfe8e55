"""The pinned messages of a room."""

from chat.models import Pin, User
from chat.protocol.events import PinsReply
from chat.queries.room_cache import fit_to_frame, people_in, strangers
from chat.queries.rooms import check_again, membership_of


def pins(user: User, *, room_id: int, before: int | None = None) -> PinsReply:
    """Return the pinned messages of a room, those that were pinned last first.

    As many as fit into a frame: the next ones are those before the last of these, whose id is then `before`.
    """
    membership = membership_of(user, room_id)
    found = Pin.objects.in_room(room_id).select_related("message")
    if before is not None:
        found = found.filter(pk__lt=Pin.objects.filter(room_id=room_id, message_id=before).values("pk"))
    messages, fits = fit_to_frame([pin.message for pin in found])
    check_again(membership, messages)
    return PinsReply(messages=messages, users=strangers(room_id, people_in(messages)), has_more=not fits)

"""Whether a room shows who has read its messages."""

from chat import policy
from chat.models import Room, User
from chat.models.audit import Action
from chat.services import audit
from chat.services.changes import room_transaction


def show_reads(actor: User, *, room_id: int, on: bool) -> Room:
    """Show everybody in a room who has read its messages, or nobody. Repeating it changes nothing.

    Raises NotFound, Forbidden or Archived.
    """
    with room_transaction(room_id) as change:
        policy.require_show_reads(actor, change.room, change.membership(actor))
        if change.room.shows_reads != on:
            details = audit.changed(shows_reads=(change.room.shows_reads, on))
            change.room.shows_reads = on
            change.touch_settings()
            audit.record(actor, Action.ROOM_CHANGED, target=change.room, details=details)
    return change.room

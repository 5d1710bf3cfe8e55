"""Posting and declining messages that were held."""

import uuid
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from chat import policy
from chat.models import HeldMessage, Message, Room, User
from chat.models.audit import Action
from chat.protocol.errors import NotFound
from chat.protocol.shapes import timestamp
from chat.queries.reports import own_membership
from chat.services import audit
from chat.services.attaching import attacher
from chat.services.messages import send_message
from chat.services.notices import notify_people
from chat.services.threads import reply_in_thread
from chat.store.lock_timeout import limited_transaction


def post_held(actor: User, *, held_id: int) -> None:
    """Post a held message in the name of its author, who is notified.

    Raises Forbidden, NotFound if somebody has decided already, and what refuses the author's message now.
    """
    with limited_transaction():
        held = _locked(actor, held_id)
        message = _post(held)
        held.delete()
        details = audit.author_of(message)
        audit.record(actor, Action.MESSAGE_POSTED, target=message, room=message.room, details=details)
        _notify(held, held_id, {"code": "held_posted", "room": message.room_id, "position": message.position})


def decline_held(actor: User, *, held_id: int) -> None:
    """Delete a held message, and notify its author. Raises Forbidden or NotFound."""
    with limited_transaction():
        held = _locked(actor, held_id)
        held.delete()
        attacher().discard(held.author, _files(held))
        audit.record(actor, Action.MESSAGE_DECLINED, target=held.author, room=held.room)
        _notify(held, held_id, {"code": "held_declined", "room": held.room_id})


def _post(held: HeldMessage) -> Message:
    if held.thread_id is None:
        return send_message(
            held.author,
            room_id=held.room_id,
            key=held.key,
            body=held.body,
            reply_to=held.reply_to_id,
            files=_files(held),
            is_looked_at=True,
        )
    return reply_in_thread(
        held.author,
        room_id=held.room_id,
        message_id=held.thread_id,
        key=held.key,
        body=held.body,
        reply_to=held.reply_to_id,
        also_in_room=held.also_in_room,
        files=_files(held),
        is_looked_at=True,
    )


def _files(held: HeldMessage) -> list[uuid.UUID]:
    return [uuid.UUID(file) for file in held.files]


def _locked(actor: User, held_id: int) -> HeldMessage:
    """A held message under its lock, which is taken after those of its room and its author, as by who erases them."""
    policy.require_review(actor)
    place = HeldMessage.objects.filter(pk=held_id).values_list("room", "room__parent", "author").first()
    if place is not None:
        room_id, parent_id, author_id = place
        Room.objects.locked().filter(pk=parent_id or room_id).first()
        User.objects.locked().filter(pk=author_id).first()
    rows = HeldMessage.objects.select_for_update(no_key=True, of=("self",)).select_related("author", "room__parent")
    held: HeldMessage | None = rows.filter(pk=held_id).first()
    if held is None:
        raise NotFound(_("Somebody else has decided about this message."))
    policy.require_review_text(actor, held.room, own_membership(actor, held.room), held.author)
    return held


def _notify(held: HeldMessage, held_id: int, notice: dict[str, Any]) -> None:
    notice_with_time = notice | {"at": timestamp(timezone.now())}
    notify_people([held.author_id], key=f"held-{held_id}", notice=notice_with_time)

"""Posting and declining messages that were held."""

from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from chat import policy
from chat.models import HeldMessage, User
from chat.models.audit import Action
from chat.protocol.errors import NotFound
from chat.protocol.shapes import timestamp
from chat.queries.reports import own_membership
from chat.services import audit
from chat.services.messages import send_message
from chat.services.notices import notify_people


@transaction.atomic
def post_held(actor: User, *, held_id: int) -> None:
    """Post a held message in the name of its author, who is told.

    Raises Forbidden, NotFound if somebody has decided already, and what refuses the author's message now.
    """
    held = _locked(actor, held_id)
    message = send_message(
        held.author,
        room_id=held.room_id,
        key=held.key,
        body=held.body,
        reply_to=held.reply_to_id,
        is_looked_at=True,
    )
    held.delete()
    details = audit.author_of(message)
    audit.record(actor, Action.MESSAGE_POSTED, target=message, room=message.room, details=details)
    _notify(held, held_id, {"code": "held_posted", "position": message.position})


@transaction.atomic
def decline_held(actor: User, *, held_id: int) -> None:
    """Delete a held message, and tell its author. Raises Forbidden or NotFound."""
    held = _locked(actor, held_id)
    held.delete()
    audit.record(actor, Action.MESSAGE_DECLINED, target=held.author, room=held.room)
    _notify(held, held_id, {"code": "held_declined"})


def _locked(actor: User, held_id: int) -> HeldMessage:
    policy.require_review(actor)
    rows = HeldMessage.objects.select_for_update(no_key=True, of=("self",)).select_related("author", "room__parent")
    held: HeldMessage | None = rows.filter(pk=held_id).first()
    if held is None:
        raise NotFound(_("Somebody else has decided about this message."))
    policy.require_review_text(actor, held.room, own_membership(actor, held.room), held.author)
    return held


def _notify(held: HeldMessage, held_id: int, notice: dict[str, Any]) -> None:
    told = notice | {"room": held.room_id, "at": timestamp(timezone.now())}
    notify_people([held.author_id], key=f"held-{held_id}", notice=told)

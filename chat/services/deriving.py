"""Rewinding derivers: what they derived is derived again from the messages."""

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext_lazy as _

from chat import policy
from chat.models import DerivedRoom, DeriverCursor, DeriverState, Room, User
from chat.models.audit import Action
from chat.protocol.errors import NotFound
from chat.services import audit


def rewind(actor: User | None, *, name: str, room_id: int | None = None) -> None:
    """Let a deriver start again from revision 0, in one room or in all. `actor` is None for a management command.

    Rows are replaced one by one, and stay readable in the meantime. Raises Forbidden or NotFound.
    """
    if actor is not None:
        policy.require_administrator(actor)
    with transaction.atomic():
        state = DeriverState.objects.select_for_update(no_key=True).filter(name=name).first()
        if state is None:
            raise NotFound(_("There is no such deriver."))
        room = None if room_id is None else Room.objects.filter(pk=room_id).first()
        if room_id is None:
            DeriverState.objects.filter(pk=state.pk).update(epoch=F("epoch") + 1)
        elif room is None:
            raise NotFound
        else:
            # In this order, so that `note_caught_up` cannot restore what is removed here.
            DeriverCursor.objects.filter(name=name, room=room).update(revision=0, position=0)
            DerivedRoom.objects.filter(room=room).delete()
        audit.record(actor, Action.DERIVER_REWOUND, target=state, room=room)

"""Erases accounts. Who it was is removed at once; what may be very much follows in steps, as a due thing.

The row of the person stays, with a name that all erased accounts share, since messages, rooms and entries of the audit
refer to it. Texts in which others wrote the name are theirs, and stay.
"""

import uuid
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.db import models, transaction
from django.db.models import Q
from django.utils import translation
from django.utils.translation import gettext_lazy as _

from chat import policy
from chat.bus.bus import bus
from chat.bus.events import Deactivated
from chat.models import (
    AuditEntry,
    HeldMessage,
    Membership,
    Mention,
    Message,
    PersonItem,
    Report,
    RoomInvitation,
    User,
)
from chat.models.audit import Action, Target
from chat.protocol.errors import Conflict, Invalid, NotFound
from chat.services import audit
from chat.services.accounts import NAMES
from chat.services.attaching import attacher
from chat.services.data_exports import remove_exports_of
from chat.services.deleted_rooms import forget_in_log
from chat.services.direct import update_closed_rooms_of
from chat.services.due import add_due
from chat.services.memberships import end_membership
from chat.services.messages import erase_message
from chat.services.pictures import delete_picture
from chat.services.sessions import end_all
from chat.services.statuses import forget_status
from chat.services.tokens import revoke_all

DUE_KIND = "erase_account"

AT_ONCE = 50
"""Messages that one step looks at; each is deleted in a transaction of its own."""

ROWS_AT_ONCE = 500


class OwnMessages(models.TextChoices):
    """What becomes of the messages of an erased account."""

    KEEP = "keep", _("keep them, as messages of a deleted account")
    DELETE = "delete", _("delete them")


def is_last_administrator(user: User) -> bool:
    """Whether nobody else administers the space."""
    administrators = User.objects.superusers()
    return administrators.contains(user) and not administrators.exclude(pk=user.pk).exists()


@transaction.atomic
def erase(actor: User, *, user_id: int, own_messages: str) -> User:
    """Erase an account: one's own, or as an administrator that of somebody else. This cannot be undone.

    Who it was is removed at once, and all sockets close with 4403. Raises NotFound, Forbidden, Invalid, or Conflict for
    the last administrator and for an account that is erased already.
    """
    if own_messages not in OwnMessages.values:
        raise Invalid(_("Choose one of the values."), field="own_messages")
    user = _locked_with_administrators(user_id)
    policy.require_erase(actor, user)
    policy.require_not_erased(user)
    if is_last_administrator(user):
        raise Conflict(_("This is the only administrator. Make somebody else a superuser first."))
    _remove_what_identifies(user)
    with translation.override("en"):  # the name of an erased account is translated, and this one is stored
        who = user if actor.pk == user.pk else actor
        audit.record(who, Action.PERSON_ERASED, target=user, details={"own_messages": own_messages})
    add_due(DUE_KIND, {"user": user.pk, "own_messages": own_messages, "step": STEPS[0], "after": None})
    transaction.on_commit(lambda: bus.publish([Deactivated(user.pk)]))
    return user


def _locked_with_administrators(user_id: int) -> User:
    """The person, under the lock of their row and those of all administrators, of whom two may erase themselves."""
    concerned = Q(pk=user_id) | Q(pk__in=User.objects.superusers())
    user = next((one for one in User.objects.locked().filter(concerned) if one.pk == user_id), None)
    if user is None:
        raise NotFound
    return user


def _remove_what_identifies(user: User) -> None:
    picture = user.avatar.name
    end_all(user)
    revoke_all(user)
    EmailAddress.objects.filter(user=user).delete()
    Authenticator.objects.filter(user=user).delete()
    PersonItem.objects.filter(user=user).delete()
    forget_status(user.pk)
    RoomInvitation.objects.filter(user=user).delete()
    HeldMessage.objects.filter(author=user).delete()
    Report.objects.filter(reporter=user).update(note="")
    remove_exports_of(user)
    attacher().person_erased(user)
    user.groups.clear()
    user.user_permissions.clear()
    user.forget_who_it_was()
    user.save()
    forget_in_log(User, [user.pk])
    update_closed_rooms_of(user.pk)
    transaction.on_commit(lambda: delete_picture(picture), robust=True)


# --- what follows in steps --------------------------------------------------------------------------------------------

Step = Callable[[User, Any], Any]
"""Does a bounded part of the work after `after`, and returns where to continue; None if nothing is left."""


def erase_some(args: Mapping[str, Any]) -> dict[str, Any] | None:
    """Do some of what is left to do for an erased account; returns the arguments of the next call, None at the end.

    Doing it again is harmless, so a process may die anywhere.
    """
    user = User.objects.get(pk=args["user"])
    step = args["step"]
    after = WORK[step](user, args["after"])
    if after is None:
        wanted = [name for name in STEPS if name != "messages" or args["own_messages"] == OwnMessages.DELETE]
        following = wanted[wanted.index(step) + 1 :]
        if not following:
            return None
        step = following[0]
    return {**args, "step": step, "after": after}


def _leave_a_room(user: User, after: int | None) -> int | None:
    rooms = Membership.objects.filter(user=user, room_id__gt=after or 0).order_by("room_id")
    room_id: int | None = rooms.values_list("room_id", flat=True).first()
    if room_id is not None:
        with suppress(NotFound):  # a deleted room removes its memberships itself
            end_membership(user, room_id=room_id)
    return room_id


def _delete_mentions(user: User, after: None) -> bool | None:
    some = Mention.objects.filter(user=user).values_list("pk", flat=True)[:ROWS_AT_ONCE]
    removed, _by_model = Mention.objects.filter(pk__in=list(some)).delete()
    return True if removed else None


def _delete_messages(user: User, after: str | None) -> str | None:
    """In the order of keys, which has an index."""
    mine = Message.objects.filter(author=user).order_by("key")
    some = list((mine.filter(key__gt=uuid.UUID(after)) if after else mine).only("key", "kind", "deleted_at")[:AT_ONCE])
    for message in some:
        if not (message.is_system or message.is_deleted):
            erase_message(user, message_id=message.pk)
    return str(some[-1].key) if some else None


def _rename_in_audit(user: User, after: int | None) -> int | None:
    entries = list(AuditEntry.objects.about(user).filter(pk__gt=after or 0).order_by("pk")[:ROWS_AT_ONCE])
    targets = [entry.target_id for entry in entries if entry.target_kind == Target.MESSAGE]
    own = set(Message.objects.filter(pk__in=targets, author=user).values_list("pk", flat=True))
    for entry in entries:
        _rename_in(entry, user, is_author=entry.target_id in own)
    AuditEntry.objects.replace_names(entries)
    return entries[-1].pk if entries else None


def _rename_in(entry: AuditEntry, user: User, *, is_author: bool) -> None:
    with translation.override("en"):
        name = str(user)
    if entry.actor_id == user.pk:
        entry.actor_name = name
    if entry.target_kind == Target.MESSAGE:
        if "author" in entry.details and (is_author or entry.details.get("author_id") == user.pk):
            entry.details = {**entry.details, "author": name}
    elif entry.target_kind == Target.PERSON and entry.target_id == user.pk:
        entry.target_name = name
        entry.details = {field: value for field, value in entry.details.items() if field not in NAMES}


WORK: dict[str, Step] = {
    "rooms": _leave_a_room,
    "mentions": _delete_mentions,
    "messages": _delete_messages,
    "audit": _rename_in_audit,
}
"""The steps. Names are first gone from where people see them."""

STEPS = list(WORK)

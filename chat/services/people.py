"""Profiles, activation and sessions of people."""

from contextlib import suppress
from functools import partial

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from chat import policy
from chat.bus.bus import bus
from chat.bus.events import AccessChanged, Deactivated, SessionEnded
from chat.models import Room, SignIn, User
from chat.models.audit import Action
from chat.models.user import DISPLAY_NAME_CHARS
from chat.protocol.errors import Forbidden, NotFound
from chat.queries.credentials import SessionCredential
from chat.services import audit, quotas
from chat.services.changes import room_transaction
from chat.services.direct import update_closed_rooms_of
from chat.services.text import clean_line
from chat.services.tokens import revoke_all


def update_profile(user: User, *, display_name: str, time_zone: str) -> None:
    """Change a person's display name and time zone.

    A new name is published in all their rooms at once. Raises Invalid, TooLarge or RateLimited.
    """
    name = clean_line(display_name, field="display_name", limit=DISPLAY_NAME_CHARS, required=True)
    is_new_name = name != user.display_name
    if is_new_name:
        quotas.NEW_NAMES.take(user)
    user.time_zone = time_zone
    user.save(update_fields=[*user.rename(display_name=name), "time_zone"])
    if is_new_name:
        publish_to_rooms(user)


def publish_to_rooms(user: User) -> None:
    """After COMMIT, publish a person's new name or picture in every room they are in, and to all their connections.

    Each room is changed in its own transaction, so that no lock is held while the others are changed.
    """
    transaction.on_commit(partial(_publish_to_rooms, user))


def _publish_to_rooms(user: User) -> None:
    rooms = user.memberships.filter(left_at__isnull=True).order_by("room_id")
    for room_id in list(rooms.values_list("room_id", flat=True)):
        with suppress(NotFound), room_transaction(room_id) as change:  # the room may have been deleted
            membership = change.membership(user)
            if membership is not None and not membership.has_left:
                change.save_membership(membership)
                if change.room.kind == Room.Kind.DIRECT:
                    change.touch_settings()  # its people are what it is called
    bus.publish([AccessChanged(user.pk)])


def deactivate_user(actor: User, *, user_id: int) -> User:
    """Deactivate a person. Their sockets close with 4403 at once; their sessions stay invalid after activation.

    Raises NotFound or Forbidden; administrators cannot deactivate themselves.
    """
    if user_id == actor.pk:
        raise Forbidden(_("You can't deactivate yourself."))
    return _set_active(actor, user_id, is_active=False)


def activate_user(actor: User, *, user_id: int) -> User:
    """Activate a deactivated person. Raises NotFound or Forbidden."""
    return _set_active(actor, user_id, is_active=True)


def _set_active(actor: User, user_id: int, *, is_active: bool) -> User:
    policy.require_administrator(actor)
    with transaction.atomic():
        user = User.objects.select_for_update(no_key=True).filter(pk=user_id).first()
        if user is None:
            raise NotFound
        policy.require_not_erased(user)
        user.is_active = is_active
        user.sessions_ended += not is_active  # so that activation does not revive old sessions
        user.save(update_fields=["is_active", "sessions_ended"])
        update_closed_rooms_of(user_id)
        audit.record(actor, Action.PERSON_ACTIVATED if is_active else Action.PERSON_DEACTIVATED, target=user)
        if not is_active:
            SignIn.objects.filter(user=user).delete()
            revoke_all(user)
            transaction.on_commit(lambda: bus.publish([Deactivated(user_id)]))
    return user


def check_sessions(user_id: int) -> None:
    """Make every process read a person again, after a change of password or permissions.

    Sockets of sessions that have ended close with 4401.
    """
    transaction.on_commit(lambda: bus.publish([AccessChanged(user_id)]))


def end_session(user_id: int, session_key: str) -> None:
    """Close the connections of a session with 4401 at once, after the person has signed out."""
    name = SessionCredential.name_of(session_key)
    transaction.on_commit(lambda: bus.publish([SessionEnded(user_id, credential=name)]))

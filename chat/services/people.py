"""People and their sessions: who may come in, and whose sockets must go."""

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from chat.live.bus import bus
from chat.models import User
from chat.protocol.errors import Forbidden, NotFound
from chat.services.changes import control


def deactivate_user(actor: User, *, user_id: int) -> User:
    """Shut a person out: every socket of theirs closes with 4403 at once. Superusers only, and not themselves."""
    if user_id == actor.pk:
        raise Forbidden(_("You can't deactivate yourself."))
    return _set_active(actor, user_id, is_active=False)


def activate_user(actor: User, *, user_id: int) -> User:
    """Let a deactivated person in again. Superusers only."""
    return _set_active(actor, user_id, is_active=True)


def _set_active(actor: User, user_id: int, *, is_active: bool) -> User:
    if not (actor.is_active and actor.is_superuser):
        raise Forbidden(_("Only a superuser can do this."))
    with transaction.atomic():
        user = User.objects.select_for_update(no_key=True).filter(pk=user_id).first()
        if user is None:
            raise NotFound
        user.is_active = is_active
        user.save(update_fields=["is_active"])
        if not is_active:
            transaction.on_commit(lambda: bus.publish([control(user_id, kind="deactivated")]))
    return user


def check_sessions(user_id: int) -> None:
    """The person's password changed: sockets whose session that ended close with 4401 at once."""
    transaction.on_commit(lambda: bus.publish([control(user_id, kind="check")]))


def end_session(user_id: int, session_key: str) -> None:
    """A person signed out: the session's sockets close with 4401 at once."""
    transaction.on_commit(lambda: bus.publish([control(user_id, kind="signed_out", session=session_key)]))

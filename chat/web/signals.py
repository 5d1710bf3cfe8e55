"""Signals of the frameworks for the end of a session and for two-step sign-in, passed on to services."""

from typing import Any

from allauth.account.signals import password_changed, password_reset, password_set
from allauth.mfa.models import Authenticator
from allauth.mfa.signals import authenticator_added, authenticator_removed, authenticator_reset
from django.contrib.auth.signals import user_logged_out
from django.dispatch import receiver
from django.http import HttpRequest

from chat.models import User
from chat.models.audit import Action
from chat.services import people, sessions, two_steps


@receiver(user_logged_out)
def close_the_sockets_of_the_session(request: HttpRequest, user: User | None, **_kwargs: Any) -> None:
    """Delete the session and close its sockets after a sign-out on the site or in the admin.

    Django deletes the session only after this signal. Deleting it here keeps a page whose socket was just closed from
    reconnecting with it.
    """
    key = request.session.session_key
    if user is not None and key:
        request.session.delete(key)
        sessions.forget_session(user, session_key=key)
        people.end_session(user.pk, key)


@receiver([password_changed, password_reset, password_set])
def close_the_sockets_of_other_sessions(user: User, **_kwargs: Any) -> None:
    """Close the sockets of all sessions except the one that set the new password."""
    people.check_sessions(user.pk)


@receiver(authenticator_added)
def note_a_new_way(user: User, authenticator: Authenticator, **_kwargs: Any) -> None:
    """Record a new way of two-step sign-in. Recovery codes come with the first one, and are not one themselves."""
    if authenticator.type != two_steps.CODES:
        two_steps.note_change(user, Action.TWO_STEPS_ADDED, way=authenticator.type)


@receiver(authenticator_removed)
def note_a_removed_way(user: User, authenticator: Authenticator, **_kwargs: Any) -> None:
    """Record that a way of two-step sign-in was removed."""
    if authenticator.type != two_steps.CODES:
        two_steps.note_change(user, Action.TWO_STEPS_REMOVED, way=authenticator.type)


@receiver(authenticator_reset)
def note_new_codes(user: User, authenticator: Authenticator, **_kwargs: Any) -> None:
    """Record that somebody made new recovery codes."""
    two_steps.note_change(user, Action.TWO_STEPS_CODES, way=authenticator.type)

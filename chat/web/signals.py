"""Signals of the frameworks for the end of a session, passed on to the service that closes its sockets."""

from typing import Any

from allauth.account.signals import password_changed, password_reset, password_set
from django.contrib.auth.signals import user_logged_out
from django.dispatch import receiver
from django.http import HttpRequest

from chat.models import User
from chat.services import people, sessions


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

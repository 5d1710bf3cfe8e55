"""Lists the sessions in which a person is signed in, and ends them."""

from datetime import timedelta
from importlib import import_module

from django.conf import settings
from django.contrib.auth import HASH_SESSION_KEY
from django.contrib.sessions.backends.base import SessionBase
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from chat.models import SignIn, User
from chat.models.sign_in import USER_AGENT_CHARS
from chat.protocol.errors import NotFound
from chat.queries.sessions import live_sessions
from chat.services.people import check_sessions, end_session
from chat.services.rates import RateTable

LISTED = 50
"""Most sessions of one person that are listed, the latest first."""

NOTED_EVERY_SECONDS = 300
"""Each process records at most this often when a session was last seen."""

_noted = RateTable(per_second=1 / NOTED_EVERY_SECONDS, burst=1)


def note_session(user: User, *, session_key: str, user_agent: str) -> None:
    """Record that somebody opened a page with this session in this browser."""
    if _noted.take(f"{user.pk} {session_key}"):
        return
    now = timezone.now()
    SignIn.objects.filter(user=user, seen_at__lt=now - timedelta(seconds=settings.SESSION_COOKIE_AGE)).delete()
    seen = SignIn(user=user, session_key=session_key, user_agent=user_agent[:USER_AGENT_CHARS], seen_at=now)
    SignIn.objects.bulk_create(
        [seen], update_conflicts=True, unique_fields=["session_key"], update_fields=["user", "user_agent", "seen_at"]
    )


def sign_ins_of(user: User) -> list[SignIn]:
    """The person's valid sessions, the latest seen first."""
    found = list(SignIn.objects.filter(user=user).order_by("-seen_at")[:LISTED])
    live = live_sessions({sign_in.session_key for sign_in in found})
    return [sign_in for sign_in in found if sign_in.session_key in live]


def end_one(user: User, *, sign_in_id: int) -> None:
    """Sign a person out in one browser. Its sockets close with 4401 at once. Raises NotFound."""
    with transaction.atomic():
        sign_in = SignIn.objects.filter(user=user, pk=sign_in_id).first()
        if sign_in is None:
            raise NotFound
        import_module(settings.SESSION_ENGINE).SessionStore(sign_in.session_key).delete()
        sign_in.delete()
        end_session(user.pk, sign_in.session_key)


def end_others(user: User, *, session: SessionBase) -> None:
    """End all sessions of a person except this one, including those without a SignIn.

    All sockets close with 4401 at once, after this session has been saved with its new hash.
    """
    with transaction.atomic():
        User.objects.filter(pk=user.pk).update(sessions_ended=F("sessions_ended") + 1)
        user.refresh_from_db(fields=["sessions_ended"])
        SignIn.objects.filter(user=user).exclude(session_key=session.session_key).delete()
        session[HASH_SESSION_KEY] = user.get_session_auth_hash()
        session.save()
        check_sessions(user.pk)


def end_all(user: User) -> None:
    """Delete all sessions of a person that were recorded. Their cookies are invalid once `sessions_ended` has grown."""
    store = import_module(settings.SESSION_ENGINE).SessionStore
    for key in SignIn.objects.filter(user=user).values_list("session_key", flat=True):
        store(key).delete()
    SignIn.objects.filter(user=user).delete()


def forget_session(user: User, *, session_key: str) -> None:
    """Remove a session that has ended from the list."""
    SignIn.objects.filter(user=user, session_key=session_key).delete()

"""Two-step sign-in: who must use it, what is recorded of it, and its reset.

allauth stores each way of it, an app, a passkey or recovery codes, as an Authenticator.
"""

from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value, yield_hotp_counters_from_time
from allauth.mfa.utils import decrypt
from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.utils.translation import gettext_lazy as _

from chat import policy
from chat.models import Space, User
from chat.models.audit import Action
from chat.models.space_settings import TWO_STEPS
from chat.protocol.errors import Forbidden, Invalid, NotFound
from chat.services import audit
from chat.services.people import check_sessions

APP, PASSKEY, CODES = Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN, Authenticator.Type.RECOVERY_CODES

WAYS = ((APP.value, _("authenticator app")), (PASSKEY.value, _("passkey")), (CODES.value, _("recovery codes")))
"""The ways of two-step sign-in, as they are shown."""

PASSKEYS = 20
"""Most passkeys of one person."""

LAST_COUNTER = "last_counter"
"""The key in an authenticator's data for the period of the last code that was accepted."""


def ways() -> "QuerySet[Authenticator]":
    """The ways of two-step sign-in of all people, without recovery codes, which only replace another way."""
    found: QuerySet[Authenticator] = Authenticator.objects.exclude(type=CODES)
    return found


def ways_of(user: User) -> "QuerySet[Authenticator]":
    """The ways of two-step sign-in of a person."""
    return ways().filter(user=user)


def with_two_steps(users: "QuerySet[User]") -> "QuerySet[User]":
    """People with `has_two_steps`: whether they have set up two-step sign-in."""
    return users.annotate(has_two_steps=Exists(ways().filter(user=OuterRef("pk"))))


def note_change(user: User, action: Action, *, way: str) -> None:
    """Record that a person changed how they sign in, and restore or suspend their rights accordingly."""
    with transaction.atomic():
        person = User.objects.locked().get(pk=user.pk)
        audit.record(person, action, target=person, details={"way": way})
        suspend_or_restore(person)


def require_of(actor: User, who: str) -> None:
    """Apply a new value of the setting to everybody with rights, in the transaction that changes it.

    Raises Invalid if the actor would lose their own rights.
    """
    if policy.must_use_two_steps(actor, who) and not ways_of(actor).exists():
        raise Invalid(_("Set up two-step sign-in for yourself first."), field=TWO_STEPS.name)
    concerned = User.objects.with_rights()
    ready = set(ways().filter(user__in=concerned).values_list("user_id", flat=True))
    for user in User.objects.locked().filter(pk__in=concerned):
        _suspend(user, policy.must_use_two_steps(user, who) and user.pk not in ready)


def suspend_or_restore(user: User) -> None:
    """Suspend the rights of somebody who must use two-step sign-in and has not set it up; otherwise restore them.

    Call this under the lock of their row, after a change of their rights or of how they sign in.
    """
    space = Space.objects.current()  # no cached value, which may be older than the last change of the setting
    required = policy.must_use_two_steps(user, TWO_STEPS.default if space is None else space.value(TWO_STEPS))
    _suspend(user, required and not ways_of(user).exists())


def _suspend(user: User, suspended: bool) -> None:
    if user.rights_suspended != suspended:
        user.rights_suspended = suspended
        user.save(update_fields=["rights_suspended"])
        check_sessions(user.pk)


@transaction.atomic
def reset(actor: User | None, *, user_id: int) -> User:
    """Remove all ways of two-step sign-in of somebody who has lost them; their password alone then signs them in.

    `actor` is None for a management command. Raises NotFound, or Forbidden, also for oneself.
    """
    user = User.objects.locked().filter(pk=user_id).first()
    if user is None:
        raise NotFound
    if actor is not None:
        policy.require_look_after(actor, user)
        if actor.pk == user.pk:
            raise Forbidden(_("Remove your own two-step sign-in on your profile."))
    Authenticator.objects.filter(user=user).delete()
    audit.record(actor, Action.TWO_STEPS_RESET, target=user)
    suspend_or_restore(user)
    return user


def spend_code(authenticator: Authenticator, code: str) -> bool:
    """Whether a valid code of an app is later than the last one that was accepted: somebody may have read that one."""
    if authenticator.type != APP:
        return True
    with transaction.atomic():
        stored = Authenticator.objects.select_for_update().get(pk=authenticator.pk)
        secret = decrypt(stored.data["secret"])
        unused = (
            counter
            for counter in yield_hotp_counters_from_time()
            if counter > stored.data.get(LAST_COUNTER, 0) and format_hotp_value(hotp_value(secret, counter)) == code
        )
        counter = next(unused, None)
        if counter is not None:
            stored.data[LAST_COUNTER] = counter
            stored.save(update_fields=["data"])
    return counter is not None

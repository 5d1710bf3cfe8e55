"""Changes by administrators and staff to the accounts of others.

The permissions are in `chat.policy`. People change their own password and address on their account pages, which ask
for the old password.
"""

from collections.abc import Iterable
from typing import Any

from allauth.account.models import EmailAddress
from django.contrib.auth.models import Group, Permission
from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from chat import policy
from chat.models import User
from chat.models.audit import Action
from chat.models.user import DISPLAY_NAME_CHARS
from chat.protocol.errors import Forbidden, NotFound
from chat.services import audit, two_steps
from chat.services.people import check_sessions, publish_to_rooms
from chat.services.spaces import welcome
from chat.services.text import clean_line
from chat.services.usernames import free_username, taken

NAMES = {"username", "display_name"}


@transaction.atomic
def create_person(
    actor: User,
    *,
    username: str,
    password: str | None,
    display_name: str = "",
    email: str = "",
    time_zone: str = "",
    is_bot: bool = False,
    is_guest: bool = False,
) -> User:
    """Create a person and, unless they are a guest, add them to the first room.

    Without a password, they must set one by mail before signing in. Only superusers may assign a reserved username.
    Raises Forbidden, Conflict for a username that is taken or looks like another, Invalid or TooLarge.
    """
    policy.require_create_people(actor)
    username = free_username(username, may_be_reserved=policy.is_administrator(actor))
    name = clean_line(display_name, field="display_name", limit=DISPLAY_NAME_CHARS, required=False)
    try:
        with transaction.atomic():
            user = User.objects.create_user(
                username=username,
                email=email,
                password=password,
                display_name=name,
                time_zone=time_zone,
                is_bot=is_bot,
                is_guest=is_guest,
            )
    except IntegrityError as error:
        raise taken() from error
    kind = {name: True for name, value in (("is_bot", is_bot), ("is_guest", is_guest)) if value}
    audit.record(actor, Action.PERSON_CREATED, target=user, details=kind)
    if not is_guest:
        welcome(user)
    return user


@transaction.atomic
def update_person(
    actor: User,
    *,
    user_id: int,
    username: str | None = None,
    display_name: str | None = None,
    email: str | None = None,
    time_zone: str | None = None,
    is_bot: bool | None = None,
    is_guest: bool | None = None,
) -> User:
    """Change those fields of a person's account that are not None. Everybody sees a new name at once.

    A replaced address no longer works for signing in. Somebody who becomes a guest stays in their rooms. Raises
    Forbidden, also for one's own address, NotFound, Conflict for a username that is taken or looks like another, and
    for staff who would become guests, Invalid or TooLarge.
    """
    user = _looked_after(actor, user_id)
    if user.pk == actor.pk and email not in (None, user.email):
        raise Forbidden(_("Change your own address on your account page."))
    if display_name is not None:
        display_name = clean_line(display_name, field="display_name", limit=DISPLAY_NAME_CHARS, required=False)
    if username is not None and username != user.username:
        username = free_username(username, owner=user, may_be_reserved=policy.is_administrator(actor))
    names = {"username": username, "display_name": display_name}
    wanted = {**names, "email": email, "time_zone": time_zone, "is_bot": is_bot, "is_guest": is_guest}
    changed = {field: value for field, value in wanted.items() if value not in (None, getattr(user, field))}
    before = {field: getattr(user, field) for field in changed}
    fields = set(changed)
    if changed.keys() & {"username", "display_name"}:
        fields |= user.rename(username=username if "username" in changed else None, display_name=display_name)
    for field in changed.keys() & {"email", "time_zone", "is_bot", "is_guest"}:
        setattr(user, field, changed[field])
    if changed.get("is_guest"):
        policy.require_possible_guest(user)
    if changed:
        _save(user, fields)
        _record_account(actor, user, before)
    if "email" in changed:
        EmailAddress.objects.filter(user=user).exclude(email__iexact=user.email).delete()
    if changed.keys() & {"username", "display_name", "is_bot", "is_guest"}:
        publish_to_rooms(user)
    return user


def _record_account(actor: User, user: User, before: dict[str, Any]) -> None:
    """Record which fields changed, with the old and new values of names, but not of addresses."""
    if "is_bot" in before:
        audit.record(actor, Action.PERSON_BOT, target=user, details={"is_bot": [before.pop("is_bot"), user.is_bot]})
    if "is_guest" in before:
        details = {"is_guest": [before.pop("is_guest"), user.is_guest]}
        audit.record(actor, Action.PERSON_GUEST, target=user, details=details)
    if before:
        names = {field: [before[field], getattr(user, field)] for field in NAMES & before.keys()}
        audit.record(actor, Action.PERSON_CHANGED, target=user, details={"fields": sorted(before), **names})


def _save(user: User, fields: set[str]) -> None:
    try:
        with transaction.atomic():
            user.save(update_fields=fields)
    except IntegrityError as error:
        raise taken() from error


@transaction.atomic
def set_password(actor: User, *, user_id: int, password: str | None) -> User:
    """Set a person's password, or remove it (None). All their sessions and sockets end.

    Raises Forbidden, also for one's own password, or NotFound.
    """
    user = _looked_after(actor, user_id)
    if user.pk == actor.pk:
        raise Forbidden(_("Change your own password on your account page."))
    user.set_password(password)
    user.save(update_fields=["password"])
    audit.record(actor, Action.PERSON_PASSWORD, target=user, details={"usable": user.has_usable_password()})
    check_sessions(user_id)
    return user


@transaction.atomic
def set_rights(
    actor: User,
    *,
    user_id: int,
    is_staff: bool,
    is_superuser: bool,
    groups: Iterable[Group],
    permissions: Iterable[Permission],
) -> User:
    """Set what a person may do in the admin. Superusers cannot demote themselves; another superuser can.

    Every process applies the change to the person's open sockets at once. Raises Forbidden, NotFound, or Conflict for
    a guest.
    """
    policy.require_administrator(actor)
    user = _looked_after(actor, user_id)
    if user.pk == actor.pk and not (is_staff and is_superuser):
        raise Forbidden(_("You can't remove your own superuser status. Ask another superuser."))
    before = _rights_of(user)
    user.is_staff, user.is_superuser = is_staff, is_superuser
    user.save(update_fields=["is_staff", "is_superuser"])
    user.groups.set(groups)
    user.user_permissions.set(permissions)
    two_steps.suspend_or_restore(user)
    if user.is_guest:
        policy.require_possible_guest(user)
    after = _rights_of(user)
    if changed := audit.changed(**{name: (before[name], after[name]) for name in before}):
        audit.record(actor, Action.PERSON_RIGHTS, target=user, details=changed)
    check_sessions(user_id)
    return user


def _rights_of(user: User) -> dict[str, Any]:
    return {
        "is_staff": user.is_staff,
        "is_superuser": user.is_superuser,
        "groups": sorted(group.name for group in user.groups.all()),
        "permissions": audit.codes(user.user_permissions.all()),
    }


def _looked_after(actor: User, user_id: int) -> User:
    user = User.objects.select_for_update(no_key=True).filter(pk=user_id).first()
    if user is None:
        raise NotFound
    policy.require_look_after(actor, user)
    policy.require_not_erased(user)
    return user

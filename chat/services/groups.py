"""Groups: named sets of permissions for staff. Only superusers change them."""

from collections.abc import Iterable

from django.contrib.auth.models import Group, Permission
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from chat import policy
from chat.models import User
from chat.models.audit import Action
from chat.protocol.errors import Conflict, NotFound
from chat.services import audit
from chat.services.text import clean_line

GROUP_NAME_CHARS = 150


@transaction.atomic
def create_group(actor: User, *, name: str, permissions: Iterable[Permission]) -> Group:
    """Create a group. Raises Forbidden, Conflict for a name that is taken, Invalid or TooLarge."""
    policy.require_administrator(actor)
    group = _saved(Group(), name)
    group.permissions.set(permissions)
    audit.record(actor, Action.GROUP_CREATED, target=group, details={"permissions": [[], _codes(group)]})
    return group


@transaction.atomic
def update_group(actor: User, *, group_id: int, name: str, permissions: Iterable[Permission]) -> Group:
    """Rename a group and replace its permissions. Raises Forbidden, NotFound, Conflict, Invalid or TooLarge."""
    group = _group(actor, group_id)
    old_name, old_codes = group.name, _codes(group)
    _saved(group, name)
    group.permissions.set(permissions)
    changed = audit.changed(name=(old_name, group.name), permissions=(old_codes, _codes(group)))
    if changed:
        audit.record(actor, Action.GROUP_CHANGED, target=group, details=changed)
    return group


@transaction.atomic
def delete_group(actor: User, *, group_id: int) -> None:
    """Delete a group. Its members lose its permissions. Raises Forbidden or NotFound."""
    group = _group(actor, group_id)
    audit.record(actor, Action.GROUP_DELETED, target=group, details={"permissions": [_codes(group), []]})
    group.delete()


def _saved(group: Group, name: str) -> Group:
    group.name = clean_line(name, field="name", limit=GROUP_NAME_CHARS, required=True)
    try:
        with transaction.atomic():
            group.save()
    except IntegrityError as error:
        raise Conflict(_("There is already a group with this name."), field="name") from error
    return group


def _group(actor: User, group_id: int) -> Group:
    policy.require_administrator(actor)
    group = Group.objects.select_for_update(no_key=True).filter(pk=group_id).first()
    if group is None:
        raise NotFound
    return group


def _codes(group: Group) -> list[str]:
    return audit.codes(group.permissions.all())

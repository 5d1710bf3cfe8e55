"""Records what administrators and room owners do. Services alone call it, in the transaction of the act."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.contrib.auth.models import Group, Permission
from django.db import models, transaction

from chat.models import AuditEntry, Message, Room, Space, User
from chat.models.audit import NAME_CHARS, NETWORK_CHARS, Action, Target
from chat.services.origin import current_origin

VALUE_CHARS = 250
LIST_ITEMS = 100
"""Most texts of a list, such as permissions, that are recorded; each is cut to VALUE_CHARS."""

KINDS: dict[type[models.Model], Target] = {
    Space: Target.SPACE,
    Room: Target.ROOM,
    User: Target.PERSON,
    Message: Target.MESSAGE,
    Group: Target.GROUP,
}


def record(
    actor: User | None,
    action: Action,
    *,
    target: models.Model,
    room: Room | None = None,
    details: Mapping[str, Any] | None = None,
) -> None:
    """Record that `actor`, or a command if None, did something to `target`, as the person who asks and with address.

    `room` is the room in which it happened. `details` says more: a pair of lists or values is what was and what is.
    Never pass the text of a message, a secret, an email address or the name of a private room.
    """
    if not transaction.get_connection().in_atomic_block:
        raise transaction.TransactionManagementError("An act and its record belong into one transaction.")
    where = target if isinstance(target, Room) else room
    origin = current_origin()
    AuditEntry.objects.create(
        actor=actor,
        actor_name="" if actor is None else str(actor)[:NAME_CHARS],
        action=action,
        target_kind=KINDS[type(target)],
        target_id=target.pk,
        target_name=_name_of(target)[:NAME_CHARS],
        room_id=None if where is None else where.pk,
        details={name: _bounded(value) for name, value in (details or {}).items()},
        way=origin.way,
        network=origin.network[:NETWORK_CHARS],
    )


def _name_of(target: models.Model) -> str:
    """The name under which a target is recorded. A private room has none here, and a message neither."""
    if isinstance(target, Message) or (isinstance(target, Room) and target.kind != Room.Kind.PUBLIC):
        return ""
    return str(target)


def _bounded(value: Any) -> Any:
    if isinstance(value, str):
        return value[:VALUE_CHARS]
    if isinstance(value, list | tuple):
        return [_bounded(item) for item in value[:LIST_ITEMS]]
    return value


def changed(**values: tuple[Any, Any]) -> dict[str, list[Any]]:
    """Those of these pairs of an old and a new value that differ, as details of a record."""
    return {name: [old, new] for name, (old, new) in values.items() if old != new}


def codes(permissions: Iterable[Permission]) -> list[str]:
    """The names of permissions, as they are recorded."""
    return sorted(permission.codename for permission in permissions)

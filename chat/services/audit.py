"""Records actions of administrators and room owners. Called only by services, in the transaction of the action."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.contrib.auth.models import Group, Permission
from django.db import models, transaction

from chat.models import AuditEntry, CustomEmoji, DeriverState, Invitation, Message, Room, Space, User
from chat.models.audit import NAME_CHARS, NETWORK_CHARS, Action, Target
from chat.services.origin import current_origin

VALUE_CHARS = 250
LIST_ITEMS = 100
"""Most items of a list, such as permissions, that are recorded; each is truncated to VALUE_CHARS."""

KINDS: dict[type[models.Model], Target] = {
    Space: Target.SPACE,
    Room: Target.ROOM,
    User: Target.PERSON,
    Message: Target.MESSAGE,
    Group: Target.GROUP,
    Invitation: Target.INVITATION,
    DeriverState: Target.DERIVER,
    CustomEmoji: Target.EMOJI,
}


def record(
    actor: User | None,
    action: Action,
    *,
    target: models.Model,
    room: Room | None = None,
    details: Mapping[str, Any] | None = None,
) -> None:
    """Record that `actor`, or a management command if None, did something to `target`, and from which network.

    `room` is the room in which it happened; what happens in a thread is recorded in its room. In `details`, a pair of
    values or lists is the old and the new one. Never pass the text of a message, a secret, an email address or the name
    of a private room.
    """
    if not transaction.get_connection().in_atomic_block:
        raise transaction.TransactionManagementError("An action must be recorded in its transaction.")
    where = target if isinstance(target, Room) else room
    origin = current_origin()
    AuditEntry.objects.create(
        actor=actor,
        actor_name="" if actor is None else str(actor)[:NAME_CHARS],
        action=action,
        target_kind=KINDS[type(target)],
        target_id=target.pk,
        target_name=_name_of(target)[:NAME_CHARS],
        room_id=None if where is None else where.members_room_id,
        details={name: _bounded(value) for name, value in (details or {}).items()},
        way=origin.way,
        network=origin.network[:NETWORK_CHARS],
    )


def _name_of(target: models.Model) -> str:
    """The recorded name of a target; empty for private rooms and messages."""
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
    """Return those pairs of an old and a new value that differ, as details of a record."""
    return {name: [old, new] for name, (old, new) in values.items() if old != new}


def author_of(message: Message) -> dict[str, Any]:
    """The author of a message, as details of a record: the name, and the id by which an erasure finds it."""
    return {"author": str(message.author), "author_id": message.author_id}


def codes(permissions: Iterable[Permission]) -> list[str]:
    """The codenames of permissions, as they are recorded."""
    return sorted(permission.codename for permission in permissions)

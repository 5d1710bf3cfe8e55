"""The rules of a room: who may post, mention everybody and invite people in it, and slow mode."""

from collections.abc import Mapping
from datetime import timedelta

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from chat import policy
from chat.models import Room, User
from chat.models.audit import Action
from chat.models.room import SLOW_SECONDS_MAXIMUM
from chat.protocol.errors import Invalid
from chat.services import audit
from chat.services.changes import room_transaction

RULES = ("who_posts", "who_mentions_all", "who_invites", "slow_seconds")


def change_rules(
    actor: User,
    *,
    room_id: int,
    who_posts: str | None = None,
    who_mentions_all: str | None = None,
    who_invites: str | None = None,
    slow_seconds: int | None = None,
) -> Room:
    """Change rules of a room; None leaves one unchanged. Raises NotFound, Forbidden, Archived or Invalid.

    Of slow mode that becomes shorter or ends, people who wait profit at once.
    """
    given = dict(zip(RULES, (who_posts, who_mentions_all, who_invites, slow_seconds), strict=True))
    _require_valid(given)
    with room_transaction(room_id) as change:
        room = change.room
        policy.require_change_settings(actor, room, change.membership(actor))
        pairs = {name: (getattr(room, name), value) for name, value in given.items() if value is not None}
        changed = audit.changed(**pairs)
        if changed:
            for name, (_old, new) in changed.items():
                setattr(room, name, new)
            if "slow_seconds" in changed:
                _shorten_waits(room)
            change.touch_settings()
            audit.record(actor, Action.ROOM_CHANGED, target=room, details={"fields": sorted(changed), **changed})
    return change.room


def _require_valid(given: Mapping[str, object]) -> None:
    for name, value in given.items():
        if name == "slow_seconds":
            is_valid = value is None or (type(value) is int and 0 <= value <= SLOW_SECONDS_MAXIMUM)
        else:
            is_valid = value is None or value in Room.Who.values or (name == "who_mentions_all" and value == "")
        if not is_valid:
            raise Invalid(_("This is not one of the choices."), field=name)


def _shorten_waits(room: Room) -> None:
    """Nobody waits longer than from now on."""
    latest = timezone.now() + timedelta(seconds=room.slow_seconds)
    room.memberships.filter(may_post_from__gt=latest).update(may_post_from=latest)

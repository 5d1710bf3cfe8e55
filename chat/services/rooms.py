"""Creating rooms, changing their settings, archiving and deleting them."""

import secrets
from datetime import datetime
from functools import partial

from django.db import IntegrityError, transaction
from django.db.models import Exists, OuterRef
from django.utils import timezone
from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _

from chat import policy
from chat.models import Membership, Room, User
from chat.models.audit import Action
from chat.models.room import EMOJI_CHARS, NAME_CHARS, SLUG_CHARS, TOPIC_CHARS
from chat.models.space_settings import PRIVATE_ROOM_CREATORS, PUBLIC_ROOM_CREATORS
from chat.protocol.errors import Forbidden, Invalid
from chat.queries.space import value_of
from chat.services import audit, newcomers, quotas, system_lines
from chat.services.attaching import attacher
from chat.services.changes import room_transaction
from chat.services.deleted_rooms import finish_deletions, forget_in_log
from chat.services.room_invitations import withdraw_all
from chat.services.text import clean_line
from chat.unicode import one_emoji

RESERVED_SLUGS = {"new"}
SLUG_OF_NOTHING = "room"
SLUG_ATTEMPTS = 20

SLUG_COLUMNS = ("slug", "kind", "is_mine")

SUFFIX_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"
"""Letters and digits that do not look alike."""

SUFFIX_CHARS = 6

DELETION_SECONDS = 1.0
"""How long a request that deletes a room waits for the removal of its messages."""


def create_room(actor: User, *, name: str, topic: str = "", kind: str = Room.Kind.PUBLIC) -> Room:
    """Create a room. Its creator becomes its first member and owner.

    `kind` is `public` or `private`. Raises Invalid or TooLarge for an invalid name, topic or kind, and Forbidden for a
    kind that the actor may not create.
    """
    name, topic = clean_name(name), clean_topic(topic)
    if kind not in {Room.Kind.PUBLIC, Room.Kind.PRIVATE}:
        raise Invalid(_("A room must be public or private."), field="kind")
    if not may_create_room(actor, kind=kind):
        raise Forbidden(_("Only administrators may create this kind of room here."), field="kind")
    quotas.NEW_ROOMS.take(actor)
    quotas.check_place(actor)
    quotas.check_rooms_created(actor)
    newcomers.check_rooms(actor)
    with transaction.atomic():
        room = _insert_with_free_slug(actor, Room(name=name, topic=topic, kind=kind, created_by=actor))
        with room_transaction(room.pk) as change:
            change.touch_settings()
            owner = Membership(room=change.room, user=actor, role=Membership.Role.OWNER)
            change.save_membership(owner)
            change.announce_joined(owner)
            audit.record(actor, Action.ROOM_CREATED, target=change.room)
        return change.room


def backdate_room(room: Room, *, created_at: datetime) -> None:
    """Set when a room was created, for a room whose messages are older than the room. Nobody is sent the change."""
    room.created_at = created_at
    room.save(update_fields=["created_at"])


def may_create_room(actor: User, *, kind: str) -> bool:
    """Whether the settings of the space allow this person to create rooms of a kind."""
    creators = value_of(PUBLIC_ROOM_CREATORS if kind == Room.Kind.PUBLIC else PRIVATE_ROOM_CREATORS)
    return policy.may_create_rooms(actor, creators)


def kinds_to_create(actor: User) -> list[str]:
    """The kinds of rooms that this person may create."""
    kinds = (Room.Kind.PUBLIC.value, Room.Kind.PRIVATE.value)
    return [kind for kind in kinds if may_create_room(actor, kind=kind)]


def update_room(
    actor: User, *, room_id: int, name: str | None = None, topic: str | None = None, emoji: str | None = None
) -> Room:
    """Change the name, topic or emoji of a room; None leaves it unchanged. The slug stays the same.

    Raises NotFound, Forbidden, Archived, Invalid or TooLarge.
    """
    with room_transaction(room_id) as change:
        room = change.room
        policy.require_change_settings(actor, room, change.membership(actor))
        new_name = room.name if name is None else clean_name(name)
        new_topic = room.topic if topic is None else clean_topic(topic)
        new_emoji = room.emoji if emoji is None else clean_emoji(emoji)
        if (new_name, new_topic, new_emoji) != (room.name, room.topic, room.emoji):
            details = _changes_of(room, new_name, new_topic, new_emoji)
            if new_name != room.name:
                system_lines.renamed(change, actor, before=room.name, after=new_name)
            if new_topic != room.topic:
                system_lines.topic_changed(change, actor, new_topic)
            room.name, room.topic, room.emoji = new_name, new_topic, new_emoji
            change.touch_settings()
            audit.record(actor, Action.ROOM_CHANGED, target=room, details=details)
    return change.room


def archive_room(actor: User, *, room_id: int) -> Room:
    """Make a room read-only. Raises NotFound or Forbidden."""
    with room_transaction(room_id) as change:
        policy.require_administer(actor, change.room, change.membership(actor))
        if not change.room.is_archived:
            change.room.archived_at = timezone.now()
            system_lines.archived(change, actor)
            change.touch_settings()
            audit.record(actor, Action.ROOM_ARCHIVED, target=change.room)
    return change.room


def unarchive_room(actor: User, *, room_id: int) -> Room:
    """Make an archived room writable again. Raises NotFound or Forbidden."""
    with room_transaction(room_id) as change:
        policy.require_administer(actor, change.room, change.membership(actor))
        if change.room.is_archived:
            change.room.archived_at = None
            system_lines.unarchived(change, actor)
            change.touch_settings()
            audit.record(actor, Action.ROOM_UNARCHIVED, target=change.room)
    return change.room


def delete_room(actor: User, *, room_id: int) -> Room:
    """Delete an archived room and everything in it, permanently.

    Nobody can find or read it after COMMIT. Its messages are removed then, those of a large room in the background.
    Raises NotFound, Forbidden, or Conflict unless the room is archived.
    """
    with room_transaction(room_id) as change:
        policy.require_delete_room(actor, change.room, change.membership(actor))
        forget_in_log(Room, [room_id])
        audit.record(actor, Action.ROOM_DELETED, target=change.room, details={"messages": change.room.message_count})
        withdraw_all(change)
        change.delete()
        attacher().room_deleted(room_id)
    transaction.on_commit(partial(finish_deletions, seconds=DELETION_SECONDS))
    return change.room


def _changes_of(room: Room, name: str, topic: str, emoji: str) -> dict[str, object]:
    """The details to record of new settings: names only of public rooms, topics and emoji never."""
    changed = audit.changed(name=(room.name, name), topic=(room.topic, topic), emoji=(room.emoji, emoji))
    details: dict[str, object] = {"fields": sorted(changed)}
    if "name" in changed and room.kind == Room.Kind.PUBLIC:
        details["name"] = changed["name"]
    return details


def clean_name(name: str) -> str:
    """Return a room's name with normalised spaces. Raises Invalid or TooLarge with field `name`."""
    return clean_line(name, field="name", limit=NAME_CHARS, required=True)


def clean_topic(topic: str) -> str:
    """Return a room's topic with normalised spaces. May be empty. Raises Invalid or TooLarge with field `topic`."""
    return clean_line(topic, field="topic", limit=TOPIC_CHARS, required=False)


def clean_emoji(text: str) -> str:
    """Return a single emoji, or an empty string for a blank text. Raises Invalid with field `emoji`."""
    text = text[: EMOJI_CHARS + 1].strip()
    emoji = one_emoji(text) if text else ""
    if emoji is None or len(emoji) > EMOJI_CHARS:
        raise Invalid(_("This must be a single emoji."), field="emoji")
    return emoji


def _base_slug(name: str) -> str:
    return slugify(name, allow_unicode=True)[: SLUG_CHARS - 10].strip("-_") or SLUG_OF_NOTHING


def _insert_with_free_slug(actor: User, room: Room) -> Room:
    """Insert the room with the first free slug of base, base-2, base-3 …; concurrent creators get different slugs.

    Private rooms have slugs that nobody can guess or collide with. Otherwise the number in a slug would disclose a
    private room to anybody who creates a public room with the same name.
    """
    base = _base_slug(room.name)
    for _attempt in range(SLUG_ATTEMPTS):
        room.slug = _unguessable_slug(base) if room.kind == Room.Kind.PRIVATE else _free_slug(actor, base)
        try:
            with transaction.atomic():
                room.save(force_insert=True)
                return room
        except IntegrityError:
            continue
    raise Invalid(_("There are too many rooms with this name."), field="name")


def _free_slug(actor: User, base: str) -> str:
    mine = actor.memberships.filter(left_at__isnull=True, room=OuterRef("pk"))
    rows = Room.objects.filter(slug__startswith=base).annotate(is_mine=Exists(mine))
    taken = {slug: is_mine or kind == Room.Kind.PUBLIC for slug, kind, is_mine in rows.values_list(*SLUG_COLUMNS)}
    seen = RESERVED_SLUGS | {slug for slug, is_seen in taken.items() if is_seen}
    candidate, number = base, 1
    while candidate in seen:
        number += 1
        candidate = f"{base}-{number}"
    # Older private rooms have slugs without a random suffix.
    return _unguessable_slug(base) if candidate in taken else candidate


def _unguessable_slug(base: str) -> str:
    return f"{base}-{''.join(secrets.choice(SUFFIX_LETTERS) for _ in range(SUFFIX_CHARS))}"

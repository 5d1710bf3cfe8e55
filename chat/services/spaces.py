"""The space: its creation, name and epoch."""

import uuid

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from chat import policy
from chat.models import Room, Space, User
from chat.models.audit import Action
from chat.models.space import SPACE_ID, SPACE_NAME_CHARS
from chat.models.user import DISPLAY_NAME_CHARS
from chat.protocol.errors import Conflict
from chat.services import audit
from chat.services.memberships import join_room
from chat.services.rooms import create_room
from chat.services.space_settings import publish_space
from chat.services.text import clean_line
from chat.services.usernames import free_username, taken

FIRST_ROOM_SLUG = "general"


def create_space(
    *, name: str, username: str, display_name: str, password: str, email: str = "", time_zone: str = ""
) -> User:
    """Create the space, its owner (a superuser) and the public room General, and return the owner.

    If two people do this at once, one of them gets Conflict, and nothing of theirs is stored. The owner may have a
    reserved username. Raises Invalid or TooLarge for invalid names.
    """
    try:
        with transaction.atomic():
            space = Space.objects.create(pk=SPACE_ID, name=name)
            username = free_username(username, may_be_reserved=True)
            display_name = clean_line(display_name, field="display_name", limit=DISPLAY_NAME_CHARS, required=True)
            owner = User.objects.create_superuser(
                username=username, email=email, password=password, display_name=display_name, time_zone=time_zone
            )
            audit.record(owner, Action.SPACE_CREATED, target=space)
            room = create_room(owner, name=_("General"))
            Room.objects.filter(pk=room.pk).update(slug=FIRST_ROOM_SLUG)
            return owner
    except IntegrityError as error:
        if Space.objects.current() is None:
            raise taken() from error
        raise Conflict(_("Somebody else has just created this space. Sign up or sign in instead.")) from error


def rename_space(actor: User, *, name: str) -> Space:
    """Rename the space. Raises Forbidden, Invalid or TooLarge."""
    policy.require_change_space(actor)
    name = clean_line(name, field="name", limit=SPACE_NAME_CHARS, required=True)
    with transaction.atomic():
        space = Space.objects.select_for_update(no_key=True).get(pk=SPACE_ID)
        changed = audit.changed(name=(space.name, name))
        if changed:
            space.name = name
            space.save(update_fields=["name"])
            audit.record(actor, Action.SPACE_RENAMED, target=space, details=changed)
            publish_space()
    return space


def begin_epoch() -> None:
    """Start a new epoch after the database was restored: clients that connect drop what they have cached."""
    with transaction.atomic():
        Space.objects.update(epoch=uuid.uuid4())
        audit.record(None, Action.SPACE_RESTORED, target=Space.objects.get(pk=SPACE_ID))


def welcome(user: User) -> None:
    """Add a new person to the first room, if it is still public and active."""
    room = Room.objects.public().active().filter(slug=FIRST_ROOM_SLUG).first()
    if room is not None:
        join_room(user, room_id=room.pk)

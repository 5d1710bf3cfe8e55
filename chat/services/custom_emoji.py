"""The space's own emoji: adding and archiving them."""

import string

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from chat import policy
from chat.models import CustomEmoji, Space, User
from chat.models.audit import Action
from chat.models.custom_emoji import EMOJI_NAME_CHARS
from chat.models.pictures import EMOJI
from chat.models.space import SPACE_ID
from chat.protocol.errors import Conflict, Invalid, NotFound
from chat.services import audit
from chat.services.pictures import stored_picture
from chat.services.space_settings import publish_space
from chat.unicode import emoji_named

MOST_EMOJI = 500
"""Most that a space can have, archived ones included."""

NAME_LEAST_CHARS = 2
NAME_CHARACTERS = frozenset(string.ascii_lowercase + string.digits + "_-")


def add_emoji(actor: User, *, name: str, data: bytes) -> CustomEmoji:
    """Make an image an emoji of the space.

    Raises Forbidden; Invalid for a name or an image that cannot be used; TooLarge, RateLimited and Unavailable for the
    image; Conflict for one more than MOST_EMOJI.
    """
    policy.require_manage_emoji(actor)
    name = clean_emoji_name(name)
    _check_free(name)  # before the image costs anything
    with stored_picture(actor, data, folder="emoji", sizes=EMOJI, is_whole=True) as picture:
        _new_version()
        _check_free(name)
        emoji = CustomEmoji.objects.create(name=name, picture=picture, created_by=actor)
        audit.record(actor, Action.EMOJI_ADDED, target=emoji)
    return emoji


def archive_emoji(actor: User, *, emoji_id: int) -> None:
    """Offer an emoji no longer. Messages that contain it keep it. Raises Forbidden or NotFound."""
    _set_archived(actor, emoji_id, is_archived=True, action=Action.EMOJI_ARCHIVED)


def unarchive_emoji(actor: User, *, emoji_id: int) -> None:
    """Offer an archived emoji again. Raises Forbidden or NotFound."""
    _set_archived(actor, emoji_id, is_archived=False, action=Action.EMOJI_UNARCHIVED)


def clean_emoji_name(typed: str) -> str:
    """The name of an emoji as it is stored, without colons. Raises Invalid with field `name`."""
    name = typed[: EMOJI_NAME_CHARS * 2].strip().strip(":").lower()
    if not NAME_LEAST_CHARS <= len(name) <= EMOJI_NAME_CHARS or not NAME_CHARACTERS.issuperset(name):
        sentence = _("A name has 2 to %(most)d letters from a to z, digits, “_” or “-”.") % {"most": EMOJI_NAME_CHARS}
        raise Invalid(sentence, field="name")
    if emoji_named(name):
        raise Invalid(_("This is the name of a standard emoji. Choose another one."), field="name")
    return name


def _set_archived(actor: User, emoji_id: int, *, is_archived: bool, action: Action) -> None:
    policy.require_manage_emoji(actor)
    with transaction.atomic():
        emoji = CustomEmoji.objects.select_for_update().filter(pk=emoji_id).first()
        if emoji is None:
            raise NotFound
        if emoji.is_archived == is_archived:
            return
        emoji.is_archived = is_archived
        emoji.save(update_fields=["is_archived"])
        _new_version()
        audit.record(actor, action, target=emoji)


def _check_free(name: str) -> None:
    if CustomEmoji.objects.filter(name=name).exists():
        raise Invalid(_("There is an emoji of this name already. Choose another name."), field="name")
    if CustomEmoji.objects.count() >= MOST_EMOJI:
        raise Conflict(_("The space has as many emoji as it can have."))


def _new_version() -> None:
    """Count the change under the lock of the space, so that one emoji is added after the other, and publish it."""
    Space.objects.filter(pk=SPACE_ID).update(emoji_version=F("emoji_version") + 1)
    publish_space()

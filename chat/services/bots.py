"""Bots: accounts that sign in only with tokens, and for which a person answers."""

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from chat import policy
from chat.models import User
from chat.models.audit import Action
from chat.models.user import DESCRIPTION_CHARS, DISPLAY_NAME_CHARS
from chat.protocol.errors import Conflict, NotFound
from chat.services import audit, quotas
from chat.services.erasure import OwnMessages, erase
from chat.services.people import publish_to_rooms
from chat.services.pictures import remove_picture, set_picture
from chat.services.text import clean_line
from chat.services.usernames import free_username, taken

BOTS = 10
"""Most bots for which one person answers."""


@transaction.atomic
def create_bot(owner: User, *, username: str, display_name: str, description: str = "") -> User:
    """Create a bot for which the owner answers. It is in no room, and has no token yet.

    Raises Forbidden, RateLimited, Invalid, TooLarge, or Conflict for a username that is taken and for too many bots.
    """
    policy.require_create_bots(owner)
    User.objects.locked().get(pk=owner.pk)
    if User.objects.bots_of(owner).count() >= BOTS:
        raise Conflict(_("You answer for as many bots as one person may. Delete one that nobody needs."))
    quotas.NEW_BOTS.take(owner)
    username = free_username(username)
    name = clean_line(display_name, field="display_name", limit=DISPLAY_NAME_CHARS, required=False)
    about = clean_line(description, field="description", limit=DESCRIPTION_CHARS, required=False)
    try:
        with transaction.atomic():
            bot = User.objects.create_user(
                username, password=None, display_name=name, is_bot=True, owner=owner, description=about
            )
    except IntegrityError as error:
        raise taken() from error
    audit.record(owner, Action.PERSON_CREATED, target=bot, details={"is_bot": True})
    return bot


@transaction.atomic
def update_bot(actor: User, *, bot_id: int, display_name: str, description: str) -> User:
    """Change what a bot is called, and what its owner says of it. Raises NotFound, Invalid, TooLarge or RateLimited."""
    bot = own_bot(actor, bot_id)
    name = clean_line(display_name, field="display_name", limit=DISPLAY_NAME_CHARS, required=False)
    is_new_name = name != bot.display_name
    if is_new_name:
        quotas.NEW_NAMES.take(actor)
    bot.description = clean_line(description, field="description", limit=DESCRIPTION_CHARS, required=False)
    bot.save(update_fields=[*bot.rename(display_name=name), "description"])
    if is_new_name:
        publish_to_rooms(bot)
    return bot


def set_bot_picture(actor: User, *, bot_id: int, data: bytes) -> None:
    """Make an image the picture of a bot. Raises NotFound, and what `set_picture` raises."""
    set_picture(own_bot(actor, bot_id), data=data)


def remove_bot_picture(actor: User, *, bot_id: int) -> None:
    """Remove the picture of a bot, if it has one. Raises NotFound."""
    remove_picture(own_bot(actor, bot_id))


def delete_bot(actor: User, *, bot_id: int) -> None:
    """Erase a bot, whose tokens end at once. Its messages stay. Raises NotFound."""
    erase(actor, user_id=own_bot(actor, bot_id).pk, own_messages=OwnMessages.KEEP)


def own_bot(actor: User, bot_id: int) -> User:
    """A bot that the actor may change. Raises NotFound."""
    bot: User | None = User.objects.filter(pk=bot_id, is_bot=True, erased_at=None).first()
    if bot is None:
        raise NotFound
    policy.require_own_bot(actor, bot)
    return bot

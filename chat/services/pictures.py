"""The pictures of people, of the space and of its emoji: made from an uploaded image, stored, replaced and removed."""

import hashlib
import secrets
from collections.abc import Iterator
from contextlib import contextmanager

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import transaction
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from chat import policy
from chat.media.squares import ImageRefusedError, Squares, make_squares
from chat.models import Space, User
from chat.models.audit import Action
from chat.models.pictures import PORTRAIT, Sizes, large_name
from chat.models.space import SPACE_ID
from chat.protocol.errors import ChatError, Invalid, NotFound, TooLarge, Unavailable
from chat.services import audit, quotas
from chat.services.people import publish_to_rooms
from chat.services.space_settings import publish_space

FIELD = "image"
HASH_CHARS, RANDOM_BYTES = 16, 12

REFUSALS: dict[str, tuple[type[ChatError], str | Promise]] = {
    "empty": (Invalid, _("Choose a picture first.")),
    "bytes": (TooLarge, _("This file is too large: a picture has at most 5 MB.")),
    "pixels": (TooLarge, _("This picture is too large: it has at most 25 megapixels.")),
    "kind": (Invalid, _("This is not a picture of a kind that can be used: choose a JPEG, PNG, WebP or GIF file.")),
    "animated": (Invalid, _("This picture is animated: choose one that is not.")),
    "broken": (Invalid, _("This picture can't be read: the file is damaged or incomplete.")),
    "busy": (Unavailable, Unavailable.sentence),
}
"""The error for each reason for which an image is refused."""


def set_picture(user: User, *, data: bytes) -> None:
    """Make an image the picture of a person. Everybody in their rooms sees it at once.

    Raises RateLimited, Unavailable, and Invalid or TooLarge for an image that is not accepted.
    """
    with stored_picture(user, data, folder="avatars") as name:
        _replace_avatar(user.pk, name)


def remove_picture(user: User) -> None:
    """Remove a person's own picture, if they have one."""
    with transaction.atomic():
        _replace_avatar(user.pk, "")


def remove_picture_of(actor: User, *, user_id: int) -> None:
    """Remove the picture of a person whom the actor looks after. Raises Forbidden or NotFound."""
    with transaction.atomic():
        person = User.objects.filter(pk=user_id).first()
        if person is None:
            raise NotFound
        policy.require_look_after(actor, person)
        if _replace_avatar(user_id, ""):
            audit.record(actor, Action.PERSON_PICTURE, target=person)


def set_space_picture(actor: User, *, data: bytes) -> None:
    """Make an image the picture of the space. Raises Forbidden, RateLimited, Unavailable, Invalid or TooLarge."""
    policy.require_change_space(actor)
    with stored_picture(actor, data, folder="space") as name:
        _replace_space_picture(name)
        audit.record(actor, Action.SPACE_PICTURE, target=Space.objects.get(pk=SPACE_ID))


def remove_space_picture(actor: User) -> None:
    """Remove the picture of the space, if it has one. Raises Forbidden."""
    policy.require_change_space(actor)
    with transaction.atomic():
        if _replace_space_picture(""):
            audit.record(actor, Action.SPACE_PICTURE, target=Space.objects.get(pk=SPACE_ID))


@contextmanager
def stored_picture(
    actor: User, data: bytes, *, folder: str, sizes: Sizes = PORTRAIT, is_whole: bool = False
) -> Iterator[str]:
    """Store the pictures made of an image, and open a transaction. If it fails, delete them again.

    Yields the name of the small one. Raises what `set_picture` does.
    """
    quotas.NEW_PICTURES.take(actor)
    try:
        squares = make_squares(data, large=sizes.large, small=sizes.small, is_whole=is_whole)
    except ImageRefusedError as refused:
        raise refusal(refused.reason) from refused
    name = _save(squares, folder, sizes)
    committed: list[str] = []
    try:
        with transaction.atomic():
            transaction.on_commit(lambda: committed.append(name))
            yield name
    except BaseException:
        if not committed:  # what fails after COMMIT leaves the picture in place
            delete_picture(name)
        raise


def refusal(reason: str) -> ChatError:
    """The error for a reason for which an image is refused."""
    error, sentence = REFUSALS.get(reason, REFUSALS["broken"])
    return error(sentence, field=FIELD)


def _save(squares: Squares, folder: str, sizes: Sizes) -> str:
    """Write both sizes under a name that nobody can guess, and return that of the small one."""
    digest = hashlib.blake2b(squares.large).hexdigest()[:HASH_CHARS]
    base = f"{folder}/{digest}{secrets.token_hex(RANDOM_BYTES)}"
    default_storage.save(base + sizes.large_ending, ContentFile(squares.large))
    return default_storage.save(base + sizes.small_ending, ContentFile(squares.small))


def _replace_avatar(user_id: int, name: str) -> bool:
    """Store the name of a person's new picture, publish it, and delete the former one after COMMIT."""
    person = User.objects.locked().get(pk=user_id)
    former = person.avatar.name
    if former == name:
        return False
    person.avatar = name
    person.save(update_fields=["avatar"])
    publish_to_rooms(person)
    transaction.on_commit(lambda: delete_picture(former), robust=True)
    return True


def _replace_space_picture(name: str) -> bool:
    space = Space.objects.select_for_update(no_key=True).get(pk=SPACE_ID)
    former = space.picture.name
    if former == name:
        return False
    space.picture = name
    space.save(update_fields=["picture"])
    publish_space()
    transaction.on_commit(lambda: delete_picture(former), robust=True)
    return True


def delete_picture(small: str | None) -> None:
    """Delete both sizes of a picture, if there is one."""
    if small:
        default_storage.delete(small)
        default_storage.delete(large_name(small))

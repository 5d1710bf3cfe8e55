"""Uploads: begun with a length, continued part by part, and examined when they are complete."""

import uuid
from collections.abc import Collection, Sequence
from datetime import timedelta
from functools import partial

from django.db import transaction
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from chat import policy
from chat.models import User
from chat.protocol.errors import Conflict, Invalid, NotFound, TooLarge
from chat.queries.rooms import membership_of
from chat.queries.space import value_of
from chat.queries.token_rooms import require_room_within
from chat.services.due import add_due
from chat.store.lock_timeout import limited_transaction
from files import limits, parts
from files.models import Attachment
from files.names import clean_name
from files.services import finishing
from files.services.removal import EXPIRE, remove_now

State = Attachment.State
Text = str | Promise
Rooms = Collection[int] | None
"""The rooms to which a token is limited; None if it is not."""

EMPTY = _("This file is empty.")
TOO_MANY = _("You have many files that you have not sent yet. Send or remove some of them first.")
YOUR_SPACE_FULL = _("You have used up your space for files. Delete messages whose files are no longer needed.")
ALL_SPACE_FULL = _("There is no space left for files here. Ask an administrator to make room.")
BEYOND_THE_END = _("This part goes beyond the announced length of the file.")
REASONS: dict[str, Text] = {
    "": _("This file can't be used."),
    "lost": _("The server has lost this file. Upload it again."),
    "pixels": _("This picture has too many pixels. Send a smaller one."),
}
COMPLETE = _("This file is already complete.")


def begin_upload(author: User, *, room_id: int | None, name: str, size: int) -> Attachment:
    """Begin the upload of a file for a room, or of a thread for its room; without a room, for a direct conversation.

    Raises NotFound, Forbidden, Archived, Muted, Invalid, TooLarge, Conflict if there is too much of the person's
    already, RateLimited, or DiskFullError.
    """
    if size <= 0:
        raise Invalid(EMPTY, field="size")
    require_size(size)
    target = None if room_id is None else _room_for(author, room_id)
    limits.UPLOADS.take(author)
    file = Attachment(author=author, room_id=target, name=clean_name(name), size=size)
    with limited_transaction():
        User.objects.locked().get(pk=author.pk)  # so that two uploads do not both take what is left
        require_allowance(author, size)
        file.save(force_insert=True)
        add_due(EXPIRE, {"file": str(file.pk)}, due_at=timezone.now() + timedelta(hours=limits.KEPT_HOURS))
        parts.create(file.pk, size)
    return file


def require_size(size: int) -> None:
    """Raise TooLarge for a file that is larger than files may be."""
    most = value_of(limits.FILE_MEGABYTES)
    if size > most * limits.MEGABYTE:
        raise TooLarge(_("This file is too large: at most %(limit)d MB.") % {"limit": most}, field="size")


def require_allowance(author: User, size: int) -> None:
    """Raise Conflict if the person has too many files that are not sent, or no space is left for them or for all."""
    if Attachment.objects.unsent_of(author).count() >= limits.UNFINISHED_PER_PERSON:
        raise Conflict(TOO_MANY)
    own, all_files = value_of(limits.PERSON_FILES_MEGABYTES), value_of(limits.SPACE_FILES_MEGABYTES)
    if own and Attachment.objects.filter(author=author).total_bytes() + size > own * limits.MEGABYTE:
        raise Conflict(YOUR_SPACE_FULL)
    if all_files and Attachment.objects.total_bytes() + size > all_files * limits.MEGABYTE:
        raise Conflict(ALL_SPACE_FULL)


def _room_for(author: User, room_id: int) -> int:
    """The room to which files belong that somebody may post there: of a thread its parent."""
    membership = membership_of(author, room_id)
    policy.require_post(author, membership.room, membership)
    return membership.room.members_room_id


def own_upload(author: User, *, file: uuid.UUID, within: Rooms = None) -> Attachment:
    """A person's own file that is not sent yet. Raises NotFound, also if they act by a token for other rooms."""
    found = Attachment.objects.unsent_of(author).filter(pk=file).first() if author.is_active else None
    if found is None:
        raise NotFound
    require_within(found.room_id, within)
    return found


def require_within(room_id: int | None, rooms: Rooms) -> None:
    """Raise NotFound for a file that is not of the rooms to which a token is limited."""
    if rooms is not None:
        if room_id is None:
            raise NotFound
        require_room_within(room_id, rooms)


def upload_state(author: User, *, file: uuid.UUID, within: Rooms = None) -> Attachment:
    """A person's own file that is not sent yet. One that a dead process was finishing is finished here.

    Raises NotFound.
    """
    found = own_upload(author, file=file, within=within)
    if found.waits_to_be_finished:
        finishing.soon(found)
    return found


def append_part(author: User, *, file: uuid.UUID, offset: int, pieces: Sequence[bytes], within: Rooms = None) -> int:
    """Add a part to an upload, and return the new offset once it is durable. The last part has it examined.

    Raises NotFound, WrongOffsetError, Conflict, Invalid for more than the announced length, or DiskFullError.
    """
    upload = own_upload(author, file=file, within=within)
    if upload.state != State.UPLOADING:
        raise parts.WrongOffsetError(upload.size) if offset != upload.size else Conflict(COMPLETE)
    if offset + sum(map(len, pieces)) > upload.size:
        raise Invalid(BEYOND_THE_END, field="size")
    reached = parts.append(file, pieces, offset=offset)
    if reached == upload.size:
        complete(upload)
    return reached


def complete(upload: Attachment) -> None:
    """Have a file examined of which all parts have arrived: at once, and again by a due thing if that fails."""
    with transaction.atomic():
        if Attachment.objects.filter(pk=upload.pk, state=State.UPLOADING).update(state=State.PROCESSING):
            at = timezone.now() + finishing.AGAIN_AFTER
            add_due(finishing.FINISH, {"file": str(upload.pk)}, key=uuid.uuid5(upload.pk, finishing.FINISH), due_at=at)
            transaction.on_commit(partial(finishing.soon, upload))


def reason_of(upload: Attachment) -> Text:
    """Why a file was refused, for people."""
    return REASONS.get(upload.error, REASONS[""])


def offset_of(upload: Attachment) -> int:
    """Where an upload continues. One whose last part arrived before a crash is completed by this question."""
    if upload.state != State.UPLOADING:
        return upload.size
    reached = parts.offset_of(upload.pk)
    if reached == upload.size:
        complete(upload)
    return reached


def cancel_upload(author: User, *, file: uuid.UUID, within: Rooms = None) -> None:
    """Remove a file that is not sent yet. Raises NotFound; Conflict if it waits with a message."""
    own_upload(author, file=file, within=within)
    remove_now(file)

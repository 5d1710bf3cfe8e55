"""Files of messages: attached in the transaction that sends a message, removed in the one that deletes it."""

from collections.abc import Iterator
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from chat.models import Message, Room, User
from chat.protocol.errors import Invalid
from chat.queries.space import held_value_of
from chat.services.attaching import Attacher, WaitingFile
from chat.services.attaching import Files as Ids
from chat.services.due import add_due
from files import addresses
from files.limits import FILE_MEGABYTES, MEGABYTE
from files.models import Attachment
from files.models.attachment import AttachmentQuerySet
from files.queries import archive
from files.services.removal import REMOVE_OF_PERSON, REMOVE_OF_ROOM, remove

NOT_READY = _("One of these files can't be sent: it is not there any more, or not ready yet.")
ANOTHER_ROOM = _("One of these files was uploaded for another room.")
TWICE = _("A file can be sent only once with a message.")


class Files(Attacher):
    """Files that were uploaded by the author for the room of their message."""

    def file_bytes(self) -> int:
        return held_value_of(FILE_MEGABYTES) * MEGABYTE

    def take(self, author: User, room_id: int, files: Ids) -> list[dict[str, Any]]:
        if len(set(files)) < len(files):
            raise Invalid(TWICE, field="files")
        room = _locked(room_id)
        found = {file.pk: file for file in _sendable(author, files)}
        if len(found) < len(files):
            raise Invalid(NOT_READY, field="files")
        if room is not None and not all(_is_for(file, room) for file in found.values()):
            raise Invalid(ANOTHER_ROOM, field="files")
        return [found[file].shape() for file in files]

    def attach(self, message: Message, files: Ids) -> None:
        room_id = Room.objects.filter(pk=message.room_id).values_list("parent_id", flat=True).get() or message.room_id
        for place, file in enumerate(files):
            Attachment.objects.filter(pk=file).update(message=message, room=room_id, place=place)

    def detach(self, message: Message) -> None:
        remove(Attachment.objects.filter(message=message))

    def names(self, author: User, files: Ids) -> list[str]:
        return list(Attachment.objects.unsent_of(author).filter(pk__in=files).values_list("name", flat=True))

    def waiting(self, author_id: int, files: Ids) -> list[WaitingFile]:
        found = Attachment.objects.filter(author=author_id, message=None).in_bulk(list(files))
        return [_waiting(found[file]) for file in files if file in found]

    def discard(self, author: User, files: Ids) -> None:
        remove(Attachment.objects.unsent_of(author).filter(pk__in=files))

    def room_deleted(self, room_id: int) -> None:
        add_due(REMOVE_OF_ROOM, {"room": room_id})

    def person_erased(self, user: User) -> None:
        add_due(REMOVE_OF_PERSON, {"user": user.pk})

    def archive_of(self, user: User) -> Iterator[dict[str, Any]]:
        return archive.rows_of(user)

    def contents_of(self, user: User) -> Iterator[tuple[str, Iterator[bytes]]]:
        return archive.contents_of(user)


def _waiting(file: Attachment) -> WaitingFile:
    return WaitingFile(
        name=file.name,
        kind=file.get_kind_display(),
        size=file.size,
        address=addresses.of_file(file),
        picture=addresses.of_picture(file),
    )


def _locked(room_id: int) -> Room | None:
    """The room under its lock, and that of its parent, which are taken before those of files."""
    thread_of = Room.objects.filter(pk=room_id).values("parent")
    rooms = {room.pk: room for room in Room.objects.locked().filter(Q(pk=room_id) | Q(pk__in=thread_of))}
    return rooms.get(room_id)


def _sendable(author: User, files: Ids) -> AttachmentQuerySet:
    """Files that the author may send, under their locks, which everybody takes in one order."""
    return Attachment.objects.sendable_by(author, files).select_for_update().order_by("pk")


def _is_for(file: Attachment, room: Room) -> bool:
    """Whether a file was uploaded for this room; without one, for a direct conversation that had none yet."""
    if file.room_id is None:
        return bool(room.kind == Room.Kind.DIRECT)
    return bool(file.room_id == room.members_room_id)

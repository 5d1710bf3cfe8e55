"""What is found out about a file only after it is ready, and perhaps sent, such as a picture of a video."""

import uuid
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from django.core.files import File

from chat.models import Message
from chat.models.message import ATTACHMENTS
from chat.protocol.errors import NotFound
from chat.services.changes import room_transaction
from chat.services.messages import room_of
from chat.services.thread_copies import copy_of
from chat.store.lock_timeout import limited_transaction
from files.models import Attachment
from files.storage import Variant, storage, stored_name


def add_picture(file: uuid.UUID, *, variant: Variant, path: Path) -> None:
    """Store a picture that was made of a file, and let its message show it. Doing it again is harmless."""
    if not Attachment.objects.filter(pk=file).exists():
        return
    storage().delete(stored_name(file, variant))
    with path.open("rb") as opened:
        storage().save(stored_name(file, variant), File(opened))
    if not add_facts(file, {variant.value: True}):
        storage().delete(stored_name(file, variant))


def add_facts(file: uuid.UUID, facts: Mapping[str, Any]) -> bool:
    """Add to what is shown of a file, also in the message that carries it. False if the file was removed."""
    while True:
        found = Attachment.objects.filter(pk=file).first()
        if found is None:
            return False
        if found.message_id is not None:
            return _add_to_sent(file, found.message_id, facts)
        with limited_transaction():
            unsent = Attachment.objects.select_for_update().filter(pk=file, message=None).first()
            if unsent is not None:
                _add(unsent, facts)
                return True


def _add_to_sent(file: uuid.UUID, message_id: int, facts: Mapping[str, Any]) -> bool:
    try:
        with room_transaction(room_of(message_id), or_thread=True) as change:
            sent = Attachment.objects.select_for_update().filter(pk=file, message=message_id).first()
            if sent is None:
                return False
            _add(sent, facts)
            message = Message.objects.get(pk=message_id)
            _show(message, sent)
            change.save_extras(message)
    except NotFound:  # its room is being deleted
        return False
    if copy_id := copy_of(message_id):
        _show_in_copy(copy_id, sent)
    return True


def _show_in_copy(copy_id: int, file: Attachment) -> None:
    with room_transaction(room_of(copy_id)) as change:
        copy = Message.objects.get(pk=copy_id)
        if not copy.is_deleted:
            _show(copy, file)
            change.save_extras(copy)


def _add(file: Attachment, facts: Mapping[str, Any]) -> None:
    file.facts = {**file.facts, **facts}
    file.save(update_fields=["facts"])


def _show(message: Message, file: Attachment) -> None:
    shown = [file.shape() if one["id"] == str(file.pk) else one for one in message.extras.get(ATTACHMENTS, ())]
    message.extras = {**message.extras, ATTACHMENTS: shown}

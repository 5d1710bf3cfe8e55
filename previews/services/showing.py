"""Lets messages show the previews of their links."""

from chat.models import Message
from chat.models.message import PREVIEWS
from chat.protocol.errors import NotFound
from chat.services.changes import RoomChange, room_transaction
from chat.services.messages import room_of
from previews.deriver import remove_links_of, show
from previews.links import links_of
from previews.models import MessagePreview


def show_previews(message_id: int) -> bool:
    """Make the previews of a message equal to what was read. False if the message is gone."""
    try:
        with room_transaction(room_of(message_id), or_thread=True) as change:
            message = Message.objects.get(pk=message_id)
            if message.is_deleted:
                remove_links_of([message.pk])
                return False
            show_what_was_read(change, message)
    except NotFound:
        return False
    return True


def show_what_was_read(change: RoomChange, message: Message) -> None:
    """Make the previews of a message of a locked room equal to what was read, in the order of its links."""
    pages = {link.url: link.page for link in MessagePreview.objects.shown(message.pk) if link.page}
    previews = [pages[url].shape(url) for url in links_of(message) if url in pages]
    if previews != message.extras.get(PREVIEWS, []):
        show(message, previews)
        change.save_extras(message)

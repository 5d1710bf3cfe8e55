"""Removing a preview from a message, for good."""

from django.utils.translation import gettext_lazy as _

from chat import policy
from chat.models import Message, User
from chat.protocol.errors import Conflict
from chat.services.changes import room_transaction
from chat.services.messages import room_of
from previews.deriver import forget
from previews.links import links_of
from previews.models import MessagePreview, digest_of
from previews.services.showing import show_what_was_read


def remove_preview(actor: User, *, message_id: int, url: str) -> Message:
    """Remove the preview of a link from a message, also one that is not there yet. Repeating it changes nothing.

    Raises NotFound, Forbidden, Archived, or Conflict for a deleted message.
    """
    with room_transaction(room_of(message_id), or_thread=True) as change:
        message = Message.objects.get(pk=message_id)
        policy.require_remove_preview(actor, change.room, change.membership(actor), message)
        if message.is_deleted:
            raise Conflict(_("This message was deleted."))
        if url in links_of(message):
            MessagePreview.objects.add([MessagePreview(message=message, digest=digest_of(url), url=url)])
        link = MessagePreview.objects.filter(message=message, digest=digest_of(url), is_removed=False).first()
        if link is not None:
            page_id = link.page_id
            link.url, link.page, link.is_removed = "", None, True
            link.save(update_fields=["url", "page", "is_removed"])
            show_what_was_read(change, message)
            forget({page_id} if page_id else set())
    return message

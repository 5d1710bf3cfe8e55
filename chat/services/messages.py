"""Sending, editing and deleting messages."""

import uuid
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import datetime

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from chat import policy
from chat.models import Message, User
from chat.models.audit import Action
from chat.models.message import ATTACHMENTS, THREAD
from chat.models.poll import POLL
from chat.models.reaction import REACTIONS
from chat.protocol.errors import Conflict, NotFound
from chat.services import audit
from chat.services.attaching import attacher
from chat.services.changes import RoomChange, room_transaction
from chat.services.group_commit import draft
from chat.services.held_messages import screen_or_hold
from chat.services.markup import render
from chat.services.newcomers import check_links
from chat.services.posting import post_drafts
from chat.services.quotes import QUOTES_AT_ONCE, latest_replies, quote_anew, replies_after
from chat.services.room_pins import drop_pin
from chat.services.room_polls import forget_poll
from chat.services.text import clean_body
from chat.services.thread_copies import copy_of
from chat.services.versions import forget_texts, keep_text
from chat.services.word_filter import check_words


def send_message(
    author: User,
    *,
    room_id: int,
    key: uuid.UUID,
    body: str,
    reply_to: int | None = None,
    files: Sequence[uuid.UUID] = (),
    at: datetime | None = None,
    is_looked_at: bool = False,
) -> Message:
    """Post a message, sent now or `at` another time, and return it. With files, its text may be empty.

    Reusing a key returns the message that the author has already stored with it in this room; in another room it is a
    Conflict. Raises NotFound, Forbidden, Archived, Muted, TooSoon, Invalid or TooLarge; Held if an administrator must
    look at it first, unless one has.
    """
    new = draft(author_id=author.pk, room_id=room_id, key=key, body=body, reply_to=reply_to, may_be_empty=bool(files))
    if files and (known := Message.objects.filter(author=author, room=room_id, key=key).first()):
        return known  # which carries them
    if not is_looked_at:
        screen_or_hold(author, new, files=files)
    return post_drafts(author, [new], files=files, at=at)[0]


def edit_message(actor: User, *, message_id: int, body: str, at: datetime | None = None) -> Message:
    """Replace the text of a message, now or `at` another time. An equal text changes nothing.

    Raises NotFound, Forbidden, Archived, Conflict, Invalid or TooLarge.
    """
    text = clean_body(body, may_be_empty=True)
    html = render(text)  # before the room is locked, because it may be slow
    check_links(actor, html)
    check_words(actor, text, html=html, may_wait=False)
    with room_transaction(room_of(message_id), or_thread=True) as change:
        message = Message.objects.get(pk=message_id)
        policy.require_edit(actor, change.room, change.membership(actor), message)
        if message.is_deleted:
            raise Conflict(_("This message was deleted."))
        if POLL in message.extras:
            raise Conflict(_("A poll can't be changed once it is sent."))
        clean_body(text, may_be_empty=ATTACHMENTS in message.extras)
        if message.body != text:
            keep_text(message)
            message.body, message.html = text, html
            message.edited_at = at or timezone.now()
            change.save_message(message)
            quote_anew(change, message, latest_replies(message))
    return message


def delete_message(actor: User, *, message_id: int) -> Message:
    """Delete a message; a tombstone remains. Raises NotFound, Forbidden or Archived.

    The quotes in replies to it are deleted first, some per transaction, the last ones together with the message: if the
    process dies in between, the message still exists, and deleting it again continues.
    So is the copy, in the room, of a reply in a thread.
    """

    def check(change: RoomChange, message: Message) -> None:
        policy.require_delete(actor, change.room, change.membership(actor), message)

    return _delete_in_steps(actor, message_id, check)


def erase_message(author: User, *, message_id: int) -> None:
    """Delete a message of an erased account, wherever it is. A room that is deleted itself is left alone."""
    with suppress(NotFound):
        _delete_in_steps(author, message_id, lambda change, message: None)


def _delete_in_steps(actor: User, message_id: int, check: Callable[[RoomChange, Message], None]) -> Message:
    place = Message.objects.filter(pk=message_id).values_list("room_id", "room__parent_id").first()
    if place is None:
        raise NotFound
    (room_id, parent_id), last = place, 0
    if parent_id is not None and (copy := copy_of(message_id)):
        _delete_in_steps(actor, copy, check)
    while True:
        with room_transaction(room_id, or_thread=True) as change:
            message = Message.objects.get(pk=message_id)
            check(change, message)
            if message.is_deleted:
                return message
            message.deleted_at = timezone.now()
            replies = replies_after(message, last)
            if len(replies) <= QUOTES_AT_ONCE:
                _delete(change, actor, message)
                quote_anew(change, message, replies)
                return message
            quote_anew(change, message, replies[:QUOTES_AT_ONCE])
            last = replies[QUOTES_AT_ONCE - 1].pk


def _delete(change: RoomChange, actor: User, message: Message) -> None:
    if REACTIONS in message.extras:
        message.reactions.all().delete()
    forget_poll(message)
    if ATTACHMENTS in message.extras:
        attacher().detach(message)
    forget_texts(message)
    drop_pin(change, message)
    message.body = message.html = ""
    message.extras = {name: value for name, value in message.extras.items() if name == THREAD}
    change.save_message(message)
    if message.author_id != actor.pk:
        details = audit.author_of(message)
        audit.record(actor, Action.MESSAGE_DELETED, target=message, room=change.room, details=details)


def room_of(message_id: int) -> int:
    """The id of the room of a message. Raises NotFound."""
    room_id = Message.objects.filter(pk=message_id).values_list("room_id", flat=True).first()
    if room_id is None:
        raise NotFound
    return room_id

"""Looking at messages before they are posted, and keeping those that wait for a decision."""

import uuid
from collections.abc import Sequence

from django.utils.translation import gettext_lazy as _

from chat import policy
from chat.models import HeldMessage, Message, User
from chat.protocol.errors import Conflict, Held
from chat.queries.rooms import membership_of
from chat.services.attaching import attacher
from chat.services.newcomers import check_links
from chat.services.word_filter import check_words
from chat.store.lock_timeout import limited_transaction

HELD_PER_PERSON = 20
"""Most messages of one person that wait for a decision."""


def screen(author: User, draft: Message, *, files: Sequence[uuid.UUID] = (), on_loop: bool = False) -> None:
    """Check the text of a draft, and the names of its files, by the rules of the space for new people and words.

    Raises Forbidden, or Held for a message that is to be kept with `hold`. With `on_loop`, never queries the database,
    and there are no files.
    """
    check_links(author, draft.html, on_loop=on_loop)
    check_words(author, with_names(draft.body, files, author=author), html=draft.html, on_loop=on_loop)


def with_names(body: str, files: Sequence[uuid.UUID], *, author: User) -> str:
    """A text with the names of the files that are to be sent with it, a line each."""
    return "\n".join((body, *attacher().names(author, files))) if files else body


def hold(
    author: User,
    draft: Message,
    *,
    thread: Message | None = None,
    also_in_room: bool = False,
    files: Sequence[uuid.UUID] = (),
) -> None:
    """Keep a draft until an administrator posts or declines it. Holding a key again changes nothing.

    With `thread`, it is a reply in the thread of this message of its room. Raises NotFound, Forbidden, Archived or
    Muted if the author may not post, and Conflict if too much of theirs waits.
    """
    membership = membership_of(author, draft.room_id)
    policy.require_post(author, membership.room, membership)
    answered = (
        Message.objects.filter(room__parent_message=thread) if thread else Message.objects.filter(room=draft.room_id)
    )
    reply_to = None if draft.reply_to_id is None else answered.filter(pk=draft.reply_to_id).first()
    with limited_transaction():
        User.objects.locked().get(pk=author.pk)  # so that no more are held at the same time
        held = HeldMessage.objects.filter(author=author)
        if held.filter(key=draft.key).exists():
            return
        if held.count() >= HELD_PER_PERSON:
            raise Conflict(_("Too many of your messages wait until somebody has looked at them."))
        if files:
            attacher().take(author, draft.room_id, files)  # of which nothing is stored, only checked
        HeldMessage.objects.create(
            author=author,
            key=draft.key,
            room=membership.room,
            body=draft.body,
            reply_to=reply_to,
            thread=thread,
            also_in_room=also_in_room,
            files=[str(file) for file in files],
        )


def screen_or_hold(author: User, draft: Message, *, files: Sequence[uuid.UUID] = ()) -> None:
    """`screen`; a message that is held is kept before Held is raised."""
    try:
        screen(author, draft, files=files)
    except Held:
        hold(author, draft, files=files)
        raise

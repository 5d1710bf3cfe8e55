"""The deriver of previews: which links of messages get one follows from changes of their texts."""

import uuid
from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import timedelta

from django.utils import timezone

from chat.derive.deriver import Change, Deriver, Watch
from chat.models import Message, Room
from chat.models.message import PREVIEWS
from chat.protocol.errors import NotFound
from chat.services.changes import room_transaction
from chat.services.due import add_due
from previews import switch
from previews.links import links_of
from previews.models import MessagePreview, PreviewedPage, digest_of

FETCH = "fetch_previews"
REMOVE_IMAGES = "remove_preview_images"
"""The kinds of due things."""

KEYS = uuid.UUID("0f2b7a0e-6a0f-4a52-8a27-0f6a4f0d1c55")
"""The namespace of the keys of due things that read pages."""

RECENT = timedelta(days=1)
"""Links of older texts get no preview any more: they come from a rewind, or from a time without previews."""

Links = Mapping[int, Sequence[str]]
"""The links of messages, by their ids."""


class Previews(Deriver):
    """Adds the links of new texts, lets their pages be read, and removes those that are not in the text any more."""

    name = "previews"
    watches = Watch.NEW | Watch.TEXT

    def must_last(self, room: Room, messages: Sequence[Message]) -> bool:
        return any(PREVIEWS in message.extras for message in messages)

    def apply(self, room: Room, changes: Sequence[Change]) -> None:
        links = {change.message.pk: links_of(change.message) for change in changes}
        concerned = [change.message for change in changes if links[change.message.pk] or change.kind is Watch.TEXT]
        if not concerned:
            return
        _hide(room, [message for message in concerned if PREVIEWS in message.extras], links)
        _remove(concerned, links)
        if switch.is_on():
            _add([message for message in concerned if _is_recent(message)], links)


def _is_recent(message: Message) -> bool:
    return (message.edited_at or message.created_at) > timezone.now() - RECENT


def _hide(room: Room, messages: Sequence[Message], links: Links) -> None:
    """Remove from messages the previews of links that they do not contain any more."""
    stale = [message.pk for message in messages if _is_stale(message, links[message.pk])]
    if not stale:
        return
    with suppress(NotFound), room_transaction(room.pk, or_thread=True) as change:
        for message in Message.objects.filter(pk__in=stale).order_by("position"):
            kept = [shown for shown in message.extras.get(PREVIEWS, ()) if shown["url"] in links_of(message)]
            if kept != message.extras.get(PREVIEWS, []):
                show(message, kept)
                change.save_extras(message)


def _is_stale(message: Message, links: Sequence[str]) -> bool:
    return any(shown["url"] not in links for shown in message.extras[PREVIEWS])


def show(message: Message, previews: Sequence[Mapping[str, object]]) -> None:
    """Let a message show previews. Does not save it."""
    others = {name: value for name, value in message.extras.items() if name != PREVIEWS}
    message.extras = {**others, PREVIEWS: list(previews)} if previews else others


def _remove(messages: Sequence[Message], links: Links) -> None:
    """Remove links that are not in the texts any more; of deleted messages also those that somebody has removed."""
    deleted = {message.pk for message in messages if message.is_deleted}
    gone = []
    for row in MessagePreview.objects.filter(message__in=[message.pk for message in messages]):
        is_kept = row.is_removed or row.digest in {digest_of(url) for url in links[row.message_id]}
        if row.message_id in deleted or not is_kept:
            gone.append(row)
    remove_links(gone)


def remove_links_of(message_ids: Sequence[int]) -> None:
    """Remove the links of messages that are being removed from the database."""
    remove_links(MessagePreview.objects.filter(message__in=message_ids))


def remove_links(links: Iterable[MessagePreview]) -> None:
    """Remove links, with what was read of their pages if nothing else shows it."""
    found = list(links)
    if found:
        MessagePreview.objects.filter(pk__in=[link.pk for link in found]).delete()
        forget({link.page_id for link in found if link.page_id})


def forget(ids: Collection[uuid.UUID]) -> None:
    """Delete those of these pages that no message shows any more, with their images."""
    unused = PreviewedPage.objects.unused(ids) if ids else []
    images = [str(page.pk) for page in unused if page.width]
    PreviewedPage.objects.filter(pk__in=[page.pk for page in unused]).delete()
    if images:
        add_due(REMOVE_IMAGES, {"images": images})


def _add(messages: Sequence[Message], links: Links) -> None:
    """Add what is not there yet, and let the pages be read."""
    rows = [
        MessagePreview(message_id=message.pk, digest=digest_of(url), url=url)
        for message in messages
        for url in links[message.pk]
    ]
    if not rows:
        return
    MessagePreview.objects.add(rows)
    for message in messages:
        if links[message.pk]:
            revision = message.text_revision or message.revision
            add_due(FETCH, {"message": message.pk}, key=uuid.uuid5(KEYS, f"{message.pk} {revision}"))

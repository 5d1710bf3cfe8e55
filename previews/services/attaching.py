"""Attaches what was read of a page to a link of a message."""

import uuid
from datetime import timedelta

from django.utils import timezone

from chat.services.due import add_due
from chat.store.lock_timeout import limited_transaction
from files.decoding.inspection import Thumbnail
from previews import images
from previews.deriver import KEYS, REMOVE_IMAGES
from previews.models import MessagePreview, PreviewedPage, digest_of
from previews.reading import Read

FORGOTTEN_AFTER = timedelta(minutes=15)
"""When an image is removed that was stored by a process that died before a row named it."""


def attach_recent(link: MessagePreview) -> bool:
    """Attach what was read of the page not long ago, for any message. False if it was not."""
    with limited_transaction():
        page = PreviewedPage.objects.recent(link.url)
        return page is not None and _attach(link, page)


def attach(link: MessagePreview, read: Read) -> None:
    """Store what was just read of the page, and attach it, unless the link is gone."""
    page = PreviewedPage(digest=digest_of(link.url), title=read.title, description=read.description, site=read.site)
    if read.image is not None:
        _store(page, read.image)
    with limited_transaction():
        if MessagePreview.objects.select_for_update().filter(pk=link.pk, page=None, is_removed=False).exists():
            page.save(force_insert=True)
            _attach(link, page)
            return
    if read.image is not None:
        images.remove(page.pk)


def _attach(link: MessagePreview, page: PreviewedPage) -> bool:
    return bool(MessagePreview.objects.filter(pk=link.pk, page=None, is_removed=False).update(page=page))


def _store(page: PreviewedPage, image: Thumbnail) -> None:
    """Store an image before a row names it, having noted that it is to be removed if none will."""
    with limited_transaction():
        key = uuid.uuid5(KEYS, f"image {page.pk}")
        add_due(REMOVE_IMAGES, {"images": [str(page.pk)]}, key=key, due_at=timezone.now() + FORGOTTEN_AFTER)
    images.store(page.pk, image.content)
    page.width, page.height, page.blur = image.width, image.height, image.blur

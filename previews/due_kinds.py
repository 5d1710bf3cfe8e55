"""The due things of previews: reading pages, and removing images."""

import uuid
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from django.utils import timezone

from chat.derive.due_kind import DueKind
from chat.services.due import add_due
from chat.services.rates import RateTable
from chat.store.lock_timeout import limited_transaction
from previews import images
from previews.deriver import FETCH, REMOVE_IMAGES
from previews.models import MessagePreview, PreviewedPage
from previews.reading import Reader
from previews.services.attaching import attach, attach_recent
from previews.services.showing import show_previews

PER_SECOND, BURST = 0.2, 10
"""How often this process reads pages of one host."""


class FetchPreviews(DueKind[None]):
    """Reads the pages to which a message links, and lets it show their previews."""

    name = FETCH
    lease_seconds = 600.0
    most_tries = 3
    reaches_out = True

    def __init__(self, reader: Reader | None = None, *, burst: int = BURST) -> None:
        self._reader = reader or Reader()
        self._rate = RateTable(per_second=PER_SECOND, burst=burst)

    def run(self, key: uuid.UUID, args: dict[str, Any]) -> None:
        message_id = args["message"]
        wait = 0.0
        for link in MessagePreview.objects.waiting(message_id).order_by("pk"):
            if not attach_recent(link):
                pause = self._rate.take(urlsplit(link.url).hostname or "")
                wait = max(wait, pause)
                if not pause:
                    attach(link, self._reader.read(link.url))
        if show_previews(message_id) and wait:
            with limited_transaction():
                add_due(FETCH, args, due_at=timezone.now() + timedelta(seconds=wait))


class RemoveImages(DueKind[None]):
    """Removes images from the storage that no message shows any more."""

    name = REMOVE_IMAGES
    most_tries = 1_000_000
    longest_pause_seconds = 30.0
    reaches_out = True

    def run(self, key: uuid.UUID, args: dict[str, Any]) -> None:
        ids = {uuid.UUID(image) for image in args["images"]}
        for image in ids - set(PreviewedPage.objects.filter(pk__in=ids).values_list("pk", flat=True)):
            images.remove(image)

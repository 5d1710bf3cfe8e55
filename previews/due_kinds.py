"""The due things of previews: reading pages, and removing images."""

import random
import uuid
from datetime import timedelta
from functools import cached_property
from typing import Any

from django.utils import timezone

from chat.derive.due_kind import DueKind
from chat.services.due import add_due
from chat.store.lock_timeout import limited_transaction
from files.storage import STORAGE
from previews import images, switch
from previews.deriver import FETCH, REMOVE_IMAGES
from previews.models import MessagePreview, PreviewedPage
from previews.rates import LaterError, Rates
from previews.reading import Reader
from previews.services.attaching import attach, attach_recent
from previews.services.showing import show_previews

AGAIN = 4
"""How many more times a page is tried that could not be read: after about 30 s, 2 min, 8 min and half an hour."""

GROWTH = 4.0


class FetchPreviews(DueKind[None]):
    """Reads the pages to which a message links, and lets it show their previews."""

    name = FETCH
    lease_seconds = 300.0
    most_tries = 8
    waits_for = "pages"

    def __init__(self, reader: Reader | None = None, *, rates: Rates | None = None) -> None:
        self._given = (reader or Reader(), rates)

    @cached_property
    def _rates(self) -> Rates:
        """Made by the process that reads pages, since the tables take memory."""
        return self._given[1] or Rates()

    @cached_property
    def _reader(self) -> Reader:
        return self._given[0].limited(self._rates)

    def run(self, key: uuid.UUID, args: dict[str, Any]) -> None:
        message_id, again = args["message"], args.get("again", 0)
        pauses = [self._read(link, again=again) for link in MessagePreview.objects.waiting(message_id)]
        pause = max(pauses, default=0.0) * GROWTH**again * random.uniform(0.75, 1.25)  # noqa: S311 (not together)
        if show_previews(message_id) and pause and again < AGAIN:
            with limited_transaction():
                add_due(
                    FETCH,
                    {"message": message_id, "again": again + 1},
                    key=uuid.uuid5(key, "again"),
                    due_at=timezone.now() + timedelta(seconds=pause),
                )

    def _read(self, link: MessagePreview, *, again: int) -> float:
        """Attach what a page says, or remove the link if its author has linked to too much.

        Returns the pause after which to try again, if it can't be read now.
        """
        if attach_recent(link) or not switch.is_on():
            return 0.0
        if not again and not self._rates.has_left(link.message.author_id):
            link.delete()
            return 0.0
        try:
            self._rates.take_page(link.url)
            attach(link, self._reader.read(link.url, is_last=again == AGAIN))
        except LaterError as later:
            return later.pause
        return 0.0


class RemoveImages(DueKind[None]):
    """Removes images from the storage that no message shows any more."""

    name = REMOVE_IMAGES
    most_tries = 1_000_000
    longest_pause_seconds = 30.0
    waits_for = STORAGE

    def run(self, key: uuid.UUID, args: dict[str, Any]) -> None:
        ids = {uuid.UUID(image) for image in args["images"]}
        for image in ids - set(PreviewedPage.objects.filter(pk__in=ids).values_list("pk", flat=True)):
            images.remove(image)

"""Pages that were read for previews, and the links of messages that show them."""

import hashlib
import uuid
from collections.abc import Collection
from datetime import timedelta
from typing import TYPE_CHECKING, Any, ClassVar

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from chat.models import Membership, Message

if TYPE_CHECKING:
    from chat.models import User

MOST = 3
"""Most previews of one message."""

TITLE_CHARS, DESCRIPTION_CHARS, SITE_CHARS = 200, 300, 80
URL_CHARS = 2000
BLUR_DIGITS = 72
DIGEST_CHARS = 64

KEPT = timedelta(days=3)
KEPT_EMPTY = timedelta(hours=1)
"""How long a page is not read again, and one from which nothing could be learned."""


def digest_of(url: str) -> str:
    """What identifies an address."""
    return hashlib.sha256(url.encode("utf-8", "surrogatepass")).hexdigest()


class PreviewedPageQuerySet(models.QuerySet["PreviewedPage"]):
    def recent(self, url: str) -> "PreviewedPage | None":
        """The last reading of a page, unless it is too old."""
        page = self.filter(digest=digest_of(url)).order_by("-fetched_at").first()
        if page is None or timezone.now() - page.fetched_at > (KEPT if page.title else KEPT_EMPTY):
            return None
        return page

    def unused(self, ids: Collection[uuid.UUID]) -> list["PreviewedPage"]:
        """Those of these pages that no message shows, locked."""
        locked = list(self.filter(pk__in=ids).order_by("pk").select_for_update())
        used = set(MessagePreview.objects.filter(page__in=locked).values_list("page", flat=True))
        return [page for page in locked if page.pk not in used]

    def with_image_for(self, user: "User") -> "PreviewedPageQuerySet":
        """Pages with an image that a person may see: because a message shows it in a room that they are in.

        Twin: `policy.is_member` of the room.
        """
        if not user.is_active:
            return self.none()
        rooms = Membership.objects.current().filter(user=user, room__deleted_at=None).values("room")
        shown = MessagePreview.objects.filter(is_removed=False, message__deleted_at=None)
        readable = shown.filter(
            models.Q(message__room__in=rooms, message__room__parent=None) | models.Q(message__room__parent__in=rooms)
        )
        return self.filter(width__isnull=False, pk__in=readable.values("page"))


class PreviewedPage(models.Model):
    """What was learned from one reading of a page; nothing, without a title. It is kept as long as a message shows it.

    The image is in the storage of files, under the id.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    digest = models.CharField(max_length=DIGEST_CHARS, db_index=True, editable=False)
    title = models.CharField(_("title"), max_length=TITLE_CHARS, blank=True, default="", editable=False)
    description = models.CharField(max_length=DESCRIPTION_CHARS, blank=True, default="", editable=False)
    site = models.CharField(max_length=SITE_CHARS, blank=True, default="", editable=False)
    width = models.PositiveIntegerField(null=True, editable=False)
    height = models.PositiveIntegerField(null=True, editable=False)
    blur = models.CharField(max_length=BLUR_DIGITS, blank=True, default="", editable=False)
    fetched_at = models.DateTimeField(default=timezone.now, editable=False)

    objects: ClassVar = PreviewedPageQuerySet.as_manager()

    class Meta:
        verbose_name = _("page of a preview")
        verbose_name_plural = _("pages of previews")
        default_permissions = ()

    def __str__(self) -> str:
        """The id, without a text: logs keep this string after the message is deleted."""
        return str(self.pk)

    def shape(self, url: str) -> dict[str, Any]:
        """What everybody in the room sees of it; what is absent is empty."""
        shape: dict[str, Any] = {"url": url, "title": self.title}
        shape |= {name: text for name in ("description", "site") if (text := getattr(self, name))}
        if self.width:
            shape["image"] = {"id": str(self.pk), "width": self.width, "height": self.height, "blur": self.blur}
        return shape


class MessagePreviewQuerySet(models.QuerySet["MessagePreview"]):
    def add(self, links: "Collection[MessagePreview]") -> None:
        """Add links, except for those that are there, removed or not."""
        self.bulk_create(links, ignore_conflicts=True)

    def waiting(self, message_id: int) -> "MessagePreviewQuerySet":
        """Links of a message whose pages were not read yet, with the message, in the order in which they were added."""
        waiting = self.filter(message=message_id, page=None, is_removed=False)
        return waiting.select_related("message").order_by("pk")

    def shown(self, message_id: int) -> "MessagePreviewQuerySet":
        """Links of a message whose pages were read and say something, with these."""
        said = self.filter(message=message_id, is_removed=False, page__isnull=False).exclude(page__title="")
        return said.select_related("page")


class MessagePreview(models.Model):
    """A link of a message. One that somebody has removed stays so, without its address, as long as the message."""

    message = models.ForeignKey(Message, on_delete=models.CASCADE, related_name="previews", db_index=False)
    digest = models.CharField(max_length=DIGEST_CHARS, editable=False)
    url = models.CharField(max_length=URL_CHARS, blank=True, default="", editable=False)
    page = models.ForeignKey(PreviewedPage, null=True, on_delete=models.PROTECT, related_name="previews")
    is_removed = models.BooleanField(default=False, editable=False)

    objects: ClassVar = MessagePreviewQuerySet.as_manager()

    class Meta:
        verbose_name = _("preview of a link")
        verbose_name_plural = _("previews of links")
        default_permissions = ()
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["message", "digest"], name="one_preview_per_link"),
        ]

    def __str__(self) -> str:
        """The id, without the address: logs keep this string after the message is deleted."""
        return str(self.pk)

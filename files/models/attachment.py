"""Files, from the first part of their upload to the end of their message."""

import uuid
from collections.abc import Collection
from typing import TYPE_CHECKING, Any, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q, Sum
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from chat import policy
from chat.models import HeldMessage, Membership, Message, Room

if TYPE_CHECKING:
    from chat.models import User

NAME_BYTES = 200
"""Longest name of a file in UTF-8: most file systems take 255, and clients may add a number."""

TYPE_CHARS = 100
DIGEST_CHARS = 64


class AttachmentQuerySet(models.QuerySet["Attachment"]):
    def unsent_of(self, user: "User") -> "AttachmentQuerySet":
        """Files of a person that no message carries yet."""
        return self.filter(author=user, message=None)

    def sendable_by(self, user: "User", files: Collection[uuid.UUID]) -> "AttachmentQuerySet":
        """Those of these files that the person may send now."""
        return self.unsent_of(user).filter(pk__in=files, state=Attachment.State.READY)

    def readable_by(self, user: "User") -> "AttachmentQuerySet":
        """Files that a person may read: of rooms that they are in, and until it is sent only one's own.

        Twin: `policy.is_member` of the room.
        """
        if not user.is_active:
            return self.none()
        rooms = Membership.objects.current().filter(user=user, room__deleted_at=None).values("room")
        of_others = Q(message__isnull=False, room__in=rooms)
        own = Q(message=None, author=user) & (Q(room=None) | Q(room__in=rooms))
        return self.filter(of_others | own)

    def reviewable_by(self, user: "User") -> "AttachmentQuerySet":
        """Files that wait with messages about which the person decides. Twin: `policy.may_review_text`."""
        if not policy.may_review(user):
            return self.none()
        held = HeldMessage.objects.reviewable_by(user).exclude(files=[]).values_list("files", flat=True)
        return self.filter(pk__in={uuid.UUID(file) for files in held for file in files}, message=None)

    def total_bytes(self) -> int:
        """How much space these files take, or will take when their upload is finished."""
        return int(self.aggregate(total=Sum("size"))["total"] or 0)


class Attachment(models.Model):
    """A file that a person uploads into a room, or, without one, for a direct conversation.

    A message carries it once it is sent; `place` is its place there. A thread's files belong to the room of the thread.
    The row is deleted with the message, and names what is then removed from the storage. Neither the message nor the
    room is a constraint: they may be removed before their files are.
    """

    class State(models.TextChoices):
        """How far it is."""

        UPLOADING = "uploading", _("uploading")
        PROCESSING = "processing", _("being examined")
        READY = "ready", _("ready")
        FAILED = "failed", _("refused")

    class Kind(models.TextChoices):
        """How it is shown."""

        IMAGE = "image", _("picture")
        VIDEO = "video", _("video")
        AUDIO = "audio", _("sound")
        VOICE = "voice", _("voice message")
        PDF = "pdf", _("PDF")
        TEXT = "text", _("text")
        FILE = "file", _("file")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("uploaded by"),
        on_delete=models.PROTECT,
        related_name="files",
        db_index=False,  # has an index with the message
        editable=False,
    )
    room = models.ForeignKey(
        Room,
        verbose_name=_("room"),
        null=True,
        on_delete=models.DO_NOTHING,
        db_constraint=False,
        related_name="files",
        db_index=False,  # has an index with the message
        editable=False,
    )
    message = models.ForeignKey(
        Message,
        verbose_name=_("message"),
        null=True,
        on_delete=models.DO_NOTHING,
        db_constraint=False,
        related_name="files",
        editable=False,
    )
    place = models.PositiveSmallIntegerField(default=0, editable=False)
    name = models.CharField(_("name"), max_length=NAME_BYTES, editable=False)
    size = models.PositiveBigIntegerField(_("size"), editable=False)
    type = models.CharField(_("type"), max_length=TYPE_CHARS, default="application/octet-stream", editable=False)
    kind = models.CharField(_("kind"), max_length=8, choices=Kind.choices, default=Kind.FILE, editable=False)
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.UPLOADING, editable=False)
    error = models.CharField(max_length=16, blank=True, default="", editable=False)
    facts = models.JSONField(default=dict, editable=False)
    digest = models.CharField("SHA-256", max_length=DIGEST_CHARS, blank=True, default="", editable=False)
    created_at = models.DateTimeField(_("uploaded at"), default=timezone.now, editable=False)
    holder = models.UUIDField(null=True, editable=False)
    leased_until = models.DateTimeField(null=True, editable=False)

    objects: ClassVar = AttachmentQuerySet.as_manager()

    class Meta:
        verbose_name = _("file")
        verbose_name_plural = _("files")
        default_permissions = ()
        indexes: ClassVar = [
            models.Index(fields=["author", "message"], name="file_author_message"),
            models.Index(fields=["room", "-message", "place"], name="file_room_message"),
            models.Index(fields=["created_at"], name="file_created"),
        ]

    def __str__(self) -> str:
        """The id, without the name: logs keep this string after the file is removed."""
        return str(self.pk)

    @property
    def waits_to_be_finished(self) -> bool:
        """Whether all of it has arrived, and as far as one knows no process is finishing it."""
        is_free = self.leased_until is None or self.leased_until < timezone.now()
        return self.state == self.State.PROCESSING and is_free

    @property
    def is_sent(self) -> bool:
        """Whether a message carries it."""
        return self.message_id is not None

    def shape(self) -> dict[str, Any]:
        """What everybody in the room sees of it: in `extras` of the message, and while it is uploaded."""
        return {
            "id": str(self.pk),
            "name": self.name,
            "type": self.type,
            "size": self.size,
            "kind": self.kind,
            **self.facts,
        }

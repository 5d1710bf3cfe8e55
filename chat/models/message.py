"""Messages, each at its position in a room."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from itertools import pairwise
from typing import TYPE_CHECKING, ClassVar

from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from chat.models.room import Room

if TYPE_CHECKING:
    from chat.models.user import User

BODY_CHARS = 10_000

QUOTE = "quote"
"""The name of the quote in the `extras` of a reply."""

SYSTEM = "system"
"""The name in `extras` of what a system line says: a code with arguments."""

THREAD = "thread"
"""The name in the `extras` of a message of its thread. A deleted message keeps it."""

ATTACHMENTS = "attachments"
"""The name in the `extras` of a message of what it carries: a list of objects, in order."""

PREVIEWS = "previews"
"""The name in the `extras` of a message of the previews of its links: a list of objects, in the order of the links."""

FROM_THREAD = "from_thread"
"""The name in the `extras` of a message of the thread in which it was written, and sent to the room as well."""

QUOTE_CHARS = 140
"""Most characters that a reply quotes: the first ones of the text."""


class MessageQuerySet(models.QuerySet["Message"]):
    def with_author(self) -> "MessageQuerySet":
        """These messages with their authors, in one query."""
        return self.select_related("author")

    def inspectable_by(self, user: "User") -> "MessageQuerySet":
        """Messages that a staff member sees in the admin: those of rooms they may see. Superusers see all of them."""
        if user.is_active and user.is_superuser and not user.rights_suspended:
            return self
        rooms = Room.objects.inspectable_by(user)
        return self.filter(models.Q(room__in=rooms) | models.Q(room__parent__in=rooms))

    def counted_between(self, moments: Sequence[datetime]) -> list[int]:
        """The number of messages sent between each two consecutive moments, in one pass over the table."""
        periods = {
            f"period_{number}": models.Count("pk", filter=models.Q(created_at__gte=start, created_at__lt=end))
            for number, (start, end) in enumerate(pairwise(moments))
        }
        counts = self.filter(created_at__gte=moments[0]).aggregate(**periods)
        return [counts[period] for period in periods]

    def changed_since(self, room_id: int, revision: int) -> "MessageQuerySet":
        """Messages of a room that changed after a revision, by revision."""
        return self.filter(room_id=room_id, revision__gt=revision).order_by("revision")

    def before(self, room_id: int, position: int) -> "MessageQuerySet":
        """Messages of a room below a position, newest first."""
        return self.filter(room_id=room_id, position__lt=position).order_by("-position")

    def after(self, room_id: int, position: int) -> "MessageQuerySet":
        """Messages of a room above a position, oldest first."""
        return self.filter(room_id=room_id, position__gt=position).order_by("position")

    def replies_to(self, message: "Message") -> "MessageQuerySet":
        """The replies to a message that were not deleted."""
        return self.filter(reply_to=message, deleted_at__isnull=True)

    def last_of(self, rooms: Iterable[Room]) -> "MessageQuerySet":
        """The last message of each of these rooms that has one, with its author."""
        at_the_end = models.Q()
        for room in rooms:
            if room.message_count:
                at_the_end |= models.Q(room_id=room.pk, position=room.message_count)
        return self.filter(at_the_end).with_author() if at_the_end else self.none()

    def newest(self, room_id: int) -> "MessageQuerySet":
        """Messages of a room, newest first."""
        return self.filter(room_id=room_id).with_author().order_by("-position")


class Message(models.Model):
    """One message. Its row is never removed: a deleted message is a tombstone, so positions have no gaps.

    A system line has no text: its `extras` contain a code with arguments, and its author is the person who did it.

    `position` counts 1, 2, 3 … in its room; `revision` is the room's revision at the last change of this message; `key`
    is a UUID chosen by the author's client, with which a resend returns this row instead of adding a second one.

    `extras` holds data that is added to a message after it was sent, the same for every reader. A change of `extras`
    alone takes the next `revision` and keeps the revision of the text in `text_revision`.
    """

    class Kind(models.TextChoices):
        """Whether a person or the room itself wrote a message."""

        TEXT = "text", _("text")
        SYSTEM = "system", _("system")

    room = models.ForeignKey(
        Room,
        verbose_name=_("room"),
        on_delete=models.CASCADE,
        related_name="messages",
        db_index=False,  # (room, position) begins with the room
    )
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("author"),
        on_delete=models.PROTECT,
        related_name="messages",
        db_index=False,  # (author, key) begins with the author
    )
    position = models.PositiveBigIntegerField(_("position"))
    revision = models.PositiveBigIntegerField(_("revision"))
    key = models.UUIDField(_("key"))
    kind = models.CharField(_("kind"), max_length=6, choices=Kind.choices, default=Kind.TEXT)
    body = models.TextField(_("text"), max_length=BODY_CHARS, blank=True)
    html = models.TextField(_("rendered text"), blank=True, editable=False)
    created_at = models.DateTimeField(_("sent at"))
    edited_at = models.DateTimeField(_("edited at"), null=True, blank=True)
    deleted_at = models.DateTimeField(_("deleted at"), null=True, blank=True)
    extras = models.JSONField(_("extras"), default=dict, db_default={}, blank=True, editable=False)
    # The revision of the last change of the text if the last change was one of `extras` alone, else 0. A process of an
    # earlier version does not know extras, and correctly leaves it at 0.
    text_revision = models.BigIntegerField(_("revision of the text"), default=0, db_default=0, editable=False)
    # The number of system lines among the room's messages up to this one; they are never unread.
    system_lines = models.BigIntegerField(_("system lines"), default=0, db_default=0, editable=False)
    reply_to = models.ForeignKey(
        "self",
        verbose_name=_("in reply to"),
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="replies",
        db_index=False,  # has a partial index: few messages are replies
    )

    objects: ClassVar = MessageQuerySet.as_manager()

    class Meta:
        verbose_name = _("message")
        verbose_name_plural = _("messages")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["room", "position"], name="one_message_per_position"),
            models.UniqueConstraint(fields=["author", "key"], name="one_message_per_author_and_key"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["room", "revision"], name="message_room_revision"),
            models.Index(
                fields=["reply_to"],
                name="message_reply_to",
                condition=models.Q(reply_to__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        """The message's id, room and author, but not its text: logs keep this string after the message is deleted."""
        return gettext("Message %(id)s (room %(room)s, author %(author)s)") % {
            "id": self.pk,
            "room": self.room_id,
            "author": self.author_id,
        }

    def get_absolute_url(self) -> str:
        """Of a reply in a thread, the position of the message of the thread comes first."""
        thread = self.room
        if thread.parent is None or thread.parent_message is None:
            return reverse("message", args=[thread.slug, self.position])
        return reverse("thread_message", args=[thread.parent.slug, thread.parent_message.position, self.position])

    @property
    def counted(self) -> int:
        """The number of messages up to this one, without system lines. Unread counts are differences of this number."""
        return self.position - self.system_lines

    @property
    def is_system(self) -> bool:
        """Whether it is a system line, which nobody can edit, delete, quote, react to or pin."""
        return bool(self.kind == Message.Kind.SYSTEM)

    @property
    def is_deleted(self) -> bool:
        """Whether the message is a tombstone."""
        return self.deleted_at is not None

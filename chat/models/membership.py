"""Memberships of people in rooms, and how far they have read."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

from django.conf import settings
from django.db import models
from django.db.models.functions import Cast
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from chat.models.person_item import MENTIONS, PersonItem
from chat.models.room import Room

if TYPE_CHECKING:
    from chat.models.thread_follow import ThreadFollow


class MembershipQuerySet(models.QuerySet["Membership"]):
    def current(self) -> "MembershipQuerySet":
        """Memberships of people who have not left."""
        return self.filter(left_at__isnull=True)

    def sanctioned(self) -> "MembershipQuerySet":
        """Memberships of people who are muted or banned now; with users."""
        now = timezone.now()
        return self.filter(models.Q(muted_until__gt=now) | models.Q(banned_until__gt=now)).select_related("user")

    def of_deleted_rooms(self) -> "MembershipQuerySet":
        """Memberships that are left of deleted rooms."""
        return self.filter(room__deleted_at__isnull=False)

    def with_mentions(self) -> "MembershipQuerySet":
        """With `mention_positions`, which the person's item of the room holds."""
        key = Cast(models.OuterRef("room_id"), models.CharField())
        item = PersonItem.objects.filter(user=models.OuterRef("user"), kind=MENTIONS, key=key)
        return self.annotate(mention_positions=models.Subquery(item.values("value")))

    def by_role(self) -> "MembershipQuerySet":
        """With users: owners first, then moderators, then members, each by name."""
        rank = models.Case(
            models.When(role=Membership.Role.OWNER, then=0),
            models.When(role=Membership.Role.MODERATOR, then=1),
            default=2,
        )
        return self.select_related("user").order_by(rank, "user__display_name", "user__username")

    def changed_since(self, room_id: int, revision: int) -> "MembershipQuerySet":
        """Memberships of a room that changed after a revision, including those of people who left; with users."""
        return self.filter(room_id=room_id, revision__gt=revision).select_related("user").order_by("revision")


class Membership(models.Model):
    """One person in one room. The row stays after the person leaves (`left_at`), so that clients can catch up."""

    class Role(models.TextChoices):
        """What a person may do in a room."""

        OWNER = "owner", _("owner")
        MODERATOR = "moderator", _("moderator")
        MEMBER = "member", _("member")

    class Notify(models.TextChoices):
        """The notification level of a person in a room."""

        ALL = "all", _("every message")
        MENTIONS = "mentions", _("mentions")
        NONE = "none", _("nothing")

    room = models.ForeignKey(
        Room,
        verbose_name=_("room"),
        on_delete=models.CASCADE,
        related_name="memberships",
        db_index=False,  # the unique constraint begins with the room
    )
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("person"),
        on_delete=models.CASCADE,
        related_name="memberships",
    )
    role = models.CharField(_("role"), max_length=9, choices=Role.choices, default=Role.MEMBER)
    notify = models.CharField(_("notify"), max_length=8, choices=Notify.choices, default=Notify.ALL)
    last_read = models.PositiveBigIntegerField(_("last read position"), default=0, editable=False)
    system_lines_read = models.BigIntegerField(_("system lines read"), default=0, db_default=0, editable=False)
    joined_at = models.DateTimeField(_("joined at"), auto_now_add=True)
    left_at = models.DateTimeField(_("left at"), null=True, blank=True, editable=False)
    # Set when the person is removed, until somebody invites them again.
    removed_at = models.DateTimeField(_("removed at"), null=True, blank=True, editable=False)
    # With `removed_at`: the person may join again after this time, and only moderators may invite them before.
    banned_until = models.DateTimeField(_("banned until"), null=True, blank=True, editable=False)
    muted_until = models.DateTimeField(_("muted until"), null=True, blank=True, editable=False)
    # Set by the group commit in a room with slow mode.
    may_post_from = models.DateTimeField(_("may post from"), null=True, blank=True, editable=False)
    revision = models.PositiveBigIntegerField(_("revision"), default=0, editable=False)
    # Of the threads of the room that the person follows: how many are unread, and the unread mentions in them.
    # Derived from their rows in `ThreadFollow`, so that reading a room does not read its threads.
    unread_threads = models.PositiveIntegerField(_("unread threads"), default=0, db_default=0, editable=False)
    thread_mentions = models.PositiveIntegerField(_("mentions in threads"), default=0, db_default=0, editable=False)

    follow: "ThreadFollow | None" = None
    """In a thread, where a membership is not a row (`chat.queries.threads`): whether the person follows it."""

    objects: ClassVar = MembershipQuerySet.as_manager()

    class Meta:
        verbose_name = _("membership")
        verbose_name_plural = _("memberships")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["room", "user"], name="one_membership_per_room_and_user"),
        ]
        indexes: ClassVar = [models.Index(fields=["room", "revision"], name="membership_room_revision")]

    def __str__(self) -> str:
        return f"{self.user} · {self.room}"

    @property
    def counted_read(self) -> int:
        """The number of messages up to the last one read, without system lines."""
        return self.last_read - self.system_lines_read

    @property
    def unread_mentions(self) -> int:
        """The number of unread mentions of the person in the room, on a row of `with_mentions`; otherwise 0."""
        if self.follow is not None:
            return self.follow.mentions
        positions: Sequence[int] = vars(self).get("mention_positions") or ()
        return sum(position > self.last_read for position in positions)

    @property
    def has_left(self) -> bool:
        """Whether this person is no longer in the room."""
        return self.left_at is not None

    @property
    def is_barred(self) -> bool:
        """Whether this person was removed and may not join: without an invitation, or until their ban ends."""
        return self.removed_at is not None and (self.banned_until is None or self.is_banned)

    @property
    def is_banned(self) -> bool:
        """Whether this person is banned now."""
        return self.banned_until is not None and self.banned_until > timezone.now()

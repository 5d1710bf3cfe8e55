"""Rooms: versioned documents, in which every change takes the next revision."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, ClassVar

from django.apps import apps
from django.conf import settings
from django.db import models
from django.db.models import functions
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from chat.models.user import User

NAME_CHARS = 80
TOPIC_CHARS = 250
EMOJI_CHARS = 16
SLUG_CHARS = 100
DIRECT_KEY_CHARS = 255

MOST_IN_DIRECT_ROOM = 12
"""Most people of a direct room, including its creator."""
SLOW_SECONDS_MAXIMUM = 6 * 3600


def barred_now() -> models.Q:
    """Memberships of people who may not join: removed and not invited since, or banned until later."""
    until_later = models.Q(banned_until__isnull=True) | models.Q(banned_until__gt=timezone.now())
    return models.Q(removed_at__isnull=False) & until_later


class RoomQuerySet(models.QuerySet["Room"]):
    def locked(self) -> "RoomQuerySet":
        """These rooms under their row locks, taken in the order of ids so that two writers never deadlock.

        The lock is FOR NO KEY UPDATE, so inserting messages that reference the room does not wait for it.
        """
        return self.select_for_update(no_key=True).order_by("pk")

    def public(self) -> "RoomQuerySet":
        """Public rooms, which everybody may find and join."""
        return self.filter(kind=Room.Kind.PUBLIC)

    def of(self, user: "User") -> "RoomQuerySet":
        """Rooms of which this person is a member; none for a deactivated person."""
        if not user.is_active:
            return self.none()
        return self.filter(memberships__user=user, memberships__left_at__isnull=True)

    def visible_to(self, user: "User") -> "RoomQuerySet":
        """Rooms that this person may see: those of which they are a member, and unless they are a guest public ones."""
        if user.is_guest:
            return self.of(user)
        if not user.is_active:
            return self.public()
        mine = user.memberships.filter(left_at__isnull=True).values("room_id")
        return self.filter(models.Q(kind=Room.Kind.PUBLIC) | models.Q(pk__in=mine))

    def inspectable_by(self, user: "User") -> "RoomQuerySet":
        """Rooms that a staff member sees in the admin: for superusers all, for others those they may see."""
        sees_all = user.is_active and user.is_superuser and not user.rights_suspended
        return self if sees_all else self.visible_to(user)

    def between(self, user_ids: Iterable[int]) -> "RoomQuerySet":
        """The direct room of exactly these people, if they have one."""
        return self.filter(direct_key=direct_key(user_ids))

    def without_threads(self) -> "RoomQuerySet":
        """Rooms that are not threads of other rooms."""
        return self.filter(parent__isnull=True)

    def archived(self) -> "RoomQuerySet":
        """Archived rooms, which are read-only."""
        return self.filter(archived_at__isnull=False)

    def active(self) -> "RoomQuerySet":
        """Rooms that are not archived."""
        return self.filter(archived_at__isnull=True)

    def matching(self, text: str) -> "RoomQuerySet":
        """Rooms with this text in their name or topic; all rooms for an empty text."""
        return self.filter(models.Q(name__icontains=text) | models.Q(topic__icontains=text)) if text else self

    def joinable_by(self, user: "User") -> "RoomQuerySet":
        """Rooms that this person is not in and may join. Twin: `policy.may_join`."""
        if not user.is_active or user.is_guest:
            return self.none()
        here = models.Q(left_at__isnull=True) | barred_now()
        return self.public().active().exclude(pk__in=user.memberships.filter(here).values("room_id"))

    def without_memberships(self) -> "RoomQuerySet":
        """Rooms without a membership, not even one that has ended."""
        memberships = apps.get_model("chat", "Membership").objects
        return self.filter(~models.Exists(memberships.filter(room=models.OuterRef("pk"))))

    def without_deleted_threads(self) -> "RoomQuerySet":
        """Rooms that have no thread that was deleted with them."""
        return self.filter(~models.Exists(Room.deleted.filter(parent=models.OuterRef("pk"))))

    def called(self, name: str) -> "RoomQuerySet":
        """Rooms of this name, ignoring case."""
        return self.filter(name__iexact=" ".join(name.split()))

    def with_name_like(self, name: str) -> "RoomQuerySet":
        """Rooms with an address whose name contains this one, ignoring case."""
        return self.exclude(slug=None).filter(name__icontains=" ".join(name.split()))

    def names_that_recur(self, names: Iterable[str]) -> set[str]:
        """The names, in lower case, that several of these rooms share."""
        lowered = self.exclude(kind=Room.Kind.DIRECT).annotate(lowered=functions.Lower("name"))
        among = lowered.filter(lowered__in={name.lower() for name in names}).order_by().values("lowered")
        return set(among.annotate(n=models.Count("pk")).filter(n__gt=1).values_list("lowered", flat=True))

    def with_life(self) -> "RoomQuerySet":
        """With `people` (the number of members) and `last_message_at`, by subqueries for each row: for few rooms."""
        memberships = apps.get_model("chat", "Membership").objects.current()
        inside = memberships.filter(room=models.OuterRef("pk")).order_by().values("room")
        messages = apps.get_model("chat", "Message").objects
        last = messages.filter(room=models.OuterRef("pk"), position=models.OuterRef("message_count"))
        return self.annotate(
            people=functions.Coalesce(models.Subquery(inside.annotate(n=models.Count("pk")).values("n")), 0),
            last_message_at=models.Subquery(last.values("created_at")),
        )

    def listed_for(self, user: "User") -> "RoomQuerySet":
        """The rooms of this person's directory, their own first, with `is_mine`, `is_barred` (removed, and not invited
        again), `may_join`, `people` (the number of members) and `last_message_at`."""
        memberships = user.memberships.filter(room=models.OuterRef("pk"))
        inside = models.Q(memberships__left_at__isnull=True)
        is_open = models.Q(kind=Room.Kind.PUBLIC, archived_at__isnull=True, is_mine=False, is_barred=False)
        may_join = models.When(is_open, then=models.Value(user.is_active and not user.is_guest))
        return (
            self.exclude(kind=Room.Kind.DIRECT)
            .alias(
                last=models.FilteredRelation(
                    "messages", condition=models.Q(messages__position=models.F("message_count"))
                )
            )
            .annotate(
                is_mine=models.Exists(memberships.filter(left_at__isnull=True)),
                is_barred=models.Exists(memberships.filter(barred_now())),
            )
            .annotate(
                may_join=models.Case(may_join, default=models.Value(False)),
                people=models.Count("memberships", filter=inside),
                last_message_at=models.F("last__created_at"),
            )
            .order_by("-is_mine", models.F("last_message_at").desc(nulls_last=True), "name", "pk")
        )


RoomQuestions = models.Manager.from_queryset(RoomQuerySet)


class RoomManager(RoomQuestions["Room"]):
    """Rooms that were not deleted."""

    def get_queryset(self) -> RoomQuerySet:
        return RoomQuerySet(self.model, using=self._db).filter(deleted_at__isnull=True)


class DeletedRoomManager(RoomQuestions["Room"]):
    """Deleted rooms with contents that are still being removed."""

    def get_queryset(self) -> RoomQuerySet:
        return RoomQuerySet(self.model, using=self._db).filter(deleted_at__isnull=False)


def direct_key(user_ids: Iterable[int]) -> str:
    """What identifies the direct room of these people: their ids in order."""
    return "-".join(map(str, sorted(set(user_ids))))


class Room(models.Model):
    """A place where people talk, or a thread: the replies to one message of such a place.

    A thread (`parent`, `parent_message`) has messages and revisions of its own, but no memberships: members of its
    parent may do in the thread what they may do there, and it is archived and deleted with its parent.

    `revision` is the number of the last change to anything in the room (a message, a member, its settings);
    `message_count` is the position of the last message; `system_lines` is the number of system lines among them;
    `settings_revision` is the revision of the last change of name, topic, emoji, rules, archiving, closing,
    `shows_reads` or number of pins. All of them change only under the room's row lock (`RoomQuerySet.locked`).

    A direct room has no name: each of its people sees the names of the others. Its people never change. It is `closed`
    while nobody can write there (`chat.services.direct`).
    """

    class Kind(models.TextChoices):
        """The kind of a room, which decides who may find it."""

        PUBLIC = "public", _("public")
        PRIVATE = "private", _("private")
        DIRECT = "direct", _("direct")
        THREAD = "thread", _("thread")

    class Closed(models.TextChoices):
        """Why nobody can write in a direct room."""

        REFUSED = "refused", _("one of two people has blocked the other")
        DEACTIVATED = "deactivated", _("nobody else is active")

    class Who(models.TextChoices):
        """The members of a room who may do something in it."""

        EVERYONE = "everyone", _("everybody in the room")
        MODERATORS = "moderators", _("moderators and owners")

    # Random for direct rooms; null for deleted ones. The unique constraint would allow "" only once.
    slug = models.SlugField(  # noqa: DJ001
        _("address"), max_length=SLUG_CHARS, unique=True, null=True, allow_unicode=True
    )
    name = models.CharField(_("name"), max_length=NAME_CHARS)
    topic = models.CharField(_("topic"), max_length=TOPIC_CHARS, blank=True)
    # Shown instead of "#"; one emoji, or nothing.
    emoji = models.CharField(_("emoji"), max_length=EMOJI_CHARS, blank=True, default="", db_default="")
    kind = models.CharField(_("kind"), max_length=7, choices=Kind.choices, default=Kind.PUBLIC)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("created by"),
        on_delete=models.PROTECT,
        related_name="created_rooms",
    )
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)
    archived_at = models.DateTimeField(_("archived at"), null=True, blank=True)
    who_posts = models.CharField(
        _("who may post"), max_length=10, choices=Who.choices, default=Who.EVERYONE, db_default=Who.EVERYONE
    )
    # Empty: moderators in a public room, everybody in any other.
    who_mentions_all = models.CharField(
        _("who may mention everybody"), max_length=10, choices=Who.choices, blank=True, default="", db_default=""
    )
    who_invites = models.CharField(
        _("who may invite people"), max_length=10, choices=Who.choices, default=Who.EVERYONE, db_default=Who.EVERYONE
    )
    # Seconds between two messages of one person; 0 for no slow mode.
    slow_seconds = models.PositiveSmallIntegerField(_("slow mode"), default=0, db_default=0)
    revision = models.PositiveBigIntegerField(_("revision"), default=0, editable=False)
    message_count = models.PositiveBigIntegerField(_("messages"), default=0, editable=False)
    settings_revision = models.PositiveBigIntegerField(_("revision of the settings"), default=0, editable=False)
    system_lines = models.BigIntegerField(_("system lines"), default=0, db_default=0, editable=False)
    pin_count = models.PositiveSmallIntegerField(_("pins"), default=0, db_default=0, editable=False)
    # Whether messages show how many people have not read them yet.
    shows_reads = models.BooleanField(_("shows who has read"), default=True, db_default=True, editable=False)
    deleted_at = models.DateTimeField(_("deleted at"), null=True, blank=True, editable=False)
    # Null for rooms of other kinds.
    direct_key = models.CharField(max_length=DIRECT_KEY_CHARS, unique=True, null=True, editable=False)  # noqa: DJ001
    closed = models.CharField(
        _("closed"), max_length=11, choices=Closed.choices, blank=True, default="", db_default="", editable=False
    )
    parent = models.ForeignKey(
        "self",
        verbose_name=_("room of the thread"),
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        editable=False,
        related_name="threads",
        db_index=False,  # has a partial index: only threads have a parent
    )
    # Unique, so that two first replies at the same time begin one thread.
    parent_message = models.OneToOneField(
        "chat.Message",
        verbose_name=_("message of the thread"),
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        editable=False,
        related_name="thread",
    )

    objects: ClassVar[RoomManager] = RoomManager()
    deleted: ClassVar[DeletedRoomManager] = DeletedRoomManager()

    class Meta:
        verbose_name = _("room")
        verbose_name_plural = _("rooms")
        ordering: ClassVar = ["name", "pk"]
        indexes: ClassVar = [
            models.Index(fields=["deleted_at"], name="room_deleted", condition=models.Q(deleted_at__isnull=False)),
            models.Index(fields=["parent"], name="room_parent", condition=models.Q(parent__isnull=False)),
        ]

    def __str__(self) -> str:
        if self.is_thread:
            return gettext("Thread %(id)s") % {"id": self.pk}
        return self.name if self.name or self.pk is None else gettext("Conversation %(id)s") % {"id": self.pk}

    def get_absolute_url(self) -> str:
        return reverse("room", args=[self.slug])

    @property
    def governing(self) -> "Room":
        """The room whose kind, rules and archiving hold here: of a thread, its parent."""
        return self if self.parent is None else self.parent

    @property
    def is_archived(self) -> bool:
        """Whether the room is read-only."""
        return self.governing.archived_at is not None

    @property
    def is_public(self) -> bool:
        """Whether everybody may know that the room exists."""
        return self.governing.kind == Room.Kind.PUBLIC

    @property
    def is_thread(self) -> bool:
        """Whether it is a thread of another room."""
        return self.parent_id is not None

    @property
    def members_room_id(self) -> int:
        """The id of the room whose members are the people of this one: of a thread, its parent."""
        return self.parent_id or self.pk

    def next_revision(self) -> int:
        """Take the next revision. Call it only on a locked row, and save `revision` in the same transaction."""
        self.revision += 1
        return self.revision

    @property
    def direct_people(self) -> "list[User]":
        """The people of a direct room, by id: those that `chat.queries.direct.load_people` set, else read once."""
        if "_people" not in vars(self):
            memberships = self.memberships.select_related("user").order_by("user_id")
            self._people = [membership.user for membership in memberships]
        return self._people

    @direct_people.setter
    def direct_people(self, people: "list[User]") -> None:
        self._people = people

    @property
    def counted(self) -> int:
        """The number of messages without system lines."""
        return self.message_count - self.system_lines

"""People and bots."""

import zoneinfo
from collections.abc import Iterator
from datetime import tzinfo
from typing import Any, ClassVar

from django.apps import apps
from django.contrib.auth.models import AbstractUser, UserManager
from django.db import models
from django.db.models.functions import Cast
from django.utils import timezone
from django.utils.translation import gettext, gettext_noop
from django.utils.translation import gettext_lazy as _

from chat.models.person_item import BLOCKS
from chat.models.pictures import large_url
from chat.unicode import fold, skeleton_digest

USERNAME_CHARS = 150
DISPLAY_NAME_CHARS = 80
DESCRIPTION_CHARS = 200
SKELETON_CHARS = 40

ERASED_NAME = gettext_noop("Deleted account")
"""The name of every erased account. It is stored in English, and translated where it is shown."""

ERASED_PREFIX = "~"
"""Begins the usernames of erased accounts; no rule for usernames permits it."""


class CounterField(models.PositiveBigIntegerField):  # type: ignore[type-arg]
    """A counter that only `QuerySet.update` changes. `save` keeps the database's value: the instance may be stale."""

    def pre_save(self, model_instance: models.Model, add: bool) -> Any:
        """The value to insert, or the column itself."""
        return super().pre_save(model_instance, add) if add else models.F(self.attname)


class PersonManager(UserManager["User"]):
    """Creates people with the skeletons of their names. Raises IntegrityError if a username looks like another one."""

    use_in_migrations = False

    def create_user(self, username: str, *args: Any, **fields: Any) -> "User":
        """Create a person; the username is folded."""
        fields |= looks(username, fields.get("display_name", ""))
        person: User = super().create_user(username, *args, **fields)
        return person

    def create_superuser(self, username: str, *args: Any, **fields: Any) -> "User":
        """Create a superuser; the username is folded."""
        fields |= looks(username, fields.get("display_name", ""))
        person: User = super().create_superuser(username, *args, **fields)
        return person

    def locked(self) -> "models.QuerySet[User]":
        """People under their row locks, taken in the order of ids; rooms are locked before people."""
        return self.select_for_update(no_key=True).order_by("pk")

    def active(self) -> "models.QuerySet[User]":
        return self.filter(is_active=True)

    def reachable_by(self, actor: "User") -> "models.QuerySet[User]":
        """People to whom this person may write in a new direct room. Twin: `policy.may_write_to`."""
        if not actor.is_active:
            return self.none()
        blocks = apps.get_model("chat", "PersonItem").objects.present().filter(kind=BLOCKS)
        by_actor = blocks.filter(user=actor, key=Cast(models.OuterRef("pk"), models.CharField()))
        of_actor = blocks.filter(user=models.OuterRef("pk"), key=str(actor.pk))
        return self.known_to(actor).filter(~models.Exists(by_actor), ~models.Exists(of_actor))

    def known_to(self, user: "User") -> "models.QuerySet[User]":
        """Active people whom this person may find: all, or for a guest those in the same rooms."""
        if not user.is_active:
            return self.none()
        if not user.is_guest:
            return self.active()
        rooms = user.memberships.filter(left_at__isnull=True, room__deleted_at__isnull=True).values("room")
        inside = user.memberships.model.objects.filter(room__in=rooms, left_at__isnull=True)
        return self.active().filter(pk__in=inside.values("user"))

    def inviters(self) -> "models.QuerySet[User]":
        """People who may invite others into the space."""
        return self.active().filter(is_staff=True, is_guest=False, rights_suspended=False)

    def bots_of(self, owner: "User") -> "models.QuerySet[User]":
        """The bots for which a person answers. Twin: `policy.owns_bot`."""
        return self.filter(owner=owner, is_bot=True, erased_at=None) if owner.is_active else self.none()

    def superusers(self) -> "models.QuerySet[User]":
        """Active superusers, of whom a space keeps at least one."""
        return self.active().filter(is_superuser=True)

    def with_rights(self) -> "models.QuerySet[User]":
        """Staff and superusers, who may have to use two-step sign-in. Twin: `policy.must_use_two_steps`."""
        return self.filter(models.Q(is_staff=True) | models.Q(is_superuser=True))


def looks(username: str, display_name: str) -> dict[str, str]:
    """The skeletons of a person's names, by column."""
    look = skeleton_digest(username)
    return {"username_skeleton": look, "name_skeleton": skeleton_digest(display_name) if display_name else look}


class User(AbstractUser):
    """A person or bot. `username` is for signing in and mentions; `display_name` is shown to others.

    People are deactivated (`is_active`) or erased (`erased_at`), and their rows never deleted, so that messages keep
    their authors.
    """

    # The rules for usernames are in chat.services.usernames; usernames older than a rule are kept.
    username = models.CharField(
        _("username"),
        max_length=USERNAME_CHARS,
        unique=True,
        help_text=_("Letters of one script, digits, “.”, “_” and “-”."),
        error_messages={"unique": _("This username is taken.")},
    )
    first_name = None  # type: ignore[assignment]
    last_name = None  # type: ignore[assignment]
    display_name = models.CharField(_("name"), max_length=DISPLAY_NAME_CHARS, blank=True)
    # The small picture; the large one is stored beside it (chat.models.pictures).
    avatar = models.ImageField(_("picture"), upload_to="avatars/", blank=True)
    time_zone = models.CharField(_("time zone"), max_length=64, blank=True)
    is_bot = models.BooleanField(_("bot"), default=False)
    # The person who created this bot and answers for it; null for people, and for bots that administrators created.
    owner = models.ForeignKey(
        "self", on_delete=models.SET_NULL, null=True, blank=True, related_name="bots", verbose_name=_("owner")
    )
    # What a bot does, in the words of its owner.
    description = models.CharField(
        _("description"), max_length=DESCRIPTION_CHARS, blank=True, default="", db_default=""
    )
    # A guest sees only the rooms to which somebody added them, and the people in these.
    is_guest = models.BooleanField(_("guest"), default=False, db_default=False)
    # Null if the username already looked like another one when skeletons were introduced.
    username_skeleton = models.CharField(max_length=SKELETON_CHARS, null=True, unique=True, editable=False)  # noqa: DJ001
    # The skeleton of the displayed name; null for people stored by a version without this column.
    name_skeleton = models.CharField(max_length=SKELETON_CHARS, null=True, db_index=True, editable=False)  # noqa: DJ001
    # The number of the last change to any item of this person, under the row lock (chat.services.person_items).
    revision = CounterField(default=0, db_default=0, editable=False)
    # Tombstones of items up to this revision may be gone: a client that holds less than that starts over.
    forgotten_revision = CounterField(default=0, db_default=0, editable=False)
    # Others then never see whether the person is here. A copy of their item, which the live path gets without a query.
    hides_presence = models.BooleanField(default=False, db_default=False, editable=False)
    # A copy of the setting `hide_reads`, where queries of a room find it.
    hides_reads = models.BooleanField(default=False, db_default=False, editable=False)
    sessions_ended = models.PositiveIntegerField(default=0, db_default=0, editable=False)
    # Their rights have no effect until they set up two-step sign-in (chat.services.two_steps).
    rights_suspended = models.BooleanField(default=False, db_default=False, editable=False)
    # Set when the account was erased (chat.services.erasure): nothing of the person is left in this row.
    erased_at = models.DateTimeField(_("erased at"), null=True, editable=False)

    objects: ClassVar = PersonManager()

    class Meta:
        verbose_name = _("person")
        verbose_name_plural = _("people")

    def __str__(self) -> str:
        """Name and username: two people may have the same name."""
        return self.name if self.name == self.username else f"{self.name} (@{self.username})"

    @classmethod
    def normalize_username(cls, username: str) -> str:
        """Fold a username to its stored spelling: ＭＩＮＡ becomes mina. A form without the field passes None."""
        return fold(username) if isinstance(username, str) else username

    def rename(self, *, username: str | None = None, display_name: str | None = None) -> set[str]:
        """Set the names that are not None, and their skeletons. Returns the names of the fields to save."""
        if username is not None:
            self.username, self.username_skeleton = self.normalize_username(username), skeleton_digest(username)
        if display_name is not None:
            self.display_name = display_name
        self.name_skeleton = skeleton_digest(self.name)
        return {"username", "username_skeleton", "display_name", "name_skeleton"}

    def forget_who_it_was(self) -> None:
        """Remove everything about the person from this row, and every way to sign in."""
        self.username, self.display_name = f"{ERASED_PREFIX}{self.pk}", ERASED_NAME
        self.username_skeleton = self.name_skeleton = None
        self.email = self.avatar = self.time_zone = self.description = ""
        self.is_active = self.is_staff = self.is_superuser = self.is_guest = self.rights_suspended = False
        self.last_login, self.erased_at = None, timezone.now()
        self.sessions_ended += 1
        self.set_unusable_password()

    def get_session_auth_hash(self) -> str:
        """The value that a valid session contains. It changes with the password, and when all sessions are ended."""
        return self._counted(super().get_session_auth_hash())

    def get_session_auth_fallback_hash(self) -> Iterator[str]:
        """The same value under the keys of SECRET_KEY_FALLBACKS."""
        return map(self._counted, super().get_session_auth_fallback_hash())

    @property
    def session_version(self) -> tuple[str, int]:
        """The variable inputs of `get_session_auth_hash`, which are cheaper to compare."""
        return self.password, self.sessions_ended

    def _counted(self, session_hash: str) -> str:
        return f"{session_hash}-{self.sessions_ended}" if self.sessions_ended else session_hash

    def has_perm(self, perm: str, obj: Any = None) -> bool:
        """Whether the person has a permission of the admin, which they lose while their rights are suspended."""
        return not self.rights_suspended and super().has_perm(perm, obj)

    def has_module_perms(self, app_label: str) -> bool:
        """Whether the person has any permission of an app."""
        return not self.rights_suspended and super().has_module_perms(app_label)

    @property
    def name(self) -> str:
        """The name shown to others: the display name, or else the username. An erased account has none of its own."""
        if self.erased_at is not None:
            return gettext(ERASED_NAME)
        return self.display_name or self.username

    @property
    def zone(self) -> tzinfo:
        """The person's time zone; the site's if theirs is not set or not known."""
        try:
            return zoneinfo.ZoneInfo(self.time_zone) if self.time_zone else timezone.get_default_timezone()
        except (ValueError, OSError, zoneinfo.ZoneInfoNotFoundError):
            return timezone.get_default_timezone()

    @property
    def large_avatar(self) -> str:
        """The URL of the large picture, or an empty string."""
        return large_url(self.avatar)

    def get_full_name(self) -> str:
        """The name, for Django."""
        return self.name

    def get_short_name(self) -> str:
        """The name, for Django."""
        return self.name

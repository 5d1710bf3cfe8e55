"""People and bots."""

import zoneinfo
from collections.abc import Iterator
from datetime import tzinfo
from typing import Any, ClassVar

from django.contrib.auth.models import AbstractUser, UserManager
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from chat.unicode import fold, skeleton_digest

USERNAME_CHARS = 150
DISPLAY_NAME_CHARS = 80
SKELETON_CHARS = 40


class PersonManager(UserManager["User"]):
    """Creates people with what their names look like. Raises IntegrityError for a username that looks like another."""

    use_in_migrations = False

    def create_user(self, username: str, *args: Any, **fields: Any) -> "User":
        """A person; the username is folded."""
        fields |= looks(username, fields.get("display_name", ""))
        person: User = super().create_user(username, *args, **fields)
        return person

    def create_superuser(self, username: str, *args: Any, **fields: Any) -> "User":
        """A superuser; the username is folded."""
        fields |= looks(username, fields.get("display_name", ""))
        person: User = super().create_superuser(username, *args, **fields)
        return person


def looks(username: str, display_name: str) -> dict[str, str]:
    """What somebody's names look like, as the columns that hold it."""
    look = skeleton_digest(username)
    return {"username_skeleton": look, "name_skeleton": skeleton_digest(display_name) if display_name else look}


class User(AbstractUser):
    """Somebody who can speak. `username` signs in and is mentioned; `display_name` is what others read.

    People are deactivated (`is_active`), never deleted: their messages keep their author.
    """

    # What a username may be is said in chat.services.usernames; people whose name is older than a rule keep it.
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
    avatar = models.ImageField(_("picture"), upload_to="avatars/", blank=True)
    time_zone = models.CharField(_("time zone"), max_length=64, blank=True)
    is_bot = models.BooleanField(_("bot"), default=False)
    # Null where somebody had a name that looks like another's before this was asked for.
    username_skeleton = models.CharField(max_length=SKELETON_CHARS, null=True, unique=True, editable=False)  # noqa: DJ001
    # What others read looks like this; null for somebody stored by a version that knew nothing of it.
    name_skeleton = models.CharField(max_length=SKELETON_CHARS, null=True, db_index=True, editable=False)  # noqa: DJ001
    sessions_ended = models.PositiveIntegerField(default=0, db_default=0, editable=False)

    objects: ClassVar = PersonManager()

    class Meta:
        verbose_name = _("person")
        verbose_name_plural = _("people")

    def __str__(self) -> str:
        """Name and username, for lists in which people must be told apart: two can have one name."""
        return self.name if self.name == self.username else f"{self.name} (@{self.username})"

    @classmethod
    def normalize_username(cls, username: str) -> str:
        """Usernames are stored in one spelling: ＭＩＮＡ is mina. A form that lacks the field gives None."""
        return fold(username) if isinstance(username, str) else username

    def rename(self, *, username: str | None = None, display_name: str | None = None) -> set[str]:
        """Set what is not None, and what it looks like. Returns the names of the fields to save."""
        if username is not None:
            self.username, self.username_skeleton = self.normalize_username(username), skeleton_digest(username)
        if display_name is not None:
            self.display_name = display_name
        self.name_skeleton = skeleton_digest(self.name)
        return {"username", "username_skeleton", "display_name", "name_skeleton"}

    def get_session_auth_hash(self) -> str:
        """What a session must hold to be theirs: another one after a new password, or once all sessions were ended."""
        return self._counted(super().get_session_auth_hash())

    def get_session_auth_fallback_hash(self) -> Iterator[str]:
        """The same under keys of SECRET_KEY_FALLBACKS."""
        return map(self._counted, super().get_session_auth_fallback_hash())

    def _counted(self, session_hash: str) -> str:
        return f"{session_hash}-{self.sessions_ended}" if self.sessions_ended else session_hash

    @property
    def name(self) -> str:
        """What others read beside a message: the display name, or else the username."""
        return self.display_name or self.username

    @property
    def zone(self) -> tzinfo:
        """The zone in which this person reads times; the site's where theirs is not set or not known."""
        try:
            return zoneinfo.ZoneInfo(self.time_zone) if self.time_zone else timezone.get_default_timezone()
        except (ValueError, OSError, zoneinfo.ZoneInfoNotFoundError):
            return timezone.get_default_timezone()

    def get_full_name(self) -> str:
        """The name, for the parts of Django that ask for it so."""
        return self.name

    def get_short_name(self) -> str:
        """The name, for the parts of Django that ask for it so."""
        return self.name

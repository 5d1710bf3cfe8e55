"""People and bots."""

import zoneinfo
from collections.abc import Iterator
from datetime import tzinfo
from typing import ClassVar

from django.contrib.auth.models import AbstractUser, UserManager
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

DISPLAY_NAME_CHARS = 80


class User(AbstractUser):
    """Somebody who can speak. `username` signs in and is mentioned; `display_name` is what others read.

    People are deactivated (`is_active`), never deleted: their messages keep their author.
    """

    first_name = None  # type: ignore[assignment]
    last_name = None  # type: ignore[assignment]
    display_name = models.CharField(_("name"), max_length=DISPLAY_NAME_CHARS, blank=True)
    avatar = models.ImageField(_("picture"), upload_to="avatars/", blank=True)
    time_zone = models.CharField(_("time zone"), max_length=64, blank=True)
    is_bot = models.BooleanField(_("bot"), default=False)
    sessions_ended = models.PositiveIntegerField(default=0, db_default=0, editable=False)

    objects: ClassVar = UserManager()

    class Meta:
        verbose_name = _("person")
        verbose_name_plural = _("people")

    def __str__(self) -> str:
        return self.name

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

"""Incoming webhooks: secret addresses to which a program posts messages."""

import re
import secrets
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from chat.models import Room
from chat.models.token import digest_of

NAME_CHARS = 60
SECRET_BYTES = 32
HINT_CHARS = 4
IS_A_SECRET = re.compile(r"[A-Za-z0-9_-]{43}")
"""32 random bytes in the alphabet of addresses."""


def new_secret() -> str:
    """The secret part of a new address."""
    return secrets.token_urlsafe(SECRET_BYTES)


class IncomingWebhookQuerySet(models.QuerySet["IncomingWebhook"]):
    def usable(self) -> "IncomingWebhookQuerySet":
        """Those that are on, in a room that was not deleted, of an active bot with an active owner."""
        has_owner = models.Q(bot__owner=None) | models.Q(bot__owner__is_active=True)
        return self.filter(has_owner, off_at=None, bot__is_active=True, room__deleted_at=None)

    def with_secret(self, secret: str) -> "IncomingWebhookQuerySet":
        """The one with this secret, with its bot."""
        return self.filter(digest=digest_of(secret)).select_related("bot")


class IncomingWebhook(models.Model):
    """An address that posts in one room as one bot.

    Only the SHA-256 of its secret is stored, as of a token. `hint` are the last characters of it.
    """

    room = models.ForeignKey(
        Room, verbose_name=_("room"), on_delete=models.CASCADE, related_name="incoming_webhooks", db_constraint=False
    )
    bot = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("bot"), on_delete=models.CASCADE, related_name="incoming_webhooks"
    )
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("created by"), on_delete=models.CASCADE, related_name="+"
    )
    name = models.CharField(_("name"), max_length=NAME_CHARS)
    digest = models.CharField(max_length=64, unique=True, editable=False)
    hint = models.CharField(max_length=8, editable=False)
    created_at = models.DateTimeField(_("created"), default=timezone.now, editable=False)
    off_at = models.DateTimeField(_("switched off"), null=True, editable=False)
    # Written at most once a minute, after the request.
    used_at = models.DateTimeField(_("last used"), null=True, editable=False)

    objects: ClassVar = IncomingWebhookQuerySet.as_manager()

    class Meta:
        verbose_name = _("incoming webhook")
        verbose_name_plural = _("incoming webhooks")
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.name} (…{self.hint})"

    @property
    def is_on(self) -> bool:
        """Whether nobody has switched it off."""
        return self.off_at is None

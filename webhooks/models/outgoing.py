"""Outgoing webhooks: addresses to which what happens in a room is sent."""

import secrets
from typing import ClassVar
from urllib.parse import urlsplit

from django.conf import settings
from django.db import models
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from chat.models import Room
from webhooks.models.incoming import NAME_CHARS

URL_CHARS = 1000
SALT_BYTES = 16


def new_salt() -> str:
    """What makes the secret of a webhook another one."""
    return secrets.token_hex(SALT_BYTES)


class OutgoingWebhookQuerySet(models.QuerySet["OutgoingWebhook"]):
    def on(self) -> "OutgoingWebhookQuerySet":
        """Those that are on, in rooms that were not deleted."""
        return self.filter(off_at=None, room__deleted_at=None)

    def free(self) -> "OutgoingWebhookQuerySet":
        """Those for which no process is sending."""
        return self.filter(models.Q(leased_until=None) | models.Q(leased_until__lt=Now()))


class OutgoingWebhook(models.Model):
    """Sends the chosen kinds of events in one room, and in its threads, to one address.

    Its secret is computed from `salt` and SECRET_KEY, so that nobody can sign with what is in the database. What the
    owner may not read any more is not sent. `leased_until`: a process is sending, one delivery after the other.
    """

    class Off(models.TextChoices):
        """Why a webhook is off."""

        BY_HAND = "by_hand", _("Switched off by somebody who manages the room")
        FAILING = "failing", _("The receiver failed for a day")
        GONE = "gone", _("The receiver answered that it is gone (410)")
        BEHIND = "behind", _("Too many deliveries were waiting")
        LEFT = "left", _("Its owner is not in the room any more")

    room = models.ForeignKey(
        Room, verbose_name=_("room"), on_delete=models.CASCADE, related_name="outgoing_webhooks", db_constraint=False
    )
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=pgettext_lazy("webhook", "owner"),
        on_delete=models.CASCADE,
        related_name="outgoing_webhooks",
    )
    name = models.CharField(_("name"), max_length=NAME_CHARS)
    url = models.CharField(_("address"), max_length=URL_CHARS)
    kinds = models.JSONField(_("kinds"), default=list)
    salt = models.CharField(max_length=2 * SALT_BYTES, default=new_salt, editable=False)
    created_at = models.DateTimeField(_("created"), default=timezone.now, editable=False)
    off_at = models.DateTimeField(_("switched off"), null=True, editable=False)
    off_because = models.CharField(_("why"), max_length=8, choices=Off.choices, blank=True, default="", editable=False)
    leased_until = models.DateTimeField(null=True, editable=False)

    objects: ClassVar = OutgoingWebhookQuerySet.as_manager()

    class Meta:
        verbose_name = _("outgoing webhook")
        verbose_name_plural = _("outgoing webhooks")
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.name} ({self.host})"

    @property
    def host(self) -> str:
        """The host of the address; the rest of it may be a secret."""
        return urlsplit(self.url).hostname or ""

    @property
    def is_on(self) -> bool:
        """Whether it sends."""
        return self.off_at is None

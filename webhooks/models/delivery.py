"""Deliveries: what is sent, was sent or could not be sent to outgoing webhooks."""

import uuid
from datetime import datetime
from typing import ClassVar

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from chat.models import Message
from webhooks.kinds import Kind
from webhooks.models.outgoing import OutgoingWebhook

ANSWER_CHARS = 500
ERROR_CHARS = 16
KEYS = uuid.UUID("5f0d2c1e-3a39-5d0f-8f3e-0c9a5cb8a7d4")
"""The namespace of the ids of deliveries."""

ERRORS = {
    "bad_url": _("the address is not allowed"),
    "not_public": _("the host is not on the public internet"),
    "no_such_host": _("there is no such host"),
    "refused": _("the connection was refused"),
    "timeout": _("no answer in time"),
    "tls": _("the certificate is not valid"),
    "broken": _("the connection broke off"),
}


class WebhookDeliveryQuerySet(models.QuerySet["WebhookDelivery"]):
    def waiting(self) -> "WebhookDeliveryQuerySet":
        """Those that are still to be sent, in their order."""
        return self.filter(state=WebhookDelivery.State.WAITING).order_by("pk")

    def between(self, start: datetime, end: datetime) -> "WebhookDeliveryQuerySet":
        """Those that were derived in a span of time."""
        return self.filter(created_at__gte=start, created_at__lt=end)


class WebhookDelivery(models.Model):
    """One event for one webhook. What it says is read from the message whenever it is sent or shown, never stored.

    `change` tells changes of one kind of one message apart: a revision, or 0 for what happens only once. `id` orders
    the deliveries of a webhook; receivers know them by `key`, which is the same in all tries. `answer` are the first
    characters of the last answer, which are forgotten together with the text of the message.
    """

    class State(models.TextChoices):
        """What became of it."""

        WAITING = "waiting", _("waiting")
        SENT = "sent", _("delivered")
        FAILED = "failed", _("given up")
        SKIPPED = "skipped", _("not sent: the message was deleted before")

    webhook = models.ForeignKey(OutgoingWebhook, on_delete=models.CASCADE, related_name="deliveries", db_index=False)
    kind = models.CharField(_("event"), max_length=20, choices=Kind.choices)
    message = models.ForeignKey(
        Message, null=True, on_delete=models.CASCADE, related_name="webhook_deliveries", db_constraint=False
    )
    change = models.PositiveBigIntegerField(default=0)
    key = models.UUIDField(unique=True, editable=False)
    state = models.CharField(_("state"), max_length=8, choices=State.choices, default=State.WAITING)
    created_at = models.DateTimeField(_("when"), default=timezone.now)
    next_try_at = models.DateTimeField(null=True)
    tries = models.PositiveIntegerField(_("tries"), default=0)
    tried_at = models.DateTimeField(_("last try"), null=True)
    status = models.PositiveIntegerField(_("status"), null=True)
    milliseconds = models.PositiveIntegerField(_("duration"), null=True)
    answer = models.CharField(_("answer"), max_length=ANSWER_CHARS, blank=True, default="")
    error = models.CharField(_("error"), max_length=ERROR_CHARS, blank=True, default="")

    objects: ClassVar = WebhookDeliveryQuerySet.as_manager()

    class Meta:
        verbose_name = _("delivery")
        verbose_name_plural = _("deliveries")
        default_permissions = ()
        indexes: ClassVar = [
            models.Index(fields=["webhook", "id"], name="delivery_webhook"),
            models.Index(fields=["webhook", "id"], name="delivery_waiting", condition=models.Q(state="waiting")),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.key}"

    @property
    def error_text(self) -> str:
        """Why there was no answer, for people."""
        return str(ERRORS.get(self.error, self.error))

    @staticmethod
    def key_of(webhook_id: int, kind: str, message: Message, change: int) -> uuid.UUID:
        """The id of a delivery, which is the same whenever it is derived.

        It depends on the key of the message: ids of messages may recur after a backup was restored.
        """
        return uuid.uuid5(KEYS, f"{webhook_id}:{kind}:{message.pk}:{message.key}:{change}")

"""Invitations to the space: links with which people sign up."""

from datetime import datetime, timedelta
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from chat.models.room import Room
from chat.models.user import User

DIGEST_CHARS = 64


class InvitationQuerySet(models.QuerySet["Invitation"]):
    def open(self, *, days: int) -> "InvitationQuerySet":
        """Links with which people can sign up now. `days` is the space's limit on their age, 0 for none.

        A link is also closed while the person who created it may not invite people, or the room for guests is archived.
        """
        now = timezone.now()
        is_young = models.Q(expires_at=None) | models.Q(expires_at__gt=now)
        has_uses = models.Q(max_uses=None) | models.Q(uses__lt=models.F("max_uses"))
        has_room = models.Q(guest_room=None) | models.Q(guest_room__deleted_at=None, guest_room__archived_at=None)
        found = self.filter(is_young, has_uses, has_room, revoked_at=None, created_by__in=User.objects.inviters())
        return found.filter(created_at__gt=now - timedelta(days=days)) if days else found


class Invitation(models.Model):
    """A link with which people sign up. Only the SHA-256 of its token is stored, so no backup contains a valid link."""

    token_digest = models.CharField(max_length=DIGEST_CHARS, unique=True, editable=False)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("created by"),
        on_delete=models.CASCADE,
        related_name="invitations",
        editable=False,
    )
    created_at = models.DateTimeField(_("created at"), default=timezone.now, editable=False)
    expires_at = models.DateTimeField(_("expires at"), null=True, editable=False)
    max_uses = models.PositiveIntegerField(_("number of people"), null=True, editable=False)
    uses = models.PositiveIntegerField(_("joined"), default=0, editable=False)
    revoked_at = models.DateTimeField(_("revoked at"), null=True, editable=False)
    # With a room, people who follow the link become guests, and enter only that room.
    guest_room = models.ForeignKey(
        Room,
        verbose_name=_("room for guests"),
        null=True,
        on_delete=models.CASCADE,
        related_name="guest_invitations",
        editable=False,
    )

    objects: ClassVar = InvitationQuerySet.as_manager()

    class Meta:
        verbose_name = _("invitation link")
        verbose_name_plural = _("invitation links")
        ordering: ClassVar = ["-pk"]
        default_permissions = ()

    def __str__(self) -> str:
        return f"#{self.pk}"

    def ends_at(self, *, days: int) -> datetime | None:
        """When the link expires, by its own end or the space's limit in days (0 for none); None for never."""
        ends = [self.expires_at] if self.expires_at else []
        if days:
            ends.append(self.created_at + timedelta(days=days))
        return min(ends, default=None)

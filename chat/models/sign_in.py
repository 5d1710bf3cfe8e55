"""The sessions of people."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils import timezone

USER_AGENT_CHARS = 200


class SignIn(models.Model):
    """A session of a person and its browser, so that the person can recognise and end it.

    The session itself is Django's, and may end before this row is deleted: `chat.services.sessions` lists valid ones.
    """

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="sign_ins")
    session_key = models.CharField(max_length=40, unique=True, editable=False)
    user_agent = models.CharField(max_length=USER_AGENT_CHARS, blank=True)
    seen_at = models.DateTimeField(default=timezone.now)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["user", "seen_at"], name="sign_in_user_seen")]

    def __str__(self) -> str:
        return f"{self.user_id}: {self.user_agent}"

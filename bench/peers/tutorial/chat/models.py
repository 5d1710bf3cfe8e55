"""The model of the consumer that stores messages."""

from django.conf import settings
from django.db import models


class Message(models.Model):
    """A message in a room."""

    room = models.CharField(max_length=100, db_index=True)
    author = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.CASCADE)
    content = models.TextField()
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return self.content

"""The index in PostgreSQL. With SQLite, the table stays empty: the index is in a file of its own."""

from typing import Any

from django.db import models

from chat.models import Message


class TokensField(models.Field):  # type: ignore[type-arg]
    """Tokens of a text, which are written and compared by SQL only."""

    def db_type(self, connection: Any) -> str:
        return "tsvector" if connection.vendor == "postgresql" else "text"


class MessageTokens(models.Model):
    """The tokens of one message. Derived from it; a deleted message has none."""

    # Without a constraint in the database: a process of the version before deletes messages without knowing this table.
    message = models.OneToOneField(
        Message, on_delete=models.CASCADE, primary_key=True, related_name="tokens", db_constraint=False
    )
    tokens = TokensField()

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return str(self.message_id)

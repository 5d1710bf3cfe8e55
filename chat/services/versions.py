"""Keeps the former texts of edited messages, and deletes them. `chat.queries.versions` reads them."""

from django.db.models import Max

from chat.models import Message, MessageVersion

MOST_VERSIONS = 20
"""Most former texts of a message: the original and the latest others."""


def keep_text(message: Message) -> None:
    """Keep the text that a message has before an edit. Requires the lock of its room."""
    last = message.versions.aggregate(last=Max("number"))["last"]
    if last is None:
        # The original of a message that was edited before former texts were kept is unknown.
        last = 1 if message.edited_at else 0
    MessageVersion.objects.create(
        message=message, number=last + 1, body=message.body, written_at=message.edited_at or message.created_at
    )
    if last >= MOST_VERSIONS:
        others = message.versions.exclude(number=1).order_by("-number").values_list("pk", flat=True)
        message.versions.filter(pk__in=list(others[MOST_VERSIONS - 1 :])).delete()


def forget_texts_of_deleted_messages() -> None:
    """Delete former texts that a process of a version without them left behind when it deleted their messages."""
    MessageVersion.objects.filter(message__deleted_at__isnull=False).delete()


def forget_texts(message: Message) -> None:
    """Delete all former texts of a message that is being deleted. Requires the lock of its room."""
    if message.edited_at:
        message.versions.all().delete()

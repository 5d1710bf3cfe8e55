"""Data of one person that is synchronised between their devices, one item per row."""

from collections.abc import Collection
from typing import ClassVar

from django.conf import settings
from django.db import models

KIND_CHARS = 16
KEY_CHARS = 64

MENTIONS = "mentions"
"""The kind of the items with a person's unread mentions, which only the server sets."""

HIDE_READS = "hide_reads"
"""The key of the setting of people who do not show others how far they have read. A copy is on their row."""


BLOCKS = "blocks"
"""The kind of the items that block other people, whose ids are the keys."""


NOTICE = "notice"
"""The kind of the items that notify a person of what moderators decided. The server sets them, clients unset them."""


class PersonItemQuerySet(models.QuerySet["PersonItem"]):
    def present(self) -> "PersonItemQuerySet":
        """Items with a value."""
        return self.filter(value__isnull=False)

    def unset(self) -> "PersonItemQuerySet":
        """Tombstones."""
        return self.filter(value__isnull=True)

    def blocks_among(self, user_ids: Collection[int]) -> "PersonItemQuerySet":
        """The blocks of these people of each other."""
        return self.present().filter(kind=BLOCKS, user__in=user_ids, key__in=[str(user_id) for user_id in user_ids])

    def with_tombstones_over(self, most: int, user_ids: Collection[int]) -> "models.QuerySet[PersonItem, int]":
        """The ids of those among these people who have more tombstones than this."""
        of_people = self.unset().filter(user__in=user_ids).order_by().values("user")
        return of_people.annotate(count=models.Count("pk")).filter(count__gt=most).values_list("user", flat=True)


class PersonItem(models.Model):
    """One item of a person, identified by kind and key.

    `revision` is the person's revision at the last change of this item. An item that was unset stays as a tombstone
    (`value` is null), so that clients can catch up by revision. `size` is the size of the value's JSON text in bytes.
    """

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        related_name="items",
        db_index=False,  # the unique constraint begins with the user
    )
    kind = models.CharField(max_length=KIND_CHARS)
    key = models.CharField(max_length=KEY_CHARS)
    value = models.JSONField(null=True)
    size = models.PositiveIntegerField(default=0)
    revision = models.PositiveBigIntegerField()

    objects: ClassVar = PersonItemQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["user", "kind", "key"], name="one_item_per_user_kind_and_key"),
        ]
        indexes: ClassVar = [models.Index(fields=["user", "revision"], name="item_user_revision")]

    def __str__(self) -> str:
        return f"{self.kind} {self.key}"

"""The statuses of people, and who may see them."""

from collections.abc import Collection
from typing import NamedTuple

from chat.models import PersonStatus, User
from chat.protocol.shapes import Status
from chat.queries.credentials import in_batches


class HeldStatus(NamedTuple):
    """The status of a person, or none, as of a version of it."""

    version: int = 0
    status: Status | None = None


def visible_statuses(reader: User, user_ids: Collection[int]) -> dict[int, HeldStatus]:
    """The people among these whose presence the reader may see, with their statuses."""
    visible = User.objects.known_to(reader).filter(pk__in=user_ids).values_list("pk", flat=True)
    found = dict.fromkeys(visible, HeldStatus())
    return found | _statuses(found)


def statuses(user_ids: Collection[int]) -> dict[int, HeldStatus]:
    """The statuses of people, for those who have or had one."""
    found: dict[int, HeldStatus] = {}
    for ids in in_batches(user_ids):
        found |= _statuses(ids)
    return found


def _statuses(user_ids: Collection[int]) -> dict[int, HeldStatus]:
    rows = PersonStatus.objects.filter(user__in=user_ids)
    return {row.user_id: HeldStatus(row.version, Status.of(row) if row.is_in_force else None) for row in rows}

"""The statuses of people, which end by themselves at their time."""

import uuid
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from chat.bus.bus import bus
from chat.bus.events import StatusChanged
from chat.models import PersonStatus, User
from chat.models.person_status import STATUS_CHARS, STATUS_EMOJI_CHARS
from chat.protocol import shapes
from chat.protocol.errors import Invalid, NotFound
from chat.services import quotas
from chat.services.due import add_due
from chat.services.text import clean_line
from chat.store.lock_timeout import limited_transaction
from chat.unicode import one_emoji

STATUS_DAYS = 31
"""The longest time after which a status ends by itself."""

END_OF_STATUS = "status_end"
"""The kind of the due things that end a status."""

KEYS = uuid.UUID("5a6a6a51-5c6c-4ad4-9a43-3f0a1bfa4f6e")


def set_status(person: User, *, emoji: str, text: str, until: datetime | None = None) -> PersonStatus:
    """Set a person's status, or with neither emoji nor text unset it. An equal one changes nothing.

    Raises Invalid, TooLarge or RateLimited.
    """
    quotas.STATUSES.take(person)
    chosen = _clean_emoji(emoji)
    line = clean_line(text, field="text", limit=STATUS_CHARS, required=False)
    ends = _clean_until(until) if chosen or line else None
    with limited_transaction():
        status = _locked(person.pk)
        if (status.emoji, status.text, status.until) != (chosen, line, ends):
            status.emoji, status.text, status.until = chosen, line, ends
            _save(status)
            if ends is not None:
                args = {"user": status.user_id, "version": status.version}
                add_due(END_OF_STATUS, args, key=uuid.uuid5(KEYS, f"{status.user_id} {status.version}"), due_at=ends)
    return status


def end_status(user_id: int, *, version: int) -> None:
    """Unset a status whose time is over, unless the person has set another one since."""
    with limited_transaction():
        status = _locked(user_id)
        if status.version == version and (status.emoji or status.text):
            status.emoji = status.text = ""
            status.until = None
            _save(status)


def forget_status(user_id: int) -> None:
    """Unset the status of an account that is being erased, whose row is locked.

    The row stays, with a version of its own: processes that still hold the status would take a missing one for older.
    """
    status = PersonStatus.objects.filter(user=user_id).first()
    if status is not None:
        status.emoji = status.text = ""
        status.until = None
        _save(status)


def _locked(user_id: int) -> PersonStatus:
    """The status of a person whose row is locked."""
    person = User.objects.locked().filter(pk=user_id).first()
    if person is None:
        raise NotFound
    return PersonStatus.objects.filter(user=person).first() or PersonStatus(user=person)


def _save(status: PersonStatus) -> None:
    status.version += 1
    status.save()
    text = shapes.Status.of(status).encode() if status.is_in_force else ""
    event = StatusChanged(status.user_id, version=status.version, status=text)
    transaction.on_commit(lambda: bus.publish([event]))


def _clean_emoji(text: str) -> str:
    if not text:
        return ""
    emoji = one_emoji(text) if len(text) <= STATUS_EMOJI_CHARS else None
    if emoji is None or len(emoji) > STATUS_EMOJI_CHARS:
        raise Invalid(_("A status has one emoji."), field="emoji")
    return emoji


def _clean_until(until: datetime | None) -> datetime | None:
    now = timezone.now()
    if until is not None and not now < until <= now + timedelta(days=STATUS_DAYS):
        raise Invalid(_("A status ends at a time in the next 31 days, or not by itself."), field="until")
    return until

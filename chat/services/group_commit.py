"""Many messages, of many people in many rooms, stored by one transaction."""

import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.core.files.storage import default_storage
from django.db import IntegrityError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from chat.bus.bus import Change, MessageItem
from chat.models import Message
from chat.protocol import shapes
from chat.protocol.errors import JOIN_FIRST, Archived, ChatError, Conflict, Forbidden, Invalid, NotFound, Unavailable
from chat.services.text import clean_body, render
from chat.store import post_messages
from chat.store.post_messages import Draft, PostOutcome, PostResult

__all__ = ["Draft", "Sent", "draft", "send_batch"]

ATTEMPTS = 3

REFUSALS: Mapping[str, Callable[[], ChatError]] = {
    PostOutcome.ROOM_UNKNOWN: NotFound,
    PostOutcome.NOT_A_MEMBER: lambda: Forbidden(JOIN_FIRST),
    PostOutcome.KEY_USED_ELSEWHERE: lambda: Conflict(
        _("This key was used for a message in another room."), field="key"
    ),
    PostOutcome.ARCHIVED: Archived,
    PostOutcome.TARGET_UNKNOWN: lambda: Invalid(_("The message to reply to is not in this room."), field="reply_to"),
}


@dataclass(slots=True)
class Sent:
    """What became of a batch: per draft, in its order, the stored message or the refusal; and what to tell the bus."""

    outcomes: list[shapes.Message | ChatError]
    changes: list[Change] = field(default_factory=list)


def draft(*, author_id: int, room_id: int, key: uuid.UUID, body: str, reply_to: int | None = None) -> Draft:
    """A draft of what was typed. Raises Invalid or TooLarge where the text can't be a message."""
    text = clean_body(body)
    return Draft(room_id, author_id, key, text, render(text), reply_to)


def send_batch(drafts: Sequence[Draft], *, at: datetime | None = None) -> Sent:
    """Store all these drafts, said now or `at` another time, in one transaction. Each that breaks a rule fails alone.

    No two may have the same author and key. The caller publishes `Sent.changes`, after COMMIT.
    """
    moment = at or timezone.now()
    results = _results(drafts, moment)
    return settle(drafts, results, known_messages(results), moment)


def known_messages(results: Sequence[PostResult]) -> dict[int, shapes.Message]:
    """The messages of keys that were used before, by id."""
    ids = [one.id for one in results if one.verdict == PostOutcome.KNOWN]
    if not ids:
        return {}
    return {message.pk: shapes.Message.of(message) for message in Message.objects.filter(pk__in=ids).with_author()}


def settle(
    drafts: Sequence[Draft], results: Sequence[PostResult], known: Mapping[int, shapes.Message], at: datetime
) -> Sent:
    """What to answer, and what to tell the bus, after `batch` has judged these drafts.

    Whose message is not among the `known` is told to try again.
    """
    new: list[tuple[shapes.Message, int]] = []
    outcomes: list[shapes.Message | ChatError] = []
    for draft, one in zip(drafts, results, strict=True):
        if one.verdict == PostOutcome.NEW:
            message = _shape(draft, one, at)
            new.append((message, one.since))
            outcomes.append(message)
        elif one.verdict == PostOutcome.KNOWN:
            outcomes.append(known.get(one.id) or Unavailable())
        else:
            outcomes.append(REFUSALS[one.verdict]())
    return Sent(outcomes, _changes(new))


def _results(drafts: Sequence[Draft], at: datetime) -> list[PostResult]:
    for attempt in range(1, ATTEMPTS + 1):
        try:
            return post_messages.store(drafts, at)
        except IntegrityError:
            # Another process stored one of the keys, in another room, at the same time. Look again.
            if attempt == ATTEMPTS:
                raise
    raise AssertionError("unreachable")


def _shape(draft: Draft, one: PostResult, at: datetime) -> shapes.Message:
    return shapes.Message(
        id=one.id,
        room=draft.room,
        position=one.position,
        revision=one.revision,
        key=str(draft.key),
        kind=Message.Kind.TEXT.value,
        author=shapes.User(
            id=draft.author,
            username=one.username,
            name=one.display_name or one.username,
            avatar=default_storage.url(one.avatar) if one.avatar else None,
            bot=one.is_bot,
        ),
        body=draft.body,
        html=draft.html,
        created_at=at,
        edited_at=None,
        deleted=False,
        reply_to=draft.reply_to,
    )


def _changes(new: Sequence[tuple[shapes.Message, int]]) -> list[Change]:
    """What to tell each room: its new messages, in their order, and the revision that it was at before them."""
    rooms: dict[int, tuple[int, list[shapes.Message]]] = {}
    for message, since in new:
        rooms.setdefault(message.room, (since, []))[1].append(message)
    return [
        Change(
            room=room,
            since=since,
            revision=messages[-1].revision,
            message_count=messages[-1].position,
            messages=tuple(
                MessageItem(message.id, message.revision, message.position, message.author.id, message.encode())
                for message in messages
            ),
        )
        for room, (since, messages) in rooms.items()
    ]

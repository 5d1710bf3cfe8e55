"""Stores messages of many people in many rooms in one transaction."""

import json
import math
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache

from django.db import IntegrityError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from chat import policy
from chat.bus.events import AuthorItem, RoomChanged
from chat.models import Message, User
from chat.protocol import shapes
from chat.protocol.errors import (
    JOIN_FIRST,
    MODERATORS_POST,
    Archived,
    ChatError,
    Conflict,
    Forbidden,
    Invalid,
    Muted,
    NotFound,
    TooSoon,
    Unavailable,
)
from chat.queries.changes import message_item
from chat.services.markup import render
from chat.services.text import clean_body
from chat.store import post_messages
from chat.store.post_messages import PostOutcome, PostResult

ATTEMPTS = 3

PERSON = PostResult._fields.index("username")
"""Index of the columns of the author in a result, which are its last fields."""

AUTHORS_KEPT = 4_096
"""Authors whose JSON text is kept: some 0.3 KiB each."""

REFUSALS: Mapping[str, Callable[[], ChatError]] = {
    PostOutcome.ROOM_UNKNOWN: NotFound,
    PostOutcome.NOT_A_MEMBER: lambda: Forbidden(JOIN_FIRST),
    PostOutcome.KEY_USED_ELSEWHERE: lambda: Conflict(
        _("This key was used for a message in another room."), field="key"
    ),
    PostOutcome.ARCHIVED: Archived,
    PostOutcome.REFUSED: lambda: Forbidden(policy.CANNOT_WRITE),
    PostOutcome.DEACTIVATED: lambda: Forbidden(policy.ALL_DEACTIVATED),
    PostOutcome.NOT_A_MODERATOR: lambda: Forbidden(MODERATORS_POST),
    PostOutcome.TARGET_UNKNOWN: lambda: Invalid(_("The message to reply to is not in this room."), field="reply_to"),
}


REFUSALS_FOR_NOW: Mapping[str, type[ChatError]] = {PostOutcome.MUTED: Muted, PostOutcome.TOO_SOON: TooSoon}


@dataclass(slots=True)
class Sent:
    """The outcome of a batch: for each draft, in order, the stored message or an error; and the changes to publish."""

    outcomes: list[Message | ChatError]
    changes: list[RoomChanged] = field(default_factory=list)


def draft(
    *,
    author_id: int,
    room_id: int,
    key: uuid.UUID,
    body: str,
    reply_to: int | None = None,
    may_be_empty: bool = False,
) -> Message:
    """Make an unsaved message from a typed text. Raises Invalid or TooLarge if the text can't be a message.

    The text may be empty if the message carries something else.
    """
    text = clean_body(body, may_be_empty=may_be_empty)
    return post_messages.new_draft(
        room_id=room_id, author_id=author_id, key=key, body=text, html=render(text), reply_to_id=reply_to
    )


def send_batch(drafts: Sequence[Message], *, at: datetime | None = None) -> Sent:
    """Post drafts, sent now or `at` another time, in one transaction. A draft that breaks a rule fails alone.

    No two may have the same author and key. The caller must publish `Sent.changes` after COMMIT.
    """
    date(drafts, at or timezone.now())
    results = _post(drafts)
    return settle(drafts, results, known_messages(results))


def date(drafts: Sequence[Message], at: datetime) -> None:
    """Set when these drafts were sent."""
    for message in drafts:
        message.created_at = at


def known_messages(results: Sequence[PostResult]) -> dict[int, Message]:
    """The stored messages of duplicates, by id."""
    ids = [result.id for result in results if result.outcome == PostOutcome.KNOWN]
    return Message.objects.in_bulk(ids) if ids else {}


def settle(drafts: Sequence[Message], results: Sequence[PostResult], known: Mapping[int, Message]) -> Sent:
    """Turn the results of posting into outcomes and changes. New drafts become the stored messages.

    A duplicate whose message is missing from `known` gets Unavailable.
    """
    new: dict[int, list[Message]] = {}
    since: dict[int, int] = {}
    threads: set[int] = set()
    authors: dict[int, AuthorItem] = {}
    outcomes: list[Message | ChatError] = []
    for message, result in zip(drafts, results, strict=True):
        if result.outcome == PostOutcome.NEW:
            _place(message, result)
            new.setdefault(message.room_id, []).append(message)
            since.setdefault(message.room_id, result.since)
            if result.parent is not None:
                threads.add(message.room_id)
            if message.author_id not in authors:
                authors[message.author_id] = _author_item(message.author_id, result)
            outcomes.append(message)
        elif result.outcome == PostOutcome.KNOWN:
            outcomes.append(known.get(result.id) or Unavailable())
        else:
            outcomes.append(_refusal(message, result))
    return Sent(
        outcomes,
        [_change(since[room_id], messages, authors, is_thread=room_id in threads) for room_id, messages in new.items()],
    )


def _post(drafts: Sequence[Message]) -> list[PostResult]:
    for attempt in range(1, ATTEMPTS + 1):
        try:
            return post_messages.post(drafts)
        except IntegrityError:
            # Another process stored one of the keys in another room at the same time. Try again.
            if attempt == ATTEMPTS:
                raise
    raise AssertionError("unreachable")


def _refusal(message: Message, result: PostResult) -> ChatError:
    for_now = REFUSALS_FOR_NOW.get(result.outcome)
    if for_now is None or result.may_post_from is None:
        return REFUSALS[result.outcome]()
    seconds = (result.may_post_from - message.created_at).total_seconds()
    return for_now(retry_after=max(1, math.ceil(seconds)))


def _place(message: Message, result: PostResult) -> None:
    """Set the fields of a draft that the database has assigned."""
    message.pk, message.position, message.revision = result.id, result.position, result.revision
    message.system_lines = result.system_lines
    if result.extras is not None:
        message.extras = json.loads(result.extras)
    message._state.adding = False  # noqa: SLF001 (documented for this purpose)


def _author_item(user_id: int, result: PostResult) -> AuthorItem:
    return AuthorItem(user_id, True, _author_text(user_id, result[PERSON:]))


@lru_cache(AUTHORS_KEPT)
def _author_text(user_id: int, columns: tuple[str | bool, ...]) -> str:
    """A person with these columns as JSON text. Kept, since most authors have just posted before."""
    author = User(pk=user_id, **dict(zip(PostResult._fields[PERSON:], columns, strict=True)))
    return shapes.User.of(author).encode()


def _change(
    since: int, messages: Sequence[Message], authors: Mapping[int, AuthorItem], *, is_thread: bool
) -> RoomChanged:
    """The change that new messages, in order, make to a room that was at revision `since`.

    Clients do not get the members of a thread, so there its authors are sent with the messages.
    """
    last = messages[-1]
    found = [authors[user_id] for user_id in {message.author_id: None for message in messages}]
    return RoomChanged(
        room=last.room_id,
        since=since,
        revision=last.revision,
        message_count=last.position,
        counted=last.counted,
        messages=tuple(message_item(message) for message in messages),
        authors=tuple(author._replace(is_member=False) for author in found) if is_thread else tuple(found),
    )

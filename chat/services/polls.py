"""Sending polls, voting in them, and closing them."""

import uuid
from collections.abc import Collection, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from chat import policy
from chat.bus.bus import bus
from chat.models import Message, Poll, Room, User
from chat.models.audit import Action
from chat.models.poll import CHOICE_CHARS, FEWEST_CHOICES, MOST_CHOICES, POLL, QUESTION_CHARS
from chat.protocol.commands import NewPoll
from chat.protocol.errors import ChatError, Conflict, Invalid, NotFound, TooLarge
from chat.protocol.shapes import Mine
from chat.queries.mine import own_of
from chat.services import audit, quotas
from chat.services.changes import RoomChange, room_transaction
from chat.services.due import add_due
from chat.services.group_commit import draft, send_batch
from chat.services.item_kinds import parse_time
from chat.services.messages import room_of
from chat.services.newcomers import check_links
from chat.services.room_polls import add_rows, close, set_votes, summarise, summary_of
from chat.services.text import clean_body, clean_line
from chat.services.word_filter import check_words
from chat.store.lock_timeout import limited_transaction

CLOSE_POLL = "close_poll"
"""The kind of the due things that close polls at their time."""

CLOSING = uuid.UUID("6d0a3c52-5f0c-4c7e-9a1e-0f6a3b1f7c11")
"""The namespace of the keys of these due things."""

OPEN_DAYS = 366
"""The longest time until a poll closes by itself."""


def send_poll(
    author: User,
    *,
    room_id: int,
    key: uuid.UUID,
    body: str,
    poll: NewPoll,
    reply_to: int | None = None,
    at: datetime | None = None,
) -> Message:
    """Post a message with a poll, of which `body` is the question, and return it.

    It is checked and stored as by `send_message`, but in a transaction of its own, with the rows of the poll. Raises
    what that raises; Invalid with field `poll` for wrong choices or times, and in a thread; RateLimited.
    """
    if reply_to is not None:
        raise Invalid(_("A poll can't be a reply."), field="reply_to")
    known = Message.objects.filter(author=author, room=room_id, key=key).first()
    if known is not None:  # before the time is checked, which may have come since
        return known
    choices = clean_choices(poll.choices)
    sent_at = at or timezone.now()
    row = Poll(
        is_multiple=poll.multiple,
        is_anonymous=poll.anonymous,
        is_hidden=poll.hidden,
        closes_at=None if poll.closes_at is None else clean_closing(poll.closes_at, after=sent_at),
    )
    message = draft(author_id=author.pk, room_id=room_id, key=key, body=clean_question(body))
    check_links(author, message.html)
    check_words(author, "\n".join((message.body, *choices)), html=message.html, may_wait=False)
    message.extras = {POLL: summary_of(row, [{"text": text} for text in choices])}
    with limited_transaction():
        sent = send_batch([message], at=sent_at)
        outcome = sent.outcomes[0]
        if isinstance(outcome, ChatError):
            raise outcome
        if outcome is message:  # else the key was stored in the meantime
            if Room.objects.filter(pk=room_id, parent__isnull=False).exists():
                raise Invalid(_("A thread has no polls."), field="poll")
            quotas.POLLS.take(author)
            row.message = message
            add_rows(row, choices)
            if row.closes_at is not None:
                due = uuid.uuid5(CLOSING, str(message.pk))
                add_due(CLOSE_POLL, {"message": message.pk}, key=due, due_at=row.closes_at)
        transaction.on_commit(partial(bus.publish, sent.changes))
    return outcome


def vote(actor: User, *, message_id: int, choices: Collection[int]) -> tuple[Message, Mine]:
    """Vote for exactly these choices, by their numbers, instead of any former ones; returns the message and what the
    actor has added to it.

    Sets a state, so repeating it changes nothing. Raises NotFound, Forbidden, Archived; Conflict for a deleted message
    or a poll that is closed; Invalid for a message without a poll, or with field `choices`; RateLimited.
    """
    quotas.VOTES.take(actor)
    wanted = set(choices)
    with room_transaction(room_of(message_id)) as change:
        message = Message.objects.get(pk=message_id)
        policy.require_vote(actor, change.room, change.membership(actor))
        poll = _poll_of(message)
        added = own_of(actor.pk, message_id, has_poll=True)
        if set(added.votes) != wanted:
            _require_open(poll)
            _check_choices(poll, wanted)
            set_votes(poll, actor, held=added.votes, wanted=wanted)
            summarise(change, message, poll)
            added = added._replace(votes=sorted(wanted))
            change.note_mine(actor, added.mine(message_id, message.revision))
    return message, added.mine(message_id, message.revision)


def close_poll(actor: User, *, message_id: int) -> Message:
    """Close a poll, so that nobody can vote any more. Closing it again changes nothing.

    Raises NotFound, Forbidden, Archived; Conflict for a deleted message; Invalid for a message without a poll.
    """
    with room_transaction(room_of(message_id)) as change:
        message = Message.objects.get(pk=message_id)
        policy.require_close_poll(actor, change.room, change.membership(actor), message)
        poll = _poll_of(message)
        if poll.closed_at is None:
            close(change, message, poll, at=timezone.now())
            if message.author_id != actor.pk:
                details = audit.author_of(message)
                audit.record(actor, Action.POLL_CLOSED, target=message, room=change.room, details=details)
    return message


def close_in_time(message_id: int) -> None:
    """Close a poll whose time has come, unless it is closed, or was deleted."""
    try:
        with room_transaction(room_of(message_id)) as change:
            _close_due(change, message_id)
    except NotFound:
        return


def _close_due(change: RoomChange, message_id: int) -> None:
    poll = Poll.objects.filter(pk=message_id, closed_at=None).select_related("message").first()
    if poll is not None and poll.closes_at is not None and not poll.message.is_deleted:
        close(change, poll.message, poll, at=poll.closes_at)


def clean_question(body: str) -> str:
    """Return the question of a poll as it is stored. Raises Invalid or TooLarge with field `body`."""
    text = clean_body(body)
    if len(text) > QUESTION_CHARS:
        raise TooLarge(_("This is too long: at most %(limit)d characters.") % {"limit": QUESTION_CHARS}, field="body")
    return text


def clean_choices(texts: Sequence[str]) -> list[str]:
    """Return the choices of a poll as they are stored. Raises Invalid or TooLarge with field `poll`."""
    if not FEWEST_CHOICES <= len(texts) <= MOST_CHOICES:
        raise Invalid(_("A poll has 2 to 10 choices."), field="poll")
    choices = [clean_line(text, field="poll", limit=CHOICE_CHARS, required=False) for text in texts]
    if not all(choices):
        raise Invalid(_("Write something for each choice."), field="poll")
    if len({choice.casefold() for choice in choices}) < len(choices):
        raise Invalid(_("Two of the choices are the same."), field="poll")
    return choices


def clean_closing(given: str, *, after: datetime) -> datetime:
    """Return the time at which a poll closes. Raises Invalid with field `poll`."""
    try:
        at = parse_time(given)
    except Invalid as error:
        raise Invalid(error.message, field="poll") from error
    if not after < at <= after + timedelta(days=OPEN_DAYS):
        raise Invalid(_("A poll closes in the future, within a year."), field="poll")
    return at.astimezone(UTC)


def _poll_of(message: Message) -> Poll:
    if message.is_deleted:
        raise Conflict(_("This message was deleted."))
    poll = Poll.objects.filter(pk=message.pk).first()
    if poll is None:
        raise Invalid(_("This message has no poll."), field="message")
    return poll


def _require_open(poll: Poll) -> None:
    if poll.is_over(timezone.now()):
        raise Conflict(_("This poll is closed."))


def _check_choices(poll: Poll, wanted: set[int]) -> None:
    if not wanted <= set(poll.choices.values_list("number", flat=True)):
        raise Invalid(_("The poll has no such choice."), field="choices")
    if len(wanted) > 1 and not poll.is_multiple:
        raise Invalid(_("Choose one."), field="choices")

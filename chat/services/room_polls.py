"""The polls of a locked room: rows, and what messages say of them."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from chat.models import Message, Poll, PollChoice, User, Vote
from chat.models.poll import POLL
from chat.protocol.shapes import timestamp
from chat.services.changes import RoomChange

PEOPLE_NAMED = 20
"""Most people per choice whose ids the summary contains."""


def summary_of(poll: Poll, choices: Sequence[dict[str, Any]], voters: int = 0) -> dict[str, Any]:
    """What `extras` say of a poll: what has its default is absent. `voters` is how many people have voted."""
    flags = {"multiple": poll.is_multiple, "anonymous": poll.is_anonymous, "hidden": poll.is_hidden}
    times = {"closes_at": poll.closes_at, "closed_at": poll.closed_at}
    summary: dict[str, Any] = {"choices": list(choices), **{name: True for name, is_on in flags.items() if is_on}}
    summary |= {name: timestamp(at) for name, at in times.items() if at is not None}
    return summary | ({"voters": voters} if voters else {})


def add_rows(poll: Poll, choices: Sequence[str]) -> None:
    """Store a poll of a new message."""
    poll.save(force_insert=True)
    PollChoice.objects.bulk_create(
        PollChoice(poll=poll, number=number, text=text) for number, text in enumerate(choices, start=1)
    )


def set_votes(poll: Poll, user: User, *, held: Collection[int], wanted: Collection[int]) -> None:
    """Replace the choices for which a person votes."""
    choices = dict(poll.choices.values_list("number", "pk"))
    Vote.objects.filter(
        poll=poll, user=user, choice__in=[choices[number] for number in set(held) - set(wanted)]
    ).delete()
    added = sorted(set(wanted) - set(held))
    Vote.objects.bulk_create(Vote(poll=poll, user=user, choice_id=choices[number]) for number in added)


def summarise(change: RoomChange, message: Message, poll: Poll) -> None:
    """Update what the message says of its poll from the tables, and save it."""
    choices = [_choice(poll, choice) for choice in poll.choices.all()]
    voters = poll.votes.values("user").distinct().count()
    message.extras = {**message.extras, POLL: summary_of(poll, choices, voters)}
    change.save_extras(message)


def _choice(poll: Poll, choice: PollChoice) -> dict[str, Any]:
    """A choice with its votes, if people may see them, and with the first voters, unless the poll is anonymous."""
    said: dict[str, Any] = {"text": choice.text}
    if not poll.shows_results:
        return said
    votes = Vote.objects.filter(poll=poll, choice=choice)
    users = list(votes.order_by("pk").values_list("user_id", flat=True)[:PEOPLE_NAMED])
    if users:
        said["votes"] = len(users) if len(users) < PEOPLE_NAMED else votes.count()
        if not poll.is_anonymous:
            said["users"] = users
    return said


def close(change: RoomChange, message: Message, poll: Poll, *, at: datetime) -> None:
    """Close a poll: nobody can vote any more, and everybody sees the results."""
    poll.closed_at = at
    poll.save(update_fields=["closed_at"])
    summarise(change, message, poll)


def forget_poll(message: Message) -> None:
    """Delete the poll of a message that is being deleted, with its choices and votes."""
    if POLL in message.extras:
        Poll.objects.filter(pk=message.pk).delete()


def forget_polls_of_deleted_messages() -> None:
    """Delete polls that a process of a version without them left behind when it deleted their messages."""
    Poll.objects.filter(message__deleted_at__isnull=False).delete()

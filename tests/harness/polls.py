"""Compares what messages say of their polls with the votes."""

from collections.abc import Iterable

from chat.models import Message, Poll
from chat.services.room_polls import PEOPLE_NAMED


def wrong_polls(room_ids: Iterable[int]) -> list[str]:
    """A sentence for everything that is wrong about the polls of these rooms. Django must be set up."""
    ids = list(room_ids)
    polls = Poll.objects.filter(message__room__in=ids).select_related("message").in_bulk()
    wrong = [
        f"message {message.pk} has a poll without rows, or rows without a poll"
        for message in Message.objects.filter(room__in=ids).only("pk", "extras")
        if ("poll" in message.extras) != (message.pk in polls)
    ]
    for poll in polls.values():
        if "poll" in poll.message.extras:
            wrong += [f"poll {poll.pk}: {problem}" for problem in _problems_of(poll)]
    return wrong


def _problems_of(poll: Poll) -> list[str]:
    said, found = poll.message.extras["poll"], []
    votes = list(poll.votes.order_by("pk").values_list("choice__number", "user_id"))
    voters = {user for _number, user in votes}
    if said.get("voters", 0) != len(voters):
        found.append(f"counts {said.get('voters', 0)} voters, and has {len(voters)}")
    if len(set(votes)) != len(votes) or (not poll.is_multiple and len(voters) != len(votes)):
        found.append("somebody has voted twice")
    if ("closed_at" in said) != (poll.closed_at is not None):
        found.append("is closed only in its row, or only in its message")
    for number, choice in enumerate(said["choices"], start=1):
        users = [user for voted, user in votes if voted == number] if poll.shows_results else []
        named = [] if poll.is_anonymous else users[:PEOPLE_NAMED]
        if (choice.get("votes", 0), choice.get("users", [])) != (len(users), named):
            found.append(f"choice {number} says {choice}, and {users} have voted for it")
    return found

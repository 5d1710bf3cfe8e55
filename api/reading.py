"""What the resources read. Access is decided by the look-ups of the chat, so answers are those of a socket."""

from collections.abc import Collection, Sequence
from typing import TypeVar

from api.shapes import (
    MembersAnswer,
    MessageAnswer,
    PeopleAnswer,
    PersonAnswer,
    ReactionEntry,
    ReactionsAnswer,
    RoomsAnswer,
    ThreadsAnswer,
)
from chat.models import Membership, Message, Reaction, Room, User
from chat.protocol import shapes
from chat.protocol.errors import NotFound
from chat.queries.finding import people_matching
from chat.queries.mine import addable, mine_of, own
from chat.queries.rooms import check_again, membership_of, room_summaries

T = TypeVar("T")


def rooms_of(user: User, *, within: Collection[int] | None, after: int, limit: int) -> RoomsAnswer:
    """The rooms that a person is in, or those of them to which a token is limited."""
    found = room_summaries([user]).get(user.pk, [])
    wanted = [room for room in found if room.id > after and (within is None or room.id in within)]
    page, more = _page(sorted(wanted, key=lambda room: room.id), limit)
    return RoomsAnswer(rooms=page, more=more)


def members_of(user: User, *, room_id: int, after: int, limit: int) -> MembersAnswer:
    """The members of a room that the person is in; of a thread, those of its room."""
    home = membership_of(user, room_id).room.members_room_id
    members = Membership.objects.current().filter(room_id=home, user_id__gt=after)
    page, more = _page(members.select_related("user").order_by("user_id")[: limit + 1], limit)
    return MembersAnswer(members=[shapes.Member.of(member) for member in page], more=more)


def message_of(user: User, message_id: int) -> Message:
    """A message of a room that the person is in. Raises NotFound or Forbidden."""
    message: Message | None = Message.objects.filter(pk=message_id).select_related("author").first()
    if message is None:
        raise NotFound
    membership = membership_of(user, message.room_id)
    check_again(membership, [shapes.Message.of(message)])
    return message


def message(user: User, message_id: int) -> MessageAnswer:
    """A message with its author and what the person has added to it."""
    found = message_of(user, message_id)
    shape = shapes.Message.of(found)
    added = addable([shape])
    mine = mine_of(added.revisions, own([user.pk], reacted=added.reacted, polls=added.polls).get(user.pk, {}))
    users = [shapes.User.of(found.author)]
    return MessageAnswer(room=found.room_id, message=shape, users=users, mine=next(iter(mine), None))


def reactions_to(user: User, message_id: int, *, after: int, limit: int) -> ReactionsAnswer:
    """Who reacted to a message, and how."""
    found = message_of(user, message_id)
    reactions = Reaction.objects.filter(message=found, pk__gt=after).select_related("user").order_by("pk")
    page, more = _page(reactions[: limit + 1], limit)
    return ReactionsAnswer(
        reactions=[ReactionEntry(id=one.pk, user=one.user_id, emoji=one.emoji) for one in page],
        users=[shapes.User.of(person) for person in {one.user_id: one.user for one in page}.values()],
        more=more,
    )


def threads_of(user: User, *, room_id: int, after: int, limit: int) -> ThreadsAnswer:
    """The threads of a room that the person is in."""
    membership_of(user, room_id)
    threads = Room.objects.filter(parent_id=room_id, pk__gt=after).select_related("parent").order_by("pk")
    page, more = _page(threads[: limit + 1], limit)
    return ThreadsAnswer(threads=[shapes.RoomInfo.of(thread) for thread in page], more=more)


def people_of(user: User, *, typed: str, after: int, limit: int) -> PeopleAnswer:
    """The people whom a person may find, or those of them whose name contains what was typed."""
    people = people_matching(user, typed).filter(pk__gt=after).order_by("pk")
    page, more = _page(people[: limit + 1], limit)
    return PeopleAnswer(people=[shapes.User.of(person) for person in page], more=more)


def person(user: User, user_id: int) -> PersonAnswer:
    """Somebody whom a person may find, or themselves. Raises NotFound."""
    found = user if user_id == user.pk else User.objects.known_to(user).filter(pk=user_id).first()
    if found is None:
        raise NotFound
    shape = shapes.User.of(found)
    return PersonAnswer(user=shape, description=found.description if found.is_bot else "", owner=found.owner_id)


def _page(rows: Collection[T] | Sequence[T], limit: int) -> tuple[list[T], bool]:
    """The first `limit` rows, and whether there are more."""
    found = list(rows)
    return found[:limit], len(found) > limit

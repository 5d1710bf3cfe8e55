"""Reads what a person may see of rooms, in the shapes of the protocol.

The revision of a room is read before its contents. Revisions are assigned under the room's lock, so the contents hold
at least everything up to that revision; clients get anything newer again and recognise it by its revision.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from django.db.models import Q

from chat import policy
from chat.models import Membership, Message, Room, User
from chat.protocol.errors import ChatError, NotFound
from chat.protocol.events import HistoryReply, OpenReply, RoomReply
from chat.protocol.limits import DEFAULT_PAGE, RESUME_CHANGES
from chat.protocol.shapes import Excerpt, RoomSummary, timestamp
from chat.protocol.shapes import Message as MessageShape
from chat.queries.direct import load_people
from chat.queries.mine import addable, mine_of, own
from chat.queries.reads import read_positions
from chat.queries.room_cache import (
    RoomContents,
    changed_since,
    excerpt_of,
    fit_to_frame,
    frame_bytes,
    last_messages,
    people_in,
    room_contents,
    strangers,
)
from chat.queries.threads import thread_membership


class MembershipState(NamedTuple):
    """A person's membership in one room; `counted_read` is how many messages of people they have read.

    The last two are about those of its threads that the person follows.
    """

    role: str
    notify: str
    last_read: int
    counted_read: int
    muted_until: datetime | None = None
    unread_threads: int = 0
    thread_mentions: int = 0

    @classmethod
    def of(cls, membership: Membership) -> "MembershipState":
        return cls(
            membership.role,
            membership.notify,
            membership.last_read,
            membership.counted_read,
            membership.muted_until,
            membership.unread_threads,
            membership.thread_mentions,
        )

    @property
    def has_left(self) -> bool:
        """Always False: people who are not in the room have no state."""
        return False


@dataclass(frozen=True, slots=True)
class JoinedRoom:
    """A room that a person has joined: its revision, their membership, and their RoomSummary as JSON text."""

    revision: int
    place: MembershipState
    summary: str


def membership_of(user: User, room_id: int) -> Membership:
    """Return the person's current membership and its room. Raises NotFound or Forbidden if they are not in it.

    In a thread, it is what `thread_membership` returns.
    """
    membership: Membership | None = (
        Membership.objects.filter(user=user, room_id=room_id).with_mentions().select_related("room").first()
    )
    room = Room.objects.filter(pk=room_id).select_related("parent").first() if membership is None else membership.room
    if room is None:
        raise NotFound
    member = thread_membership(user, room) if room.is_thread else policy.require_member(user, room, membership)
    member.user = user
    return member


def room_summaries(users: Iterable[User]) -> dict[int, list[RoomSummary]]:
    """Return the rooms of these people, with their last messages, by user id; at most two queries.

    Deactivated people have none.
    """
    memberships = _memberships(users)
    found: dict[int, list[RoomSummary]] = {}
    for membership, summary in zip(memberships, _summaries(memberships), strict=True):
        found.setdefault(membership.user_id, []).append(summary)
    return found


def latest_first(rooms: Iterable[RoomSummary]) -> list[RoomSummary]:
    """Sort rooms as the sidebar lists them: by their latest message, archived ones last."""
    by_time = sorted(rooms, key=lambda room: room.last_message.created_at if room.last_message else "", reverse=True)
    return sorted(by_time, key=lambda room: room.archived)


def _memberships(users: Iterable[User]) -> list[Membership]:
    by_id = {user.pk: user for user in users}
    memberships = (
        Membership.objects.current().filter(user_id__in=by_id).with_mentions().select_related("room").order_by("pk")
    )
    for membership in memberships:
        membership.user = by_id[membership.user_id]
    load_people(membership.room for membership in memberships)
    return [membership for membership in memberships if policy.is_member(membership.user, membership)]


def _summaries(memberships: list[Membership]) -> list[RoomSummary]:
    """Omits a last message that changed during the read: the person may no longer be in the room.

    People who are still in it get that message as activity.
    """
    last = last_messages({membership.room_id: membership.room for membership in memberships}.values())
    return [_summary(membership, last[membership.room_id]) for membership in memberships]


def _summary(membership: Membership, last: Excerpt | None) -> RoomSummary:
    is_seen = last is not None and last.revision <= membership.room.revision
    return summary_of(membership, last if is_seen else None)


def summary_of(membership: Membership, last: Excerpt | None) -> RoomSummary:
    """The shape of a room for one member; the user and room of the membership must be loaded."""
    may = policy.permissions(membership.user, membership.room, membership)
    return RoomSummary.for_member(membership, last, may=may)


@dataclass(frozen=True, slots=True)
class OpenRequest:
    """The arguments of `open_room`."""

    user: User
    room_id: int
    since: int | None = None
    limit: int = DEFAULT_PAGE


def open_rooms(openings: Sequence[OpenRequest]) -> list[OpenReply | ChatError]:
    """Return what `open_room` returns or raises for each request.

    Reads all memberships by one query.
    """
    wanted = Q()
    for room_id in {opening.room_id for opening in openings}:
        wanted |= Q(room_id=room_id, user_id__in=[o.user.pk for o in openings if o.room_id == room_id])
    memberships = {
        (membership.user_id, membership.room_id): membership
        for membership in Membership.objects.current().filter(wanted).with_mentions().select_related("room")
    }
    load_people(membership.room for membership in memberships.values())
    answers = [_opened(opening, memberships.get((opening.user.pk, opening.room_id))) for opening in openings]
    pairs = zip(openings, answers, strict=True)
    replies = iter(_with_mine([(o.user, answer) for o, answer in pairs if not isinstance(answer, ChatError)]))
    complete = [answer if isinstance(answer, ChatError) else next(replies) for answer in answers]
    return _with_reads(openings, complete, {membership.room_id: membership.room for membership in memberships.values()})


def _with_reads(
    openings: Sequence[OpenRequest], answers: Sequence[OpenReply | ChatError], rooms: Mapping[int, Room]
) -> list[OpenReply | ChatError]:
    """Add how far people have read to those replies whose readers are shown it: by one query."""
    asked = {
        opening.room_id
        for opening, answer in zip(openings, answers, strict=True)
        if not isinstance(answer, ChatError) and policy.shares_reads(opening.user)
    }
    found = read_positions(room for room_id, room in rooms.items() if room_id in asked)
    return [
        answer
        if isinstance(answer, ChatError) or opening.room_id not in found or not policy.shares_reads(opening.user)
        else answer.model_copy(update={"reads": found[opening.room_id]})
        for opening, answer in zip(openings, answers, strict=True)
    ]


def _with_mine(replies: Sequence[tuple[User, OpenReply]]) -> list[OpenReply]:
    """Add to each reply what its reader has added to messages: by one query if some have reactions, and by another if
    some have polls."""
    found = [addable(reply.messages) for _user, reply in replies]
    asking = {user.pk for (user, _reply), messages in zip(replies, found, strict=True) if messages.revisions}
    reacted = set[int]().union(*(messages.reacted for messages in found))
    by_person = own(asking, reacted=reacted, polls=set[int]().union(*(messages.polls for messages in found)))
    return [
        reply.model_copy(update={"mine": mine_of(messages.revisions, by_person[user.pk])})
        if user.pk in by_person
        else reply
        for (user, reply), messages in zip(replies, found, strict=True)
    ]


def _opened(opening: OpenRequest, membership: Membership | None) -> OpenReply | ChatError:
    try:
        if membership is None or not policy.is_member(opening.user, membership):
            membership = membership_of(opening.user, opening.room_id)
        membership.user = opening.user
        return _open(membership, opening.since, opening.limit)
    except ChatError as refusal:
        return refusal


def open_room(user: User, *, room_id: int, since: int | None = None, limit: int = DEFAULT_PAGE) -> OpenReply:
    """Return the room as of its revision: what changed after `since`, or the newest `limit` messages (`reset`).

    The reply is a reset without `since`, or if `since` is ahead of the room, more than RESUME_CHANGES behind it, or so
    far behind that the changes do not fit into a frame.
    """
    (answer,) = open_rooms([OpenRequest(user, room_id, since, limit)])
    if isinstance(answer, ChatError):
        raise answer
    return answer


def _open(membership: Membership, since: int | None, limit: int) -> OpenReply:
    resumed = None if since is None else _resume(membership, since)
    reply = resumed or _reset(membership, limit)
    check_again(membership, reply.messages)
    return reply


def check_again(membership: Membership, messages: Iterable[MessageShape]) -> None:
    """Raise NotFound or Forbidden if the membership may have ended before some of these messages, read after it."""
    if any(message.revision > membership.room.revision for message in messages):
        membership_of(membership.user, membership.room_id)


@dataclass(frozen=True, slots=True)
class RoomPage:
    """The data of a room's page: the room, the reply to `open`, and all rooms of the reader.

    `around` is the page of history around the message of a link, if `opened` does not contain it.
    """

    room: Room
    opened: OpenReply
    rooms: list[RoomSummary]
    around: HistoryReply | None = None


def room_page(user: User, slug: str, *, around: int | None = None) -> RoomPage | None:
    """Return the data of a room's page, or None if the person is in no room with this slug.

    With `around`, a position, it contains the messages around that one.
    """
    memberships = _memberships([user])
    mine = next((membership for membership in memberships if membership.room.slug == slug), None)
    if mine is None:
        return None
    try:
        (opened,) = _with_mine([(user, _open(mine, None, DEFAULT_PAGE))])
        is_older = around is not None and opened.messages and around < opened.messages[0].position
        page = _history(mine, around=around) if is_older else None
    except ChatError:  # removed during the read
        return None
    return RoomPage(mine.room, opened, _summaries(memberships), page)


def _resume(membership: Membership, since: int) -> OpenReply | None:
    """Return everything that changed after `since`; None if it is too much, or `since` is ahead of the room."""
    room = membership.room
    if not 0 <= room.revision - since <= RESUME_CHANGES:
        return None
    changed = changed_since(room, since)
    if not changed.fits:
        return None
    return _open_reply(membership, changed.contents, reset=False, has_older=False)


def _reset(membership: Membership, limit: int) -> OpenReply:
    contents = room_contents(membership.room, limit)
    has_older = bool(contents.messages) and contents.messages[0].position > 1
    return _open_reply(membership, contents, reset=True, has_older=has_older)


def _open_reply(membership: Membership, contents: RoomContents, *, reset: bool, has_older: bool) -> OpenReply:
    return OpenReply(
        room=summary_of(membership, None),
        revision=membership.room.revision,
        reset=reset,
        created_by=membership.room.created_by_id if reset else None,
        created_at=timestamp(membership.room.created_at) if reset else None,
        messages=contents.messages,
        users=contents.users,
        members=contents.members,
        has_older=has_older,
        contents_text=contents.text,
    )


def history(
    user: User,
    *,
    room_id: int,
    before: int | None = None,
    after: int | None = None,
    around: int | None = None,
    limit: int = DEFAULT_PAGE,
) -> HistoryReply:
    """Return up to `limit` messages before, after or around a position; fewer if they would not fit into a frame."""
    return _history(membership_of(user, room_id), before=before, after=after, around=around, limit=limit)


def _history(
    membership: Membership,
    *,
    before: int | None = None,
    after: int | None = None,
    around: int | None = None,
    limit: int = DEFAULT_PAGE,
) -> HistoryReply:
    room, room_id = membership.room, membership.room_id
    if before is not None:
        page = _before(room_id, before, limit)
    elif after is not None:
        page, _fits = fit_to_frame(list(Message.objects.after(room_id, after)[:limit]))
    else:
        middle = around or 0
        older = _before(room_id, middle, limit // 2)
        newer = list(Message.objects.after(room_id, middle - 1)[: limit - len(older)])
        page, _fits = fit_to_frame(newer, used=sum(map(frame_bytes, older)))
        page = older + page
    check_again(membership, page)
    found, reader = addable(page), membership.user_id
    by_person = own([reader], reacted=found.reacted, polls=found.polls)
    return HistoryReply(
        messages=page,
        users=strangers(room_id, people_in(page)),
        has_older=page[0].position > 1 if page else after is not None and room.message_count > 0,
        has_newer=page[-1].position < room.message_count if page else before is not None and room.message_count > 0,
        mine=mine_of(found.revisions, by_person.get(reader, {})),
    )


def _before(room_id: int, position: int, limit: int) -> list[MessageShape]:
    page, _fits = fit_to_frame(list(Message.objects.before(room_id, position)[:limit]))
    page.reverse()
    return page


def room_reply(membership: Membership) -> RoomReply:
    """Return a room for one member. Raises NotFound or Forbidden if they have left it."""
    last = last_message(membership.room_id)
    if last is not None and last.revision > membership.room.revision:
        membership_of(membership.user, membership.room_id)
    return RoomReply(room=summary_of(membership, last))


def last_message(room_id: int) -> Excerpt | None:
    """The last message of a room. For feeds: no permissions are checked."""
    message = Message.objects.newest(room_id).with_author().first()
    return None if message is None else excerpt_of(message)


def joined_room(user: User, room_id: int) -> JoinedRoom | None:
    """Return a room that the person is in, for connections that do not have it; None if they are not in it."""
    try:
        membership = membership_of(user, room_id)
        summary = room_reply(membership).room
    except ChatError:
        return None
    return JoinedRoom(
        revision=membership.room.revision,
        place=MembershipState.of(membership),
        summary=summary.encode(),
    )


def room_revisions(room_ids: Iterable[int]) -> dict[int, int]:
    """The revisions of these rooms, by one query."""
    return dict(Room.objects.filter(pk__in=list(room_ids)).values_list("pk", "revision"))

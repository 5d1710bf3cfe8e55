"""Mentions: derived from the texts of messages, counted in the items of people, and marked as read.

An item of kind `mentions` holds the positions of the newest unread mentions of a person in one room, and those that
they have read since: reading a room writes no item. It changes when a mention is added, removed or marked as read.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import timedelta

from django.db.models import Count, Q
from django.utils import timezone

from chat import policy
from chat.models import Membership, Mention, Message, PersonItem, Room, SignIn, ThreadFollow, User
from chat.models.mention import MENTIONS_COUNTED
from chat.models.person_item import BLOCKS, MENTIONS
from chat.queries.rooms import membership_of
from chat.services import quotas
from chat.services.markup.names import candidates, mentioned
from chat.services.person_items import person_document, replace_items
from chat.services.thread_follows import mark_mentions_read

NAMES_RESOLVED = 50
"""Names of a message that are looked up: its first different ones."""

USERNAMES_AT_ONCE = 5_000
"""Most usernames in one query. Usually, all names of some messages are looked up by one."""

MENTIONS_AT_ONCE = 2_000
"""A transaction ends with the message that mentions more people than this, together with those before it."""

MENTIONED_ROOMS = 100
"""Most rooms in which unread mentions of one person are counted, so that all items fit into one frame."""

ALL, HERE = "all", "here"

HERE_HOURS = 24
"""`@here` mentions the members who have opened a page of the site within this time before the message."""


# --- from texts -------------------------------------------------------------------------------------------------------


def may_concern_somebody(message: Message) -> bool:
    """Whether a message mentions somebody, or may have mentioned somebody before its text changed."""
    return bool(message.edited_at or message.deleted_at or names_in(message))


def names_in(message: Message) -> list[str]:
    """The names after an @ in a message that are looked up."""
    return mentioned(message.html)[:NAMES_RESOLVED] if message.kind == Message.Kind.TEXT else []


def replace_mentions(room: Room, messages: Sequence[Message]) -> int:
    """Make the mentions in messages of a room equal to their texts. Returns how many messages were done, at least one.

    Locks the people concerned, so a transaction may call it only once. People who were already mentioned by an earlier
    text keep that mention, read or not.
    """
    wanted = mentioned_at_once(room, messages)
    messages = messages[: len(wanted)]
    rows = Mention.objects.filter(message__in=messages)
    held = {(message, user): pk for message, user, pk in rows.values_list("message", "user", "pk")}
    pairs = {(message.pk, user) for message, users in zip(messages, wanted, strict=True) for user in users}
    if pairs == held.keys():
        return len(messages)
    people = User.objects.locked().filter(pk__in={user for _message, user in pairs ^ held.keys()}).in_bulk()
    members = Membership.objects.current().filter(room=room, user__in=people)  # under the lock that `forget_room` takes
    last_read = dict(members.values_list("user", "last_read"))
    positions = {message.pk: message.position for message in messages}
    added = sorted((message, user) for message, user in pairs - held.keys() if user in last_read)
    Mention.objects.bulk_create(
        Mention(message_id=message, user_id=user, room=room, position=positions[message]) for message, user in added
    )
    removed = held.keys() - pairs
    Mention.objects.filter(pk__in=[held[pair] for pair in removed]).delete()
    _count(
        people,
        room.pk,
        last_read=last_read,
        added=_by_user((user, positions[message]) for message, user in added),
        removed=_by_user((user, positions[message]) for message, user in removed),
    )
    return len(messages)


def mentioned_at_once(room: Room, messages: Sequence[Message]) -> Sequence[Collection[int]]:
    """The people whom the first of these messages mention: of as many messages as one transaction may write."""
    return _first(mentioned_in(room, messages))


def _by_user(pairs: Iterable[tuple[int, int]]) -> dict[int, set[int]]:
    found: dict[int, set[int]] = {}
    for user, position in pairs:
        found.setdefault(user, set()).add(position)
    return found


def _first(wanted: Sequence[Collection[int]]) -> Sequence[Collection[int]]:
    """As many of these as one transaction may write."""
    total = 0
    for number, users in enumerate(wanted, start=1):
        total += len(users)
        if total > MENTIONS_AT_ONCE:
            return wanted[:number]
    return wanted


def mentioned_in(room: Room, messages: Sequence[Message]) -> list[set[int]]:
    """The ids of the people whom each message mentions: members of the room, but not its author or who blocked them.

    In a thread, they are members of its parent, and `@all` and `@here` mention those who follow the thread.
    """
    names = [[candidates(name) for name in names_in(message)] for message in messages]
    known = _members_named(room, {username for of_one in names for usernames in of_one for username in usernames})
    found = [_people(of_one, known) for of_one in names]
    everyone = _everyone(room, messages, names, known)
    wanted = [
        (users | everyone.get(message.pk, set())) - {message.author_id}
        for message, users in zip(messages, found, strict=True)
    ]
    blockers = _blockers({message.author_id for message in messages}, set[int]().union(*wanted))
    return [users - blockers.get(message.author_id, set()) for message, users in zip(messages, wanted, strict=True)]


def _blockers(author_ids: Collection[int], user_ids: Collection[int]) -> dict[int, set[int]]:
    """Those of these people who have blocked an author, by author."""
    blocks = PersonItem.objects.present().filter(
        kind=BLOCKS, user__in=user_ids, key__in=[str(author) for author in author_ids]
    )
    found: dict[int, set[int]] = {}
    for user, author in blocks.values_list("user", "key") if user_ids else ():
        found.setdefault(int(author), set()).add(user)
    return found


def _people(names: Iterable[Sequence[str]], known: Mapping[str, int]) -> set[int]:
    """The people whom names mean: of the usernames that each may mean, the first one of a member."""
    firsts = (next((username for username in usernames if username in known), "") for usernames in names)
    return {known[username] for username in firsts if username}


def _members_named(room: Room, usernames: Collection[str]) -> dict[str, int]:
    members = Membership.objects.current().filter(room=room.members_room_id, user__is_active=True)
    ordered = sorted(usernames)
    found: dict[str, int] = {}
    for start in range(0, len(ordered), USERNAMES_AT_ONCE):
        some = members.filter(user__username__in=ordered[start : start + USERNAMES_AT_ONCE])
        found.update(some.values_list("user__username", "user"))
    return found


def _everyone(
    room: Room, messages: Sequence[Message], names: Sequence[Sequence[Sequence[str]]], known: Mapping[str, int]
) -> dict[int, set[int]]:
    """The people whom messages mention with @all or @here, by message."""
    calls = {
        message.pk: called
        for message, of_one in zip(messages, names, strict=True)
        if (called := {ALL, HERE} & ({usernames[0] for usernames in of_one} - known.keys()))
    }
    calling = [message for message in messages if message.pk in calls]
    if not calling:
        return {}
    authors = Membership.objects.filter(room=room.members_room_id, user__in={message.author_id for message in calling})
    allowed = {
        membership.user_id
        for membership in authors.select_related("user")
        if policy.reaches_everyone(membership.user, room, membership)
    }
    members = _audience(room)
    return {
        message.pk: members if ALL in calls[message.pk] else _here(room, message, members)
        for message in calling
        if message.author_id in allowed
    }


def _audience(room: Room) -> set[int]:
    """The people whom `@all` means: the members of a room, or those who follow a thread."""
    people = ThreadFollow.objects.active() if room.is_thread else Membership.objects.current()
    return set(people.filter(room=room, user__is_active=True).values_list("user", flat=True))


def _here(room: Room, message: Message, everybody: Collection[int]) -> set[int]:
    since = (message.edited_at or message.created_at) - timedelta(hours=HERE_HOURS)
    return set(SignIn.objects.filter(seen_at__gte=since, user__in=everybody).values_list("user", flat=True))


# --- in the items of people -------------------------------------------------------------------------------------------


def _count(
    people: Mapping[int, User],
    room_id: int,
    *,
    last_read: Mapping[int, int],
    added: Mapping[int, Collection[int]],
    removed: Mapping[int, Collection[int]],
) -> list[PersonItem]:
    """Store the unread mentions of members of a room in their items, after rows were added or removed.

    `people` are locked; `last_read` contains those of them who are in the room. Returns the changed items.
    """
    key = str(room_id)
    items = PersonItem.objects.filter(user__in=last_read, kind=MENTIONS, key=key).values_list("user", "value")
    held = {user: value or [] for user, value in items}
    unread = {user: {*held.get(user, ()), *added.get(user, ())} - {*removed.get(user, ())} for user in last_read}
    # Of somebody who has more unread mentions than are counted, others move up.
    full = [user for user in removed if len(held.get(user, ())) == MENTIONS_COUNTED]
    for user, position in Mention.objects.newest_unread(room_id, full) if full else ():
        unread.setdefault(user, set()).add(position)
    values = {
        user: sorted(position for position in positions if position > last_read[user])[-MENTIONS_COUNTED:]
        for user, positions in unread.items()
    }
    changed = {user: value for user, value in values.items() if value != held.get(user, [])}
    appearing = [user for user, value in changed.items() if value and not held.get(user)]
    new = [PersonItem(user_id=user, kind=MENTIONS, key=key, value=value or None) for user, value in changed.items()]
    return replace_items(people, [*_superfluous(appearing), *new])


def _superfluous(user_ids: Collection[int]) -> list[PersonItem]:
    """Items to unset of people who have as many as one may have: those with mentions that were read, or the oldest."""
    present = PersonItem.objects.present().filter(kind=MENTIONS)
    counts = present.filter(user__in=user_ids).order_by().values("user").annotate(count=Count("pk"))
    full = list(counts.filter(count__gte=MENTIONED_ROOMS).values_list("user", flat=True)) if user_ids else []
    if not full:
        return []
    memberships = Membership.objects.current().filter(user__in=full).values_list("user", "room", "last_read")
    last_read = {(user, str(room)): position for user, room, position in memberships}
    by_user: dict[int, list[tuple[str, bool]]] = {}
    rows = present.filter(user__in=full).order_by("revision").values_list("user", "key", "value")
    for user, key, positions in rows:
        newest = (positions or [0])[-1]
        is_read = newest <= last_read.get((user, key), newest)
        by_user.setdefault(user, []).append((key, is_read))
    return [
        PersonItem(user_id=user, kind=MENTIONS, key=key)
        for user, items in by_user.items()
        for key in [key for key, is_read in items if is_read] or [items[0][0]]
    ]


# --- marking as read --------------------------------------------------------------------------------------------------


def mark_read(
    person: User, *, room_id: int | None = None, positions: Collection[int] | None = None
) -> list[PersonItem]:
    """Mark mentions of a person as read: those at these positions of a room, or all unread ones of it or of all rooms.

    Returns the changed items. Marking again changes nothing. Raises NotFound, Forbidden or RateLimited.
    """
    quotas.MENTIONS_READ.take(person)
    room = None if room_id is None else membership_of(person, room_id).room
    if room is not None and room.is_thread:
        mark_mentions_read(person, room=room.pk, **({} if positions is None else {"position__in": positions}))
        return []
    if room is None:
        mark_mentions_read(person, room__in=ThreadFollow.objects.filter(user=person, mentions__gt=0).values("room"))
    with person_document(person) as document:
        people = {person.pk: document.person}
        if room_id is not None and positions is not None:
            return _mark_positions(people, person.pk, room_id, positions)
        items = PersonItem.objects.present().filter(user=person, kind=MENTIONS)
        if room_id is not None:
            items = items.filter(key=str(room_id))
        held = list(items)
        rooms = {int(item.key) for item in held}
        memberships = Membership.objects.current().filter(user=person, room__in=rooms)
        unread = Q(pk__in=())
        for read_room, last_read in memberships.values_list("room", "last_read"):
            unread |= Q(room=read_room, position__gt=last_read)
        Mention.objects.filter(unread, user=person, read_at__isnull=True).update(read_at=timezone.now())
        return replace_items(people, [PersonItem(user=person, kind=MENTIONS, key=item.key) for item in held])


def _mark_positions(
    people: Mapping[int, User], user_id: int, room_id: int, positions: Collection[int]
) -> list[PersonItem]:
    unread = Mention.objects.filter(user=user_id, room=room_id, position__in=positions, read_at__isnull=True)
    unread.update(read_at=timezone.now())
    memberships = Membership.objects.current().filter(user=user_id, room=room_id)
    last_read = dict(memberships.values_list("user", "last_read"))
    return _count(people, room_id, last_read=last_read, added={}, removed={user_id: positions})

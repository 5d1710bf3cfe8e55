"""Creates the demo through the same services as real people use."""

import uuid
from datetime import datetime, time, timedelta

from django.db import transaction
from django.utils import translation

from chat.demo import additions
from chat.demo.cast import (
    BOTS,
    CONVERSATIONS,
    EMAIL_DOMAIN,
    EMOJI,
    FORMER,
    GENERAL,
    GUESTS,
    OTHERS,
    OWNER,
    PEOPLE,
    ROOMS,
    SPACE_NAME,
    Bot,
    DemoRoom,
    Person,
)
from chat.demo.files import make
from chat.demo.moderation import erase_former, moderate
from chat.demo.script import Line, Talk, last_day, talk
from chat.models import Membership, Message, Room, User
from chat.protocol.commands import NewPoll
from chat.services import (
    accounts,
    bots,
    custom_emoji,
    direct,
    memberships,
    messages,
    polls,
    room_invitations,
    rooms,
    tokens,
)
from chat.services.people import update_profile
from chat.services.pins import pin
from chat.services.quotas import unlimited
from chat.services.reactions import react
from chat.services.spaces import FIRST_ROOM_SLUG, create_space
from chat.services.statuses import set_status
from chat.services.system_lines import backdate_lines
from chat.services.threads import reply_in_thread

EDITED_AFTER = PINNED_AFTER = timedelta(seconds=40)
CREATED_BEFORE = timedelta(minutes=10)
"""How long before its first message a room was created."""

ADDED_AFTER = timedelta(minutes=2)
"""How long after that people were added to it."""

ARCHIVED_AFTER = timedelta(minutes=20)
"""How long after its last message a room was archived."""


def is_here() -> bool:
    """Whether the team was created in this space."""
    return User.objects.filter(email__endswith=f"@{EMAIL_DOMAIN}").count() >= len(PEOPLE)


@unlimited()
@transaction.atomic
def create(password: str, now: datetime) -> None:
    """Create the space, its people, its rooms and two weeks of messages up to `now`, in the zone of the working hours.

    Runs in one transaction. Raises Conflict if there is already a space.
    """
    with translation.override("en"):
        owner = create_space(
            name=SPACE_NAME,
            username=OWNER.username,
            display_name=OWNER.name,
            password=password,
            email=OWNER.email,
        )
    for image in EMOJI.iterdir():
        custom_emoji.add_emoji(owner, name=image.stem, data=image.read_bytes())
    cast = {OWNER.username: owner}
    for person in (*OTHERS, *GUESTS, FORMER):
        cast[person.username] = accounts.create_person(
            owner,
            username=person.username,
            display_name=person.name,
            password=password,
            email=person.email,
            is_guest=person in GUESTS,
        )
    for person in PEOPLE:
        _describe(person, cast[person.username])
    for bot in BOTS:
        cast[bot.username] = _create_bot(bot, owner)
    talks = {room.talk: talk(room) for room in ROOMS}
    places = {room.talk: _create_room(room, cast) for room in ROOMS}
    _say_everything(talks, places, cast, now)
    erase_former(owner, cast=cast)
    for room in ROOMS:
        _read(places[room.talk], talks[room.talk], owner)
        if room.archived:
            _archive(places[room.talk], cast[room.people[0]])
    for conversation in CONVERSATIONS:
        found = talk(conversation)
        _read(_converse(conversation, found, cast, now), found, owner)
    additions.add_all()
    moderate(owner, places=places, cast=cast)
    _create_tokens(owner, cast, places)


def _describe(person: Person, user: User) -> None:
    emoji, text = person.status
    update_profile(user, display_name=person.name, time_zone=person.zone)
    set_status(user, emoji=emoji, text=text)


def _create_bot(bot: Bot, owner: User) -> User:
    return bots.create_bot(owner, username=bot.username, display_name=bot.name, description=bot.description)


def _create_tokens(owner: User, cast: dict[str, User], places: dict[str, Room]) -> None:
    """A token of the owner, and one of each bot for its rooms. Nobody learns their texts, so nothing can use them."""
    tokens.create_token(owner, user_id=owner.pk, name="Notebook", scopes=["read"])
    for bot in BOTS:
        ids = [places[room.talk].pk for room in ROOMS if bot.username in room.bots]
        tokens.create_token(owner, user_id=cast[bot.username].pk, name="Deploy script", scopes=["write"], room_ids=ids)


def _create_room(room: DemoRoom, cast: dict[str, User]) -> Room:
    owner = cast[room.people[0]]
    if room is GENERAL:
        place = Room.objects.get(slug=FIRST_ROOM_SLUG)
        rooms.update_room(owner, room_id=place.pk, topic=room.topic)
    else:
        place = rooms.create_room(owner, name=room.name, topic=room.topic, kind=room.kind)
    for username in (*room.people[1:], *room.guests, *room.bots):
        memberships.invite_member(owner, room_id=place.pk, user_id=cast[username].pk)
    for username in room.invited:
        room_invitations.invite(owner, room_id=place.pk, user_id=cast[username].pk)
    for username in room.moderators:
        memberships.set_role(owner, room_id=place.pk, user_id=cast[username].pk, role=Membership.Role.MODERATOR)
    return place


def _say_everything(talks: dict[str, Talk], places: dict[str, Room], cast: dict[str, User], now: datetime) -> None:
    """Send the messages of all rooms in chronological order, and date the rooms before their first messages."""
    ends = max(line.at for found in talks.values() for line in found.lines if line.day == 0)
    final = last_day(now, ends)
    zone = now.tzinfo
    if zone is None:
        raise ValueError("The talk needs a time zone for its working hours.")
    said = [(line.moment(final, zone), room, line) for room, found in talks.items() for line in found.lines]
    said.sort(key=lambda item: item[0])
    for name, place in places.items():
        first = next(moment for moment, room, _line in said if room == name)
        rooms.backdate_room(place, created_at=first - CREATED_BEFORE)
        backdate_lines(place, created_at=first - CREATED_BEFORE + ADDED_AFTER)
    named: dict[tuple[str, str | None], int] = {}
    for moment, room, line in said:
        reply_to = named[room, line.answers] if line.answers else None
        named[room, line.name] = _say(line, places[room], cast, moment, reply_to)


def _converse(conversation: DemoRoom, found: Talk, cast: dict[str, User], now: datetime) -> Room:
    """Send the messages of a direct room, the first of which creates it, and return the room."""
    ends = max((line.at for line in found.lines if line.day == 0), default=time.min)
    final, zone = last_day(now, ends), now.tzinfo
    if zone is None:
        raise ValueError("The talk needs a time zone for its working hours.")
    people = [cast[username].pk for username in conversation.people]
    for line in found.lines:
        moment = line.moment(final, zone)
        said = direct.send_direct(cast[line.who], people=people, key=uuid.uuid4(), body=line.body, at=moment)
        for emoji, who in line.reactions:
            react(cast[who], message_id=said.pk, emoji=emoji, on=True)
    place = Room.objects.get(pk=said.room_id)
    rooms.backdate_room(place, created_at=found.lines[0].moment(final, zone) - timedelta(seconds=1))
    return place


def _say(line: Line, place: Room, cast: dict[str, User], moment: datetime, reply_to: int | None) -> int:
    """Send a message with all that follows it, and return its id."""
    author = cast[line.who]
    message = _ask(line, place, cast, moment) if line.choices else _send(author, place, line, moment, reply_to)
    if line.edited is not None:
        messages.edit_message(author, message_id=message.pk, body=line.edited, at=moment + EDITED_AFTER)
    for emoji, who in line.reactions:
        react(cast[who], message_id=message.pk, emoji=emoji, on=True)
    if line.pinned_by:
        pin(cast[line.pinned_by], message_id=message.pk, on=True)
        backdate_lines(place, created_at=moment + PINNED_AFTER, after=message.position)
    if line.deleted:
        messages.delete_message(author, message_id=message.pk)
    return message.pk


def _send(author: User, place: Room, line: Line, moment: datetime, reply_to: int | None) -> Message:
    key = uuid.uuid4()
    if line.place.startswith(">") and reply_to is not None:
        also = line.place == ">>"
        return reply_in_thread(
            author, room_id=place.pk, message_id=reply_to, key=key, body=line.body, also_in_room=also, at=moment
        )
    files = make(author, place, line.files)
    return messages.send_message(
        author, room_id=place.pk, key=key, body=line.body, reply_to=reply_to, at=moment, files=files
    )


def _ask(line: Line, place: Room, cast: dict[str, User], moment: datetime) -> Message:
    """Send a poll and the votes of people."""
    poll = NewPoll(choices=[text for text, _people in line.choices])
    asked = polls.send_poll(cast[line.who], room_id=place.pk, key=uuid.uuid4(), body=line.body, poll=poll, at=moment)
    for number, (_text, people) in enumerate(line.choices, start=1):
        for who in people:
            polls.vote(cast[who], message_id=asked.pk, choices=[number])
    return asked


def _read(place: Room, found: Talk, owner: User) -> None:
    """Mark the room as read: for the owner and others as far as the talk says, for everybody else entirely."""
    said = place.messages.filter(kind=Message.Kind.TEXT).order_by("position").values_list("position", flat=True)
    place.refresh_from_db()
    for membership in place.memberships.current().select_related("user"):
        is_owner = membership.user_id == owner.pk
        count = found.read if is_owner else found.behind.get(membership.user.username)
        position = said[count - 1] if count else place.message_count
        memberships.mark_read(membership.user, room_id=place.pk, position=position)


def _archive(place: Room, owner: User) -> None:
    last = Message.objects.newest(place.pk).get(position=place.message_count)
    rooms.archive_room(owner, room_id=place.pk)
    backdate_lines(place, created_at=last.created_at + ARCHIVED_AFTER, after=last.position)

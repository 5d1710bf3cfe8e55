"""Fills this site's database for a scenario: `python -m bench.seed SCENARIO`, with a name known to `seed`, prints JSON.

People, memberships and old messages are written directly to the tables: the services would take minutes, and nothing
here measures them. The messages of the scenarios go through the site.
"""

import json
import sys
import uuid
from datetime import timedelta
from typing import Any

import django

django.setup()

from django.conf import settings  # noqa: E402
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY  # noqa: E402
from django.contrib.sessions.backends.db import SessionStore  # noqa: E402
from django.contrib.sessions.models import Session  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.db import connection  # noqa: E402
from django.utils import timezone  # noqa: E402

from bench.cursors import ROWS, mark_as_derived  # noqa: E402
from bench.texts import MEMBERS, username  # noqa: E402
from chat.derive import registry  # noqa: E402
from chat.models import Membership, Message, Room, ThreadFollow, User  # noqa: E402
from chat.services.quotas import unlimited  # noqa: E402
from chat.services.rooms import create_room  # noqa: E402
from chat.services.spaces import create_space  # noqa: E402

ROOMS = 50
EACH = 4
CIRCLE = 100
PASSWORD = "the floor is warm"
HISTORY_PEOPLE = 20
SLOW_SECONDS = 1
THREADS = 10_000
THREAD_MESSAGES = 10_100
"""Messages of the room with threads: the newest have none, so that both rooms show the same."""

PAGE_ROOMS = 500
PAGE_MESSAGES = 2_500
TOPICS = ("Design", "Kitchen", "Launch", "Reading group", "디자인", "점심", "러닝 모임", "Weekend walks")
SIZES = {
    "talk": {"small": 1_000},
    "history": {"small": 1_000, "large": 1_000_000},
    "history-quick": {"small": 1_000, "large": 100_000},
}


def people(count: int) -> list[User]:
    """Create people with the same password, hashed as the site hashes it."""
    prototype = User(username="someone")
    prototype.set_password(PASSWORD)
    return User.objects.bulk_create(
        User(username=username(number), display_name=f"Person {number}", password=prototype.password)
        for number in range(count)
    )


def cookies(users: list[User]) -> list[str]:
    """Create a session for each person, and return the cookies."""
    store = SessionStore()
    until = timezone.now() + timedelta(days=14)
    sessions = [
        Session(
            session_key=uuid.uuid4().hex,
            session_data=store.encode(
                {
                    SESSION_KEY: str(user.pk),
                    BACKEND_SESSION_KEY: settings.AUTHENTICATION_BACKENDS[0],
                    HASH_SESSION_KEY: user.get_session_auth_hash(),
                }
            ),
            expire_date=until,
        )
        for user in users
    ]
    Session.objects.bulk_create(sessions)
    return [f"{settings.SESSION_COOKIE_NAME}={session.session_key}" for session in sessions]


def room(owner: User, name: str, members: list[User]) -> dict[str, Any]:
    """Create a public room whose members joined before its current revision."""
    made = create_room(owner, name=name)
    Membership.objects.bulk_create(
        [Membership(room=made, user=user, revision=made.revision) for user in members if user != owner]
    )
    return {"id": made.pk, "slug": made.slug, "revision": made.revision, "messages": 0}


MESSAGES = """
INSERT INTO chat_message
    (room_id, author_id, position, revision, key, kind, body, html, created_at)
SELECT %(room)s, (%(authors)s::bigint[])[1 + n %% %(count)s], n, %(revision)s + n, gen_random_uuid(), 'text',
    'Message ' || n || ' of the long history of this room, about as long as what people write to each other',
    '<p>Message ' || n || ' of the long history of this room, about as long as what people write to each other</p>',
    now() - interval '1 second' * (%(messages)s - n)
FROM generate_series(1, %(messages)s) AS n
"""


def history(room_id: int, authors: list[User], messages: int) -> None:
    """Fill a room with messages."""
    found = Room.objects.get(pk=room_id)
    with connection.cursor() as cursor:
        cursor.execute(
            MESSAGES,
            {
                "room": room_id,
                "authors": [user.pk for user in authors],
                "count": len(authors),
                "revision": found.revision,
                "messages": messages,
            },
        )
    Room.objects.filter(pk=room_id).update(revision=found.revision + messages, message_count=messages)


SUMMARIES = """
UPDATE chat_message SET extras = jsonb_build_object('thread', jsonb_build_object(
    'room', thread.id, 'count', 1, 'people', jsonb_build_array(thread.created_by_id), 'at', %(at)s
))
FROM chat_room AS thread WHERE thread.parent_message_id = chat_message.id AND thread.parent_id = %(room)s
"""


def threads(room_id: int, people: list[User]) -> None:
    """Give each of the oldest messages of a room a thread of one reply. Each thread has one follower, who has not read
    it."""
    asked = list(Message.objects.filter(room=room_id).order_by("position")[:THREADS])
    replied_at = timezone.now()
    made = Room.objects.bulk_create(
        (
            Room(
                kind=Room.Kind.THREAD,
                parent_id=room_id,
                parent_message=message,
                created_by=people[number % len(people)],
                slug=None,
                name="",
                message_count=1,
                revision=1,
            )
            for number, message in enumerate(asked)
        ),
        batch_size=ROWS,
    )
    Message.objects.bulk_create(
        (
            Message(
                room=thread,
                author=thread.created_by,
                position=1,
                revision=1,
                key=uuid.uuid4(),
                body="A reply",
                html="<p>A reply</p>",
                created_at=replied_at,
            )
            for thread in made
        ),
        batch_size=ROWS,
    )
    ThreadFollow.objects.bulk_create(
        (
            ThreadFollow(room=thread, parent_id=room_id, user=people[(number + 1) % len(people)], is_unread=True)
            for number, thread in enumerate(made)
        ),
        batch_size=ROWS,
    )
    Membership.objects.filter(room=room_id, user__in=people).update(unread_threads=THREADS // len(people))
    with connection.cursor() as cursor:
        cursor.execute(SUMMARIES, {"room": room_id, "at": replied_at.isoformat(timespec="milliseconds")})


def seed(what: str) -> dict[str, Any]:
    """Fill the database. Returns what the scenario needs to know."""
    owner = create_space(name="Bench", username="owner", display_name="Owner", password=PASSWORD)
    if what == "hall":
        members = people(MEMBERS)
        rooms = [room(members[0], "Hall", members)]
    elif what == "circle":
        members = people(CIRCLE)
        rooms = [room(members[0], name, members) for name in ("Shown", "Not shown")]
        Room.objects.filter(pk=rooms[1]["id"]).update(shows_reads=False)
    elif what == "slow":
        members = people(CIRCLE)
        rooms = [room(owner, name, members) for name in ("As usual", "Slow")]
        Room.objects.filter(pk=rooms[1]["id"]).update(slow_seconds=SLOW_SECONDS)
    elif what == "threads":
        members = people(2 * HISTORY_PEOPLE)
        rooms = []
        for number, count in enumerate((0, THREADS)):
            inside = range(number * HISTORY_PEOPLE, (number + 1) * HISTORY_PEOPLE)
            group = [members[one] for one in inside]
            rooms.append(room(group[0], f"Threads {count}", group) | {"threads": count, "people": list(inside)})
            history(rooms[-1]["id"], group, THREAD_MESSAGES)
            if count:
                threads(rooms[-1]["id"], group)
        with connection.cursor() as cursor:
            cursor.execute("VACUUM ANALYZE")
    elif what == "rooms":
        members = people(ROOMS * EACH)
        rooms = [
            room(members[number * EACH], f"Room {number}", members[number * EACH : (number + 1) * EACH])
            for number in range(ROOMS)
        ]
    elif what == "page":
        members = people(HISTORY_PEOPLE)
        rooms = [room(members[0], "Hall", members)]
        history(rooms[0]["id"], members, PAGE_MESSAGES)
        rooms[0]["messages"] = PAGE_MESSAGES
        with unlimited():
            rooms += [
                room(members[number % HISTORY_PEOPLE], f"{TOPICS[number % len(TOPICS)]} {number}", members[:1])
                for number in range(1, PAGE_ROOMS)
            ]
    else:
        members = people(HISTORY_PEOPLE)
        rooms = []
        for name, messages in SIZES[what].items():
            rooms.append(room(members[0], name, members))
            history(rooms[-1]["id"], members, messages)
            rooms[-1]["messages"] = messages
        with connection.cursor() as cursor:
            cursor.execute("VACUUM ANALYZE")
    mark_as_derived(list(Room.objects.all()), registry.DERIVERS.keys())
    return {
        "cookies": cookies(members),
        "rooms": rooms,
        "owner": owner.username,
        "people": [user.username for user in members],
        "password": PASSWORD,
    }


if __name__ == "__main__":
    call_command("migrate", verbosity=0)
    call_command("collectstatic", interactive=False, verbosity=0)
    json.dump(seed(sys.argv[1]), sys.stdout)

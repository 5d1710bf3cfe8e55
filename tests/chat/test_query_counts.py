"""How many statements each command and each check costs the database, and that it does not grow with what is there.

Counted are SELECT, INSERT, UPDATE and DELETE of all threads; a transaction's BEGIN and COMMIT go without saying.
"""

import logging
import uuid
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any, Self

import pytest
from channels.layers import channel_layers
from django.db import connection, transaction

from chat.live import reconciler
from chat.live.hub import Hub
from chat.live.reader_pool import run_in_reader
from chat.models import Message, Room, User
from chat.protocol.commands import NewPoll
from chat.queries import room_cache, sessions
from chat.queries import rooms as room_queries
from chat.queries.changes import changes_since
from chat.queries.credentials import SessionCredential
from chat.queries.space import space_memory
from chat.services import group_commit, memberships, messages, people, polls, rooms, threads
from chat.services.spaces import welcome
from search import progress
from tests.harness.inprocess import Client, Connect, end, sign_in, turns, until

pytestmark = pytest.mark.django_db(transaction=True)

STATEMENTS = ("SELECT", "INSERT", "UPDATE", "DELETE", "WITH")


class Counter(logging.Handler):
    """The statements of a `with`, in all threads."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.found: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        sql = str(getattr(record, "sql", ""))
        if sql.upper().lstrip("(").startswith(STATEMENTS):
            self.found.append(sql)

    def __enter__(self) -> Self:
        self.found.clear()
        return self

    def __exit__(self, *error: object) -> None:
        return

    def __len__(self) -> int:
        return len(self.found)

    def __repr__(self) -> str:
        return "\n".join([f"{len(self)} statements", *self.found])


@pytest.fixture
def statements(settings: Any) -> Iterator[Counter]:
    settings.DEBUG = True  # then every connection of every thread logs what it does
    counter, logger = Counter(), logging.getLogger("django.db.backends")
    before = logger.level, logger.propagate
    logger.addHandler(counter)
    logger.setLevel(logging.DEBUG)
    logger.propagate = False
    yield counter
    logger.removeHandler(counter)
    logger.level, logger.propagate = before


@pytest.fixture
async def hub(space: Any, settings: Any, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Hub]:
    """A hub that does nothing by itself."""
    settings.CHANNEL_LAYERS = {"default": {"BACKEND": "channels.layers.InMemoryChannelLayer"}}
    channel_layers.backends.clear()
    monkeypatch.setattr(reconciler, "NEW_CONNECTION_SECONDS", 1_000)
    started = Hub()
    started.start()
    yield started
    end(started)


def say(author: Any, room: Room, body: str = "hi") -> Message:
    return messages.send_message(author, room_id=room.pk, key=uuid.uuid4(), body=body)


def ask(author: Any, room: Room) -> Message:
    poll = NewPoll(choices=["a", "b"])
    return polls.send_poll(author, room_id=room.pk, key=uuid.uuid4(), body="Which?", poll=poll)


def forget() -> None:
    """What was read once for all readers is read again."""
    for kept in (room_cache._contents, room_cache._members, room_cache._changed, room_cache._last):
        kept._kept.clear()
    progress.forget()


@pytest.fixture(params=[1, 8], ids=["few", "many"])
def much(request: pytest.FixtureRequest, mina: Any, joon: Any, general: Any) -> Any:
    """General with few or many messages and members, and as many other rooms of Mina's."""
    with transaction.atomic():
        say(joon, general)
        for number in range(request.param):
            other = User.objects.create_user(f"u{number}")
            memberships.join_room(other, room_id=general.pk)
            say(other, general)
            say(mina, rooms.create_room(mina, name=f"Room {number}"))
    general.refresh_from_db()
    forget()
    return general


def begin(room: Any, message: Message) -> int:
    """Begin the thread of a message of Joon's, and return its id."""
    mina = User.objects.get(username="mina")
    reply = threads.reply_in_thread(mina, room_id=room.pk, message_id=message.pk, key=uuid.uuid4(), body="hi")
    return int(reply.room_id)


def in_thread(room: Any, message: Message, *, began: bool) -> dict[str, Any]:
    if began:
        begin(room, message)
    return {"room": room.pk, "thread": message.pk, "key": uuid.uuid4(), "body": "hi"}


IS_POSTGRESQL = connection.vendor == "postgresql"
STORE = 2 if IS_POSTGRESQL else 4
"""A batch: PostgreSQL judges and writes it by one statement, under locks that another one takes."""

COMMANDS: list[tuple[str, Callable[[Any, Message], dict[str, Any]], int]] = [
    ("open", lambda room, _m: {"room": room.pk}, 5),
    ("open", lambda room, _m: {"room": room.pk, "since": room.revision - 1}, 5),
    ("history", lambda room, _m: {"room": room.pk, "before": 10}, 3),
    ("history", lambda room, _m: {"room": room.pk, "after": 0}, 3),
    ("history", lambda room, _m: {"room": room.pk, "around": 2}, 4),
    ("send", lambda room, _m: {"room": room.pk, "key": uuid.uuid4(), "body": "hi"}, STORE),
    ("send", lambda room, m: {"room": room.pk, "key": uuid.uuid4(), "body": "hi", "reply_to": m.pk}, STORE),
    ("direct", lambda room, _m: {"people": [room.created_by_id], "key": uuid.uuid4(), "body": "hi"}, 14 + STORE),
    (
        "send",
        lambda room, _m: {"room": room.pk, "key": uuid.uuid4(), "body": "?", "poll": {"choices": ["a", "b"]}},
        STORE + 4,
    ),
    ("vote", lambda _r, m: {"message": m.pk, "choices": [1]}, 17),
    ("close_poll", lambda _r, m: {"message": m.pk}, 13),
    ("remove_preview", lambda _r, m: {"message": m.pk, "url": "https://example.com/"}, 5),
    ("send", lambda room, m: in_thread(room, m, began=False), 10 + STORE),
    ("send", lambda room, m: in_thread(room, m, began=True), 2 + STORE),
    ("send", lambda room, m: {**in_thread(room, m, began=True), "also_in_room": True}, 3 + STORE),
    ("send", lambda room, m: {"room": begin(room, m), "key": uuid.uuid4(), "body": "hi"}, STORE),
    ("open", lambda room, m: {"room": begin(room, m)}, 13),
    ("follow", lambda room, m: {"room": begin(room, m), "on": True}, 11),
    ("edit", lambda _r, m: {"message": m.pk, "body": "hello"}, 10),
    ("delete", lambda _r, m: {"message": m.pk}, 8),
    ("versions", lambda _r, m: {"message": m.pk}, 3),
    ("react", lambda _r, m: {"message": m.pk, "emoji": "👍", "on": True}, 10),
    ("react", lambda _r, m: {"message": m.pk, "emoji": "👍", "on": False}, 5),
    ("report", lambda _r, m: {"message": m.pk + 2, "reason": "spam"}, 7),
    ("pin", lambda _r, m: {"message": m.pk, "on": True}, 11),
    ("pin", lambda _r, m: {"message": m.pk, "on": False}, 4),
    ("pins", lambda room, _m: {"room": room.pk}, 2),
    ("read", lambda room, _m: {"room": room.pk, "position": room.message_count}, 2),
    ("read", lambda room, _m: {"room": room.pk, "position": 2}, 3),
    ("read", lambda room, _m: {"room": room.pk, "position": 0}, 1),
    ("join", lambda room, _m: {"room": room.pk}, 3),
    ("leave", lambda room, _m: {"room": room.pk}, 9),
    ("typing", lambda room, _m: {"room": room.pk, "on": True}, 0),
    ("close", lambda room, _m: {"room": room.pk}, 0),
    ("me", lambda _r, _m: {}, 1),
    ("set_item", lambda room, _m: {"kind": "favourite", "key": str(room.pk), "value": True}, 7),
    ("set_item", lambda room, _m: {"kind": "notify", "key": str(room.pk), "value": "none"}, 8),
    ("mentions_read", lambda room, _m: {"room": room.pk, "positions": [1]}, 5),
    ("mentions_read", lambda _r, _m: {}, 3),
    ("show_people", lambda _r, m: {"people": [m.author_id]}, 2),
    ("presence", lambda _r, _m: {"state": "away"}, 0),
    ("set_status", lambda _r, _m: {"text": "Lunch"}, 4),
    ("ping", lambda _r, _m: {}, 0),
    ("search", lambda _r, _m: {"query": "hi"}, 4 + IS_POSTGRESQL),
]


@pytest.mark.parametrize(("type_", "fields", "expected"), COMMANDS)
async def test_a_command_costs_the_same_however_much_there_is(
    statements: Counter, connect: Connect, mina: Any, joon: Any, much: Any, type_: str, fields: Any, expected: int
) -> None:
    said = await run_in_reader(Message.objects.get, room=much, author=joon, kind="text")
    if type_ in {"vote", "close_poll"}:
        said = await run_in_reader(ask, joon, much)
    client = await connect(joon)
    if type_ == "typing":
        await client.ask("open", room=much.pk)
    given = await run_in_reader(fields, much, said)
    await run_in_reader(forget)
    with statements:
        assert (await client.ask(type_, **given))["ok"]
        await turns()
        if type_ == "pin" and given["on"]:
            await until(lambda: client.of("room"), "the new number of pins")
    assert len(statements) == expected, statements


async def test_every_command_is_counted_here() -> None:
    from chat.protocol.commands import COMMANDS as ALL

    assert {type_ for type_, _fields, _expected in COMMANDS} == set(ALL)


async def test_connecting_takes_the_same_queries_however_many_rooms_there_are(
    statements: Counter, connect: Connect, hub: Hub, mina: Any, much: Any
) -> None:
    key = await run_in_reader(sign_in, mina)
    with statements:
        await Client(hub, mina, key).connect()
    assert len(statements) == 5, statements


async def test_many_who_come_and_open_at_once_share_their_questions(
    statements: Counter, hub: Hub, mina: Any, much: Any
) -> None:
    keys = [await run_in_reader(sign_in, mina) for _ in range(8)]
    with statements:
        sessions_loader = await run_in_reader(sessions.authenticate, keys)
        await run_in_reader(room_queries.open_rooms, [room_queries.OpenRequest(mina, much.pk) for _ in keys])
    assert all(sessions_loader)
    assert len(statements) <= 5 + 5, statements


def test_a_batch_costs_the_same_for_one_message_and_for_many(
    statements: Counter, mina: Any, joon: Any, much: Any
) -> None:
    drafts = [
        group_commit.draft(author_id=author.pk, room_id=much.pk, key=uuid.uuid4(), body="hi")
        for author in (mina, joon)
        for _ in range(20)
    ]
    with statements:
        group_commit.send_batch(drafts)
    assert len(statements) == STORE, statements


def test_a_resent_key_costs_no_write(statements: Counter, mina: Any, general: Any) -> None:
    key = uuid.uuid4()
    messages.send_message(mina, room_id=general.pk, key=key, body="hi")
    with statements:
        messages.send_message(mina, room_id=general.pk, key=key, body="hi")
    assert len(statements) == (2 if IS_POSTGRESQL else 1) + 1, statements


SERVICES: list[tuple[str, Callable[..., Any], int]] = [
    ("create", lambda mina, _j, _s, _r: rooms.create_room(mina, name="Another"), 10),
    ("rename", lambda mina, _j, _s, room: rooms.update_room(mina, room_id=room.pk, name="x"), 6),
    ("archive", lambda mina, _j, _s, room: rooms.archive_room(mina, room_id=room.pk), 6),
    ("join", lambda _m, _j, stranger, room: memberships.join_room(stranger, room_id=room.pk), 9),
    (
        "invite",
        lambda mina, _j, stranger, room: memberships.invite_member(mina, room_id=room.pk, user_id=stranger.pk),
        12,
    ),
    ("remove", lambda mina, joon, _s, room: memberships.remove_member(mina, room_id=room.pk, user_id=joon.pk), 12),
    (
        "promote",
        lambda mina, joon, _s, room: memberships.set_role(mina, room_id=room.pk, user_id=joon.pk, role="owner"),
        6,
    ),
    ("last owner leaves", lambda mina, _j, _s, room: memberships.leave_room(mina, room_id=room.pk), 12),
    ("missed", lambda _m, _j, _s, room: changes_since(room.pk, room.revision - 1), 4),
    ("joined", lambda mina, _j, _s, room: room_queries.joined_room(mina, room.pk), 2),
    ("revisions", lambda _m, _j, _s, room: room_queries.room_revisions([room.pk]), 1),
    ("page", lambda mina, _j, _s, room: room_queries.room_page(mina, room.slug), 5),
    ("end session", lambda mina, _j, _s, _r: people.end_session(mina.pk, "key"), 0),
    ("welcome", lambda _m, _j, stranger, _r: welcome(stranger), 10),
]


@pytest.mark.parametrize(("name", "service", "expected"), SERVICES, ids=[name for name, _s, _e in SERVICES])
def test_a_service_costs_the_same_however_much_there_is(
    statements: Counter,
    mina: Any,
    joon: Any,
    stranger: Any,
    much: Any,
    name: str,
    service: Callable[..., Any],
    expected: int,
) -> None:
    space_memory.read()
    with statements:
        service(mina, joon, stranger, much)
    assert len(statements) == expected, statements


def test_deactivating_costs_seven(statements: Counter, mina: Any, joon: Any) -> None:
    mina.is_superuser = True
    with statements:
        people.deactivate_user(mina, user_id=joon.pk)
    assert len(statements) == 7, statements


def test_the_checks_cost_the_same_for_one_person_and_for_many(statements: Counter, mina: Any, much: Any) -> None:
    users = list(User.objects.all())
    credentials = [SessionCredential(user.pk, sign_in(user), user.session_version) for user in users]
    with statements:
        sessions.access_state([user.pk for user in users], credentials)
    assert len(statements) == 3, statements
    with statements:
        room_queries.room_revisions(Room.objects.values_list("pk", flat=True))
    assert len(statements) == 2, statements

"""What a connection is sent first: the ids of all rooms, then their summaries, in parts of bounded size."""

import uuid
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from chat.live import greeting
from chat.live.hub import Hub
from chat.live.reader_pool import run_in_reader
from chat.models import Membership, Message, Room, User
from chat.models.space_settings import ROOMS_PER_PERSON_MAXIMUM
from chat.protocol.limits import OUTBOUND_FRAME_BYTES, ROOMS_FRAME_BYTES
from chat.queries.sessions import ConnectState
from chat.services import accounts, memberships, messages, rooms
from tests.harness.inprocess import Client, sign_in, turns, until

pytestmark = pytest.mark.django_db(transaction=True)


class Guest(Client):
    """A client that is greeted like a socket."""

    async def authenticate(self) -> ConnectState:
        """Read the state of the person, and connect; the test itself sends the greeting."""
        state = await self.hub.sessions_loader.load(self.session_key)
        assert state is not None
        await self.connect()
        return state

    @property
    def parts(self) -> list[dict[str, Any]]:
        """The parts received so far."""
        return self.of("rooms")

    @property
    def described(self) -> list[dict[str, Any]]:
        """The rooms of all parts, in order."""
        return [room for part in self.parts for room in part["rooms"]]


MakeGuest = Callable[[Any], Awaitable[Guest]]


@pytest.fixture
async def guest(hub: Hub) -> MakeGuest:
    async def made(user: Any) -> Guest:
        return Guest(hub, user, await run_in_reader(sign_in, user))

    return made


def many_rooms(owner: Any, count: int, body: str, **more: Any) -> None:
    """Rooms of one owner, with one message each."""
    made = Room.objects.bulk_create(
        Room(name=f"Room {n}", slug=f"room-{n}", created_by=owner, revision=2, message_count=1, **more)
        for n in range(count)
    )
    Membership.objects.bulk_create(Membership(room=room, user=owner, revision=1) for room in made)
    Message.objects.bulk_create(
        Message(
            room=room, author=owner, position=1, revision=2, key=uuid.uuid4(), body=body, created_at=room.created_at
        )
        for room in made
    )


async def test_no_frame_is_large_whatever_the_rooms_of_its_reader(guest: MakeGuest, hub: Hub, mina: Any) -> None:
    await run_in_reader(many_rooms, mina, ROOMS_PER_PERSON_MAXIMUM, "\x01" * 10_000, topic="방" * 250)
    client = await guest(mina)
    sizes: list[int] = []
    receive = client.send

    async def weighed(text: str) -> None:
        sizes.append(len(text.encode()))
        await receive(text)

    client.send = weighed  # type: ignore[method-assign]
    state = await client.authenticate()
    assert client.connection is not None
    hub.greet(client.connection, state)
    await until(lambda: client.parts and not client.parts[-1]["more"], "the last part")
    ids = client.of("hello")[0]["rooms"]
    assert len(ids) == len(set(ids)) == ROOMS_PER_PERSON_MAXIMUM
    assert [room["id"] for room in client.described] == ids
    assert [part["more"] for part in client.parts] == [True] * (len(client.parts) - 1) + [False]
    assert max(sizes) < ROOMS_FRAME_BYTES + 100 < OUTBOUND_FRAME_BYTES


@pytest.mark.usefixtures("general")
async def test_a_person_without_rooms_gets_an_empty_part(guest: MakeGuest, hub: Hub, stranger: Any) -> None:
    client = await guest(stranger)
    hub.greet((await client.connect()).connection, await hub.sessions_loader.load(client.session_key))  # type: ignore[arg-type]
    await turns()
    assert client.of("hello")[0]["rooms"] == []
    assert client.parts == [{"type": "rooms", "rooms": [], "more": False}]


async def test_rooms_come_with_the_latest_message_first_and_archived_ones_last(
    guest: MakeGuest, hub: Hub, mina: Any, general: Any, founders: Any
) -> None:
    def arrange() -> Room:
        for room in (founders, general):
            messages.send_message(mina, room_id=room.pk, key=uuid.uuid4(), body="hi")
        old = rooms.create_room(mina, name="Old")
        messages.send_message(mina, room_id=old.pk, key=uuid.uuid4(), body="the latest")
        rooms.archive_room(mina, room_id=old.pk)
        return rooms.create_room(mina, name="Quiet")

    await run_in_reader(arrange)
    client = await guest(mina)
    state = await client.authenticate()
    hub.greet(client.connection, state)  # type: ignore[arg-type]
    await turns()
    assert [room["name"] for room in client.described] == ["General", "Founders", "Quiet", "Old"]


@pytest.fixture
async def half_greeted(
    guest: MakeGuest, hub: Hub, joon: Any, mina: Any, general: Any, founders: Any, monkeypatch: pytest.MonkeyPatch
) -> tuple[Guest, greeting.Greeting]:
    """Joon, who has been sent Founders but not yet General."""
    monkeypatch.setattr(greeting, "ROOMS_FRAME_BYTES", 1)
    say = messages.send_message
    await run_in_reader(lambda: say(mina, room_id=founders.pk, key=uuid.uuid4(), body="the latest"))
    client = await guest(joon)
    state = await client.authenticate()
    begun = greeting.Greeting(client.connection, state, hub.registry.rooms)  # type: ignore[arg-type]
    begun.begin()
    assert [room["name"] for room in client.described] == ["Founders"]
    assert not begun.is_done
    return client, begun


async def test_a_room_left_between_two_parts_is_in_no_later_part(
    half_greeted: tuple[Guest, greeting.Greeting], joon: Any, general: Any
) -> None:
    client, begun = half_greeted
    await client.ask("leave", room=general.pk)
    await until(lambda: client.of("room_removed"))
    await begun.finish()
    assert client.parts[-1] == {"type": "rooms", "rooms": [], "more": False}


async def test_a_part_has_the_present_read_position_of_its_reader(
    half_greeted: tuple[Guest, greeting.Greeting], mina: Any, joon: Any, general: Any
) -> None:
    client, begun = half_greeted
    send = messages.send_message
    await run_in_reader(lambda: send(mina, room_id=general.pk, key=uuid.uuid4(), body="hi"))
    await client.ask("read", room=general.pk, position=1)
    await begun.finish()
    (room,) = client.parts[-1]["rooms"]
    assert (room["last_read"], room["unread"]) == (1, 0)


async def test_messages_sent_between_two_parts_follow_the_older_part(
    half_greeted: tuple[Guest, greeting.Greeting], mina: Any, general: Any
) -> None:
    client, begun = half_greeted
    send = messages.send_message
    await run_in_reader(lambda: send(mina, room_id=general.pk, key=uuid.uuid4(), body="news"))
    await until(lambda: client.of("activity"))
    await begun.finish()
    assert client.parts[-1]["rooms"][0]["message_count"] == 0
    await until(lambda: len(client.of("activity")) == 2, "activity behind the part")
    assert [frame["type"] for frame in client.frames[-2:]] == ["rooms", "activity"]
    assert client.of("activity")[-1]["last_message"]["text"] == "news"


async def test_new_settings_between_two_parts_have_the_higher_revision(
    half_greeted: tuple[Guest, greeting.Greeting], mina: Any, general: Any
) -> None:
    client, begun = half_greeted
    await run_in_reader(rooms.update_room, mina, room_id=general.pk, name="Agora")
    await until(lambda: client.of("room"))
    await begun.finish()
    received, part = client.of("room")[-1]["room"], client.parts[-1]["rooms"][0]
    assert (received["name"], part["name"]) == ("Agora", "General")
    assert received["revision"] > part["revision"]


async def test_a_part_contains_what_its_reader_may_do_now(
    half_greeted: tuple[Guest, greeting.Greeting], hub: Hub, joon: Any
) -> None:
    """Becoming a superuser is no change to a room: the part has no lower revision than the frame that reported it."""
    client, begun = half_greeted

    def promote() -> None:
        boss = User.objects.create_superuser("boss", password="boss")
        accounts.set_rights(boss, user_id=joon.pk, is_staff=True, is_superuser=True, groups=[], permissions=[])

    await run_in_reader(promote)
    await until(lambda: len(client.of("room")) == 2)
    await begun.finish()
    (room,) = client.parts[-1]["rooms"]
    assert room["may"] == ["post", "react", "pin", "invite", "moderate", "administer", "mention_all"]


async def test_somebody_who_left_and_rejoined_between_two_parts_has_the_room(
    half_greeted: tuple[Guest, greeting.Greeting], mina: Any, joon: Any, general: Any
) -> None:
    client, begun = half_greeted
    await run_in_reader(memberships.remove_member, mina, room_id=general.pk, user_id=joon.pk)
    await run_in_reader(memberships.invite_member, mina, room_id=general.pk, user_id=joon.pk)
    await until(lambda: client.of("room"))
    await begun.finish()
    assert client.of("room")[-1]["room"]["revision"] > client.parts[-1]["rooms"][0]["revision"]


async def test_a_connection_that_closes_gets_no_further_part(half_greeted: tuple[Guest, greeting.Greeting]) -> None:
    client, begun = half_greeted
    client.disconnect()
    await begun.finish()
    assert len(client.parts) == 1

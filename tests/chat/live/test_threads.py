"""Threads on the live path: who may open one, what reaches whom, and how it ends."""

import asyncio
from typing import Any
from uuid import uuid4

import pytest

from chat.bus.bus import bus
from chat.derive.mentions import Mentions
from chat.live import reconciler
from chat.live.hub import Hub
from chat.live.reader_pool import run_in_reader
from chat.models import Message
from chat.protocol.shapes import Threads
from chat.services import memberships, messages, rooms, threads
from client.shapes import Threads as HeldThreads
from tests.chat.live.test_hub import hold_up
from tests.harness import deriving
from tests.harness.inprocess import Client, Connect, until

pytestmark = pytest.mark.django_db(transaction=True)


def derive() -> None:
    deriving.catch_up(deriving.runner_of(Mentions()))


def begin(asker: Any, answerer: Any, room: Any) -> tuple[Message, int]:
    """A message with a thread of one reply: the message, and the id of the thread."""
    asked = messages.send_message(asker, room_id=room.pk, key=uuid4(), body="which one?")
    reply = threads.reply_in_thread(answerer, room_id=room.pk, message_id=asked.pk, key=uuid4(), body="the left one")
    derive()
    return asked, reply.room_id


async def begun(mina: Any, joon: Any, room: Any) -> tuple[Message, int]:
    return await run_in_reader(begin, mina, joon, room)


def threads_of(client: Client, room: Any) -> HeldThreads:
    return client.state.rooms[room.pk].summary.threads


async def test_a_thread_is_opened_and_followed_like_a_room(
    connect: Connect, hub: Hub, mina: Any, joon: Any, general: Any
) -> None:
    asked, thread = await begun(mina, joon, general)
    here, other = await connect(mina), await connect(joon)
    for client in (here, other):
        await client.ask("open", room=general.pk)
        opened = await client.ask("open", room=thread)
        assert opened["room"]["parent_message"] == asked.pk
    reply = await here.ask("send", room=thread, key=uuid4(), body="or the right one?")
    assert reply["room"] == thread
    await until(lambda: other.bodies(thread) == ["the left one", "or the right one?"])
    await other.ask("typing", room=thread, on=True)
    await until(lambda: here.of("typing", room=thread))
    assert here.of("activity", room=thread) == []
    for client in (here, other):
        client.disconnect()
    assert thread not in hub.registry.rooms


async def test_the_first_reply_reaches_all_as_extras_of_its_message(
    connect: Connect, mina: Any, joon: Any, general: Any
) -> None:
    asked = await run_in_reader(messages.send_message, mina, room_id=general.pk, key=uuid4(), body="which one?")
    here, other = await connect(mina), await connect(joon)
    for client in (here, other):
        await client.ask("open", room=general.pk)
    key = uuid4()
    reply = await here.ask("send", room=general.pk, thread=asked.pk, key=key, body="left", also_in_room=True)
    thread = reply["room"]
    await until(lambda: other.bodies(general.pk)[-1:] == ["left"])
    await until(lambda: [m.extras["thread"]["room"] for m in other.views[general.pk].timeline[:1]] == [thread])
    again = await here.ask("send", room=general.pk, thread=asked.pk, key=key, body="left", also_in_room=True)
    assert again["message"]["id"] == reply["message"]["id"]


async def test_what_is_unread_in_threads_reaches_their_followers_on_every_device(
    connect: Connect, mina: Any, joon: Any, general: Any
) -> None:
    _asked, thread = await begun(mina, joon, general)
    tabs = [await connect(mina), await connect(mina)]
    for tab in tabs:
        reply = await tab.ask("open", room=general.pk)
        assert reply["room"]["threads"] == Threads(unread=1).model_dump(exclude_defaults=True)
    await tabs[0].ask("open", room=thread)
    await tabs[0].ask("read", room=thread, position=1)
    await until(lambda: all(threads_of(tab, general) == HeldThreads() for tab in tabs))
    assert tabs[1].of("follow", room=thread)[-1] == {
        "type": "follow",
        "room": thread,
        "follows": True,
        "last_read": 1,
        "unread": 0,
    }
    await run_in_reader(messages.send_message, joon, room_id=thread, key=uuid4(), body="@mina")
    await run_in_reader(derive)
    await until(lambda: all(threads_of(tab, general) == HeldThreads(unread=1, mentions=1) for tab in tabs))


async def test_what_is_unread_is_mended_when_its_event_was_lost(
    connect: Connect, hub: Hub, mina: Any, joon: Any, general: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reconciler, "NEW_CONNECTION_SECONDS", 3600)  # that check would mend it, too
    client = await connect(mina)
    await client.ask("open", room=general.pk)
    bus.detach()
    await begun(mina, joon, general)
    bus.attach(hub.loop, hub.bus_events.handle)
    assert threads_of(client, general) == HeldThreads()
    await hub.reconciler.access(list(hub.registry.people.values()))
    assert threads_of(client, general) == HeldThreads(unread=1)


async def test_what_is_unread_is_mended_when_another_tab_connects(
    connect: Connect, hub: Hub, mina: Any, joon: Any, general: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reconciler, "NEW_CONNECTION_SECONDS", 3600)
    client = await connect(mina)
    await client.ask("open", room=general.pk)
    bus.detach()
    await begun(mina, joon, general)
    bus.attach(hub.loop, hub.bus_events.handle)
    await connect(mina)
    assert threads_of(client, general) == HeldThreads(unread=1)


@pytest.mark.parametrize("is_event_lost", [False, True])
async def test_a_removal_from_the_room_ends_an_open_thread(
    connect: Connect, hub: Hub, mina: Any, joon: Any, founders: Any, is_event_lost: bool
) -> None:
    _asked, thread = await begun(mina, joon, founders)
    client = await connect(joon)
    await client.ask("open", room=thread)
    if is_event_lost:
        bus.detach()
    await run_in_reader(memberships.remove_member, mina, room_id=founders.pk, user_id=joon.pk)
    if is_event_lost:
        bus.attach(hub.loop, hub.bus_events.handle)
        await hub.reconciler.access(list(hub.registry.people.values()))
    await until(lambda: client.of("room_removed", room=founders.pk))
    await run_in_reader(messages.send_message, mina, room_id=thread, key=uuid4(), body="now that Joon is gone")
    assert thread not in hub.registry.rooms
    for command, fields in (
        ("open", {}),
        ("history", {"before": 9}),
        ("send", {"key": uuid4(), "body": "x"}),
        ("typing", {"on": True}),
        ("read", {"position": 1}),
        ("follow", {"on": True}),
    ):
        refused = await client.ask(command, room=thread, **fields)
        assert refused["error"]["code"] == "not_found", command
    assert not client.of("changes", room=thread)


async def test_a_removal_while_a_thread_is_being_opened_shows_nothing_of_it(
    connect: Connect, hub: Hub, mina: Any, joon: Any, founders: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    _asked, thread = await begun(mina, joon, founders)
    client = await connect(joon)
    read, go_on = hold_up(monkeypatch, hub.rooms_loader, "read")
    opening = asyncio.create_task(client.ask("open", room=thread))
    await until(read.is_set)
    await run_in_reader(memberships.remove_member, mina, room_id=founders.pk, user_id=joon.pk)
    await until(lambda: client.of("room_removed", room=founders.pk))
    go_on.set()
    refused = await opening
    assert refused["error"]["code"] == "not_found"
    assert thread not in hub.registry.rooms


async def test_a_deleted_room_ends_its_open_threads(
    connect: Connect, hub: Hub, mina: Any, joon: Any, founders: Any
) -> None:
    _asked, thread = await begun(mina, joon, founders)
    client = await connect(joon)
    await client.ask("open", room=thread)
    await run_in_reader(rooms.archive_room, mina, room_id=founders.pk)
    await run_in_reader(rooms.delete_room, mina, room_id=founders.pk)
    await until(lambda: client.of("room_removed", room=founders.pk))
    assert thread not in hub.registry.rooms


async def test_threads_are_in_no_list_of_rooms(connect: Connect, mina: Any, joon: Any, general: Any) -> None:
    _asked, thread = await begun(mina, joon, general)
    client = await connect(mina)
    await client.ask("open", room=thread)
    assert client.rooms == {general.pk}
    assert not client.of("room", room=thread)


async def test_a_closed_thread_sends_nothing(connect: Connect, hub: Hub, mina: Any, joon: Any, general: Any) -> None:
    _asked, thread = await begun(mina, joon, general)
    client = await connect(joon)
    await client.ask("open", room=thread)
    await client.ask("close", room=thread)
    client.open_rooms.discard(thread)
    assert thread not in hub.registry.rooms
    await run_in_reader(messages.send_message, mina, room_id=thread, key=uuid4(), body="hi")
    assert not client.of("changes", room=thread)


async def test_who_replies_learns_that_they_follow_the_thread(
    connect: Connect, mina: Any, joon: Any, general: Any
) -> None:
    asked = await run_in_reader(messages.send_message, mina, room_id=general.pk, key=uuid4(), body="which one?")
    client = await connect(joon)
    reply = await client.ask("send", room=general.pk, thread=asked.pk, key=uuid4(), body="left")
    await client.ask("open", room=reply["room"])
    await run_in_reader(derive)
    await until(lambda: client.state.rooms[reply["room"]].summary.follows)
    assert client.state.rooms[reply["room"]].unread == 0

"""People who have a room open know their own reactions, on every device, even if events are lost."""

import asyncio
from typing import Any
from uuid import uuid4

import pytest

from chat.bus.bus import bus
from chat.live.hub import Hub
from chat.live.reader_pool import run_in_reader
from chat.models import Message
from chat.services import memberships, messages, reactions
from tests.chat.live.test_hub import hold_up
from tests.harness.inprocess import Client, Connect, until

pytestmark = pytest.mark.django_db(transaction=True)


async def say(user: Any, room: Any, body: str = "hi") -> Message:
    return await run_in_reader(messages.send_message, user, room_id=room.pk, key=uuid4(), body=body)


async def unheard(hub: Hub, user: Any, message: Message, *, on: bool) -> None:
    """React while the hub receives nothing."""
    bus.detach()
    await run_in_reader(reactions.react, user, message_id=message.pk, emoji="👍", on=on)
    bus.attach(hub.loop, hub.bus_events.handle)


def own(client: Client, message: Message) -> tuple[str, ...]:
    return client.views[message.room_id].own_reactions(message.pk)


def counts(client: Client, room: Any) -> list[list[int]]:
    """The counts of the reactions to each message that a client holds."""
    return [[entry["count"] for entry in m.extras.get("reactions", [])] for m in client.views[room.pk].timeline]


async def test_a_reaction_reaches_all_and_only_its_person_learns_that_it_is_theirs(
    connect: Connect, mina: Any, joon: Any, general: Any
) -> None:
    said = await say(mina, general)
    here, elsewhere, other, beside = await connect(joon), await connect(joon), await connect(mina), await connect(joon)
    for client in (here, elsewhere, other):
        await client.ask("open", room=general.pk)
    reply = await here.ask("react", message=said.pk, emoji="👍", on=True)
    assert reply["message"]["extras"] == {"reactions": [{"emoji": "👍", "count": 1, "users": [joon.pk]}]}
    assert reply["mine"] == {"id": said.pk, "revision": reply["message"]["revision"], "reactions": ["👍"], "votes": []}
    for client in (here, elsewhere, other):
        await until(lambda client=client: counts(client, general) == [[1]])  # type: ignore[misc]
    assert [own(client, said) for client in (here, elsewhere, other)] == [("👍",), ("👍",), ()]
    assert "body" not in str(other.of("changes"))
    assert beside.of("mine") == beside.of("activity") == []
    await elsewhere.ask("react", message=said.pk, emoji="👍", on=False)
    await until(lambda: counts(here, general) == [[]])
    assert own(here, said) == ()


async def test_a_reaction_in_the_middle_of_opening_is_known_afterwards(
    connect: Connect, hub: Hub, mina: Any, joon: Any, general: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = await say(mina, general)
    client, other = await connect(joon), await connect(joon)
    read, go_on = hold_up(monkeypatch, hub.rooms_loader, "read")
    opening = asyncio.create_task(client.ask("open", room=general.pk))
    await until(read.is_set)
    await other.ask("react", message=said.pk, emoji="👍", on=True)
    go_on.set()
    await opening
    await until(lambda: counts(client, general) == [[1]] and own(client, said) == ("👍",))


@pytest.mark.parametrize("was_on", [False, True])
async def test_a_reaction_whose_event_was_lost_is_read_by_reconciliation(
    connect: Connect, hub: Hub, mina: Any, joon: Any, general: Any, was_on: bool
) -> None:
    said = await say(mina, general)
    if was_on:
        await run_in_reader(reactions.react, joon, message_id=said.pk, emoji="👍", on=True)
    clients = [await connect(joon), await connect(mina)]
    for client in clients:
        await client.ask("open", room=general.pk)
    assert own(clients[0], said) == (("👍",) if was_on else ())
    await unheard(hub, joon, said, on=not was_on)
    await hub.reconciler.tails([general.pk])
    await until(lambda: own(clients[0], said) == (() if was_on else ("👍",)))
    await until(lambda: all(counts(client, general) == [[] if was_on else [1]] for client in clients))
    assert own(clients[1], said) == ()


async def test_a_resumed_room_has_the_own_reactions_to_what_changed(
    connect: Connect, mina: Any, joon: Any, general: Any
) -> None:
    said = await say(mina, general)
    client = await connect(joon)
    await client.ask("open", room=general.pk)
    await client.ask("react", message=said.pk, emoji="👍", on=True)
    await until(lambda: counts(client, general) == [[1]])
    client.disconnect()
    await run_in_reader(reactions.react, joon, message_id=said.pk, emoji="👍", on=False)
    await client.connect()
    reply = await client.ask("open", room=general.pk, since=client.views[general.pk].revision)
    assert (reply["reset"], reply["mine"]) == (False, [])
    assert own(client, said) == ()


async def test_a_person_who_was_removed_gets_no_reactions_any_more(
    connect: Connect, mina: Any, joon: Any, founders: Any
) -> None:
    said = await say(mina, founders)
    client = await connect(joon)
    await client.ask("open", room=founders.pk)
    await run_in_reader(memberships.remove_member, mina, room_id=founders.pk, user_id=joon.pk)
    await until(lambda: client.of("room_removed"))
    before = len(client.frames)
    refused = await client.ask("react", message=said.pk, emoji="👍", on=True)
    assert refused["error"]["code"] == "not_found"
    await run_in_reader(reactions.react, mina, message_id=said.pk, emoji="👍", on=True)
    assert [frame["type"] for frame in client.frames[before:]] == ["reply"]

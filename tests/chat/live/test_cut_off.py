"""A client that is cut off in the middle of changes gets what it lacks: also texts that are older than its revision."""

from typing import Any
from uuid import uuid4

import pytest

from chat.bus.bus import bus
from chat.live import feed as feed_module
from chat.live import room as room_module
from chat.live.hub import Hub
from chat.live.reader_pool import run_in_reader
from chat.models import Message
from chat.queries import changes as change_queries
from chat.services import messages, reactions
from tests.harness.inprocess import Client, Connect, until

pytestmark = pytest.mark.django_db(transaction=True)


def say(user: Any, room: Any, *bodies: str) -> list[Message]:
    return [messages.send_message(user, room_id=room.pk, key=uuid4(), body=body) for body in bodies]


def say_and_react(author: Any, room: Any, reactor: Any, *bodies: str) -> list[Message]:
    """Say all, then react to the first: its text is older than those of the others, and its state newer."""
    said = say(author, room, *bodies)
    reactions.react(reactor, message_id=said[0].pk, emoji="👍", on=True)
    return said


async def missed(hub: Hub, function: Any, *args: Any) -> Any:
    """Do something while the hub receives nothing."""
    bus.detach()
    result = await run_in_reader(function, *args)
    bus.attach(hub.loop, hub.bus_events.handle)
    return result


class CutOff(Client):
    """A client whose connection ends after its first `changes` frame."""

    async def send(self, text: str) -> None:
        if not self.of("changes"):
            await super().send(text)


async def test_a_client_that_got_one_of_two_frames_of_a_flush_resumes_with_the_text_that_was_in_the_other(
    connect: Connect, hub: Hub, mina: Any, joon: Any, general: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feed_module, "FRAME_CHARS", 1)
    other = await connect(joon)
    client = await CutOff(hub, joon, other.session_key).connect()
    await client.ask("open", room=general.pk)
    await missed(hub, say_and_react, mina, general, joon, "first", "second")
    await hub.reconciler.tails([general.pk])
    await until(lambda: client.of("changes"))
    assert client.bodies(general.pk)[-1:] == ["second"]
    client.disconnect()
    resumed = await connect(joon)
    reply = await resumed.ask("open", room=general.pk, since=client.views[general.pk].revision)
    assert [message["body"] for message in reply["messages"]] == ["first"]
    assert (reply["reset"], [mine["reactions"] for mine in reply["mine"]]) == (False, [["👍"]])


async def test_whoever_is_connected_gets_all_texts_of_a_gap_that_is_read_in_parts(
    connect: Connect, hub: Hub, mina: Any, joon: Any, general: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (change_queries, room_module):
        monkeypatch.setattr(module, "RESUME_CHANGES", 2)
    client = await connect(joon)
    await client.ask("open", room=general.pk)
    await missed(hub, say_and_react, mina, general, joon, *"abcdefg")
    await hub.reconciler.tails([general.pk])
    await until(lambda: client.bodies(general.pk)[-7:] == list("abcdefg"))
    assert len(client.of("changes")) > 1

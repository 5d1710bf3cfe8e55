"""Two people on one real server."""

import asyncio

from tests.harness.services import Server
from tests.harness.socket_client import ChatClient, new_key
from tests.harness.team import Team


async def test_everybody_in_a_room_gets_a_message_once_and_the_sender_gets_an_ack(team: Team, server: Server) -> None:
    async with team.client(server, "mina") as mina, team.client(server, "joon") as joon:
        for client in (mina, joon):
            await client.ok("open", room=team.general)
        message = await mina.say(team.general, "Hello")
        for client in (mina, joon):
            await client.position(team.general, message["position"])
            changes = [frame for frame in client.frames if frame["type"] == "changes"]
            assert [frame["messages"] for frame in changes] == [[message]]


async def test_the_first_frame_says_hello(team: Team, server: Server) -> None:
    async with team.client(server, "joon", offers=["chat.v1", "chat.v9"]) as joon:
        hello = await joon.frame(lambda _: True)
        assert joon.socket.subprotocol == "chat.v1"
        assert hello["type"] == "hello"
        assert hello["user"]["username"] == "joon"
        described = await joon.event("rooms")
        assert {room["slug"] for room in described["rooms"]} == {"general", "founders"}
        assert sorted(hello["rooms"]) == sorted(room["id"] for room in described["rooms"])


async def test_a_resent_key_on_another_connection_returns_the_first_message(team: Team, server: Server) -> None:
    key = new_key()
    async with team.client(server, "mina") as first, team.client(server, "mina") as second:
        await second.ok("open", room=team.general)
        stored = await first.say(team.general, "Hello", key=key)
        assert await second.say(team.general, "Hello, edited on the way", key=key) == stored
        await first.say(team.general, "And on")
        await second.position(team.general, stored["position"] + 1)
        bodies = [message["body"] for message in second.messages(team.general).values()]
    assert bodies[-2:] == ["Hello", "And on"]


async def test_a_key_that_races_with_itself_gives_one_message(team: Team, server: Server) -> None:
    keys = [new_key() for _ in range(20)]
    clients = [team.client(server, "mina") for _ in range(8)]

    async def send_all(client: ChatClient) -> list[int]:
        async with client:
            refs = [await client.post("send", room=team.general, key=key, body=key) for key in keys]
            return [(await client.reply(ref))["message"]["position"] for ref in refs]

    positions = await asyncio.gather(*(send_all(client) for client in clients))
    assert all(given == positions[0] for given in positions)
    assert len(set(positions[0])) == len(keys)
    async with team.client(server, "joon") as joon:
        opened = await joon.ok("open", room=team.general)
    assert [message["body"] for message in opened["messages"] if message["position"] in positions[0]] == keys


async def test_what_happened_while_disconnected_is_in_the_next_open(team: Team, server: Server) -> None:
    async with team.client(server, "mina") as mina:
        async with team.client(server, "joon") as joon:
            seen = (await joon.ok("open", room=team.general))["revision"]
        missed = [await mina.say(team.general, body) for body in ("one", "two", "three")]
        await mina.ok("delete", message=missed[1]["id"])
        async with team.client(server, "joon") as joon:
            opened = await joon.ok("open", room=team.general, since=seen)
    assert "reset" not in opened
    assert [message.get("body", "") for message in opened["messages"]] == ["one", "three", ""]
    assert [message["revision"] for message in opened["messages"]] == [seen + 1, seen + 3, seen + 4]

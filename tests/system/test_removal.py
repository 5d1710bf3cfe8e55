"""Whoever is not in a room receives nothing more of it."""

import asyncio
from typing import Any

import pytest

from tests.harness.services import Server
from tests.harness.socket_client import ChatClient, Frame, new_key
from tests.harness.team import Team
from tests.system.conftest import StartTeam

pytestmark = pytest.mark.postgresql

STORM = 150


@pytest.fixture
def quarrel(start_team: StartTeam) -> tuple[Team, Server]:
    """A team whose room memberships a test may change, on a server of its own."""
    team = start_team()
    return team, team.installation.start_server()


async def storm(client: ChatClient, room: int) -> int:
    """Send many messages without waiting; the revision of the last."""
    refs = [await client.post("send", room=room, key=new_key(), body=f"Message {n}") for n in range(STORM)]
    return max([int((await client.reply(ref))["message"]["revision"]) for ref in refs])


def of_room(frames: list[Frame], room: int) -> list[Frame]:
    """Frames that are about a room."""
    return [frame for frame in frames if frame.get("room") == room or room in {m.get("room") for m in _items(frame)}]


def _items(frame: Frame) -> list[Frame]:
    return [*frame.get("messages", ()), *frame.get("members", ())]


@pytest.mark.parametrize("slug", ["general", "founders"])
async def test_a_removed_member_receives_nothing_from_then_on(quarrel: tuple[Team, Server], slug: str) -> None:
    team, server = quarrel
    room = team.rooms[slug]
    async with team.client(server, "mina") as mina, team.client(server, "joon") as joon:
        for client in (mina, joon):
            await client.ok("open", room=room)
        storming = asyncio.create_task(storm(mina, room))
        await joon.position(room, 3)
        await asyncio.to_thread(team.post, server, "mina", f"/rooms/{slug}/remove/", user=str(team.users["joon"]))
        removed = await joon.event("room_removed", room=room, reason="removed")
        await storming
        await mina.say(room, "Between us")
        commands: dict[str, dict[str, Any]] = {
            "open": {},
            "history": {"before": 10},
            "send": {"key": new_key(), "body": "Still here"},
            "read": {"position": 1},
            "typing": {"on": True},
        }
        replies = [await joon.command(kind, room=room, **fields) for kind, fields in commands.items()]
        refusals = [reply["error"]["code"] for reply in replies]
        after = joon.frames[joon.frames.index(removed) + 1 :]
    assert of_room(after, room) == []
    assert set(refusals) == {"forbidden" if slug == "general" else "not_found"}
    assert "Between us" not in str(joon.frames)


async def test_a_person_who_leaves_receives_nothing_more_on_any_connection(quarrel: tuple[Team, Server]) -> None:
    team, server = quarrel
    async with (
        team.client(server, "mina") as mina,
        team.client(server, "joon") as one,
        team.client(server, "joon") as another,
    ):
        await one.ok("open", room=team.founders)
        await another.event("hello")
        await one.ok("leave", room=team.founders)
        for client in (one, another):
            await client.event("room_removed", room=team.founders, reason="left")
        await mina.say(team.founders, "Between us")
        for client in (one, another):
            await client.ok("ping")
            assert "Between us" not in str(client.frames)


async def test_a_person_who_rejoins_gets_what_they_missed(quarrel: tuple[Team, Server]) -> None:
    team, server = quarrel
    async with team.client(server, "mina") as mina, team.client(server, "joon") as joon:
        seen = (await joon.ok("open", room=team.general))["revision"]
        await joon.ok("leave", room=team.general)
        missed = await mina.say(team.general, "While you were out")
        await joon.ok("join", room=team.general)
        opened = await joon.ok("open", room=team.general, since=seen)
        assert missed in opened["messages"]
        welcome = await mina.say(team.general, "Welcome back")
        await joon.position(team.general, welcome["position"])

"""SIGTERM under load: nothing that was acked is lost, and what was not acked can be sent again."""

import asyncio
import signal
import time

import pytest
from websockets.exceptions import ConnectionClosed

from tests.harness.socket_client import ChatClient, Frame, new_key
from tests.system.conftest import StartTeam

MESSAGES = 180

LET_FINISH_SECONDS = 4
"""A drain waits at least this long for what is under way (`chatproject.server.server.TELL_SECONDS`)."""


async def post_all(client: ChatClient, room: int, keys: list[str], *, body: str | None = None) -> None:
    """Send as fast as the server reads, until it closes; the text of each message is its key unless `body` is given."""
    try:
        for key in keys:
            await client.post("send", room=room, key=key, body=body or key)
    except ConnectionClosed:
        return


def acks(client: ChatClient) -> list[Frame]:
    return [frame["message"] for frame in client.frames if frame["type"] == "reply" and "message" in frame]


async def test_a_restart_under_load_loses_doubles_and_reorders_nothing(start_team: StartTeam) -> None:
    team = start_team()
    server = team.installation.start_server()
    keys = [new_key() for _ in range(MESSAGES)]
    async with team.client(server, "mina") as mina, team.client(server, "joon") as joon:
        seen = (await joon.ok("open", room=team.general))["revision"]
        sending = asyncio.create_task(post_all(mina, team.general, keys))
        await joon.frame(lambda frame: frame["type"] == "changes")
        assert server.process is not None
        began = time.monotonic()
        server.process.send_signal(signal.SIGTERM)
        codes = [await client.close_code() for client in (mina, joon)]
        code = await asyncio.to_thread(server.process.wait, 10)
        took = time.monotonic() - began
        await sending
    acked = acks(mina)
    assert codes == [4012, 4012]
    assert code == 0
    assert took < 10
    for client in (mina, joon):
        notices = [frame for frame in client.frames if frame["type"] == "restarting"]
        assert [0 < notice["delay"] <= 30 for notice in notices] == [True]
    assert acked

    await asyncio.to_thread(server.start)
    async with team.client(server, "mina") as mina, team.client(server, "joon") as joon:
        refs = [await mina.post("send", room=team.general, key=key, body=key) for key in keys]
        stored = [(await mina.reply(ref))["message"] for ref in refs]
        assert stored[: len(acked)] == acked
        positions = [message["position"] for message in stored]
        assert positions == list(range(positions[0], positions[0] + MESSAGES))
        opened = await joon.ok("open", room=team.general, since=seen)
        assert opened["messages"] == stored
    assert "Traceback" not in server.output()


async def test_a_quiet_server_does_not_wait_before_it_ends(start_team: StartTeam) -> None:
    team = start_team()
    server = team.installation.start_server()
    async with team.client(server, "mina") as mina:
        await mina.event("hello")
        began = time.monotonic()
        await asyncio.to_thread(server.stop)
        assert time.monotonic() - began < LET_FINISH_SECONDS
        assert await mina.close_code() == 4012
    assert server.output().count("Traceback") == 0
    with pytest.raises(ConnectionRefusedError):
        async with team.client(server, "mina"):
            pass

"""A reader that never reads costs its outbox, and nobody else anything."""

import asyncio
import contextlib
from pathlib import Path

import pytest

from chat.live.connection import OUTBOX_BYTES
from tests.harness.raw_client import RawClient
from tests.harness.services import Server
from tests.system.conftest import StartTeam

pytestmark = pytest.mark.once

STUCK = 10
MESSAGES = 170
"""With those before, fewer than the 200 commands that one connection may send in a burst."""
BODY = "x" * 10_000

SERVER_SIDE_BUFFER = 1024 * 1024
"""Of Twisted and of one flush, beside the outbox; the kernel's own buffers are not the process's."""


def resident_bytes(server: Server) -> int:
    assert server.process is not None
    return int(Path(f"/proc/{server.process.pid}/statm").read_text().split()[1]) * 4096


async def test_readers_that_never_read_use_at_most_their_outboxes_and_delay_nobody(start_team: StartTeam) -> None:
    team = start_team()
    server = team.installation.start_server()
    async with team.client(server, "mina") as mina, contextlib.AsyncExitStack() as stack:
        reader = await stack.enter_async_context(team.client(server, "joon"))
        await reader.ok("open", room=team.general)
        for _ in range(20):  # what talking costs in any case
            await mina.say(team.general, BODY)
        before = resident_bytes(server)
        for _ in range(STUCK):
            stuck = await asyncio.to_thread(
                RawClient, server.socket_url, session=team.sessions["joon"], receive_buffer=4096
            )
            stack.enter_context(stuck)
            stuck.send(f'{{"type":"open","room":{team.general}}}')
        most = 0
        for _ in range(MESSAGES):
            said = await mina.say(team.general, BODY)
            await reader.position(team.general, said["position"])
            most = max(most, resident_bytes(server) - before)
        assert most < STUCK * (OUTBOX_BYTES + SERVER_SIDE_BUFFER)
        bodies = [message["body"] for message in reader.messages(team.general).values()]
        assert bodies.count(BODY) == 20 + MESSAGES
    assert "Traceback" not in server.output()

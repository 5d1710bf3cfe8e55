"""The most expensive known message bodies, on a live server."""

import asyncio
import signal
import time
from pathlib import Path

from chat.models.message import BODY_CHARS
from chat.protocol.errors import CloseCode
from tests.harness.hostile_meter import running_meter
from tests.harness.hostile_texts import PATTERNS, text
from tests.harness.socket_client import ChatClient, new_key
from tests.system.conftest import StartTeam
from tests.system.test_restart import post_all

SENDERS = 4
MESSAGES = 60
DRAIN_SECONDS = 10
ONE_TRY_MS = 1e9


def most_expensive_body(directory: Path) -> str:
    """The most expensive body that fits into a frame in any encoding."""
    bodies = [text(pattern, BODY_CHARS) for pattern in PATTERNS]
    with running_meter(directory) as meter:
        return max(
            (body for body in bodies if body.isascii()),
            key=lambda body: meter.milliseconds("body", body, budget=ONE_TRY_MS, what=body[:40]),
        )


async def test_a_server_ends_in_time_while_the_most_expensive_bodies_are_rendered(
    start_team: StartTeam, tmp_path: Path
) -> None:
    body = await asyncio.to_thread(most_expensive_body, tmp_path)
    team = start_team()
    server = team.installation.start_server()
    assert server.process is not None
    senders = [team.client(server, "mina") for _ in range(SENDERS)]
    async with team.client(server, "joon") as joon, asyncio.TaskGroup() as sending:
        await joon.ok("open", room=team.general)
        for sender in senders:
            sending.create_task(send_all(sender, team.general, body))
        await joon.frame(lambda frame: frame["type"] == "changes")
        began = time.monotonic()
        server.process.send_signal(signal.SIGTERM)
        code = await asyncio.to_thread(server.process.wait, DRAIN_SECONDS)
        took = time.monotonic() - began
    assert code == 0
    assert took < DRAIN_SECONDS
    assert "Traceback" not in server.output()


async def send_all(sender: ChatClient, room: int, body: str) -> None:
    async with sender:
        await post_all(sender, room, [new_key() for _ in range(MESSAGES)], body=body)


async def test_control_characters_are_accepted_and_unstorable_text_is_refused(start_team: StartTeam) -> None:
    team = start_team()
    server = team.installation.start_server()
    async with team.client(server, "mina") as mina:
        typed = "\x01\x1b[2J\x7f\u202e\ufeff\ufdd0\U0010ffff"
        assert (await mina.say(team.general, typed))["body"] == typed
        refusal = await mina.command("send", room=team.general, key=new_key(), body="a\x00b")
        assert (refusal["ok"], refusal["error"]["code"]) == (False, "invalid")
        await mina.post("send", room=team.general, key=new_key(), body="half of a pair: \ud800")
        assert await mina.close_code() == CloseCode.BAD_FRAME
    async with team.client(server, "joon") as joon:
        assert (await joon.say(team.general, "still here"))["position"] == 2

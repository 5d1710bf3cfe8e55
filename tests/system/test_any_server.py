"""The application is plain ASGI: other servers run it too, with the same promises."""

import asyncio
import sys
from pathlib import Path

import pytest

from tests.harness.feed_stream import FeedStream
from tests.harness.raw_client import RawClient
from tests.harness.services import Server
from tests.harness.socket_client import new_key
from tests.harness.team import Team

pytestmark = pytest.mark.once

APPLICATION = "chatproject.asgi:application"
COMMANDS = {
    "daphne": ["-m", "daphne", "-v", "0"],
    "uvicorn": [
        *("-m", "uvicorn", "--lifespan", "off", "--log-level", "warning"),
        *("--ws", "websockets-sansio", "--ws-per-message-deflate", "false"),
    ],
}


class OtherServer(Server):
    """The site on a server that is not ours."""

    def __init__(self, directory: Path, env: dict[str, str], kind: str) -> None:
        super().__init__(directory, env)
        self.kind = kind

    def command(self) -> list[str]:
        return [sys.executable, *COMMANDS[self.kind], "--port", str(self.port), APPLICATION]


@pytest.fixture(scope="module", params=COMMANDS)
def server(team: Team, request: pytest.FixtureRequest) -> Server:
    """The team's site on another server."""
    directory = team.installation.directory / request.param
    directory.mkdir()
    other = OtherServer(directory, team.installation.env, request.param)
    team.installation.servers.append(other)
    return other.start()


async def test_people_talk(team: Team, server: Server) -> None:
    async with team.client(server, "mina") as mina, team.client(server, "joon") as joon:
        first = (await joon.ok("open", room=team.general))["room"]["message_count"] + 1
        refs = [await mina.post("send", room=team.general, key=new_key(), body=f"Message {n}") for n in range(100)]
        said = [(await mina.reply(ref))["message"] for ref in refs]
        await joon.position(team.general, said[-1]["position"])
        received = [message for position, message in joon.messages(team.general).items() if position >= first]
        assert received == said
    assert "Traceback" not in server.output()


async def test_a_refused_client_receives_the_reason(team: Team, server: Server) -> None:
    async with team.client(server, "mina", offers=["chat.v9"]) as mina:
        assert await mina.close_code() == 4406
    async with team.client(server, "mina") as mina:
        await mina.send_raw("no JSON")
        assert await mina.close_code() == 4400


async def test_a_client_that_vanishes_leaves_nothing_behind(team: Team, server: Server) -> None:
    for _ in range(5):
        with await asyncio.to_thread(RawClient, server.socket_url, session=team.sessions["joon"]) as gone:
            gone.send(f'{{"type":"open","room":{team.general}}}')
    async with team.client(server, "mina") as mina:
        await mina.say(team.general, "Is anybody there?")
        await mina.ok("ping")
    assert "Traceback" not in server.output()


async def test_streams_of_events_are_sent_and_resumed(team: Team, server: Server) -> None:
    session = team.sessions["joon"]
    async with team.client(server, "mina") as mina:
        async with FeedStream(server, session) as stream:
            await mina.say(team.general, "One")
            await stream.until(lambda: "One" in stream.bodies(team.general) and stream.cursor)
            cursors = stream.cursors
            await mina.say(team.general, "Two")
            await stream.until(lambda: stream.cursors > cursors)
        await mina.say(team.general, "Three")
        async with FeedStream(server, session, last_event_id=stream.cursor or "") as again:
            await again.until(lambda: again.bodies(team.general) == ["Three"])
    assert "Traceback" not in server.output()

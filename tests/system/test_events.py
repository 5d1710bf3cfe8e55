"""The feed over HTTP on real servers: each kind of client, resuming, restarts, revocation, and stuck readers."""

import asyncio
import contextlib
import signal
import socket

import pytest

from chat.live.connection import OUTBOX_BYTES
from tests.harness.feed_stream import FeedStream, poll, request_text
from tests.harness.feeds import EVENT_STREAM, JSON_LINES
from tests.harness.services import Server
from tests.harness.team import Team
from tests.system.conftest import StartTeam
from tests.system.test_slow_readers import SERVER_SIDE_BUFFER, resident_bytes

AT_ONCE_SECONDS = 3.0
STUCK = 10
BODY = "x" * 10_000


@pytest.fixture
def visited(start_team: StartTeam) -> tuple[Team, Server]:
    """A team on a server of its own."""
    team = start_team()
    return team, team.installation.start_server()


async def test_people_talk_over_every_kind_of_connection(team: Team, server: Server) -> None:
    session = team.sessions["joon"]
    first = await poll(server, session)
    async with (
        team.client(server, "mina") as mina,
        FeedStream(server, session) as events,
        FeedStream(server, session, accept=JSON_LINES) as lines,
    ):
        for stream in (events, lines):
            await stream.until(lambda stream=stream: stream.of("rooms"))
        waiting = asyncio.create_task(poll(server, session, cursor=first["cursor"], wait=30))
        said = [f"Message {number} 사랑" for number in range(100)]
        for body in said:
            await mina.say(team.general, body)
        for stream in (events, lines):
            await stream.until(lambda stream=stream: stream.bodies(team.general)[-100:] == said)
        answer = await waiting
        polled = [m["body"] for frame in answer["frames"] for m in frame.get("messages", [])]
        assert polled
        while len(polled) < len(said):
            answer = await poll(server, session, cursor=answer["cursor"], wait=30)
            polled += [m["body"] for frame in answer["frames"] for m in frame.get("messages", [])]
        assert polled == said
    assert "Traceback" not in server.output()


@pytest.mark.postgresql
async def test_a_stream_resumes_on_another_process(team: Team, server: Server) -> None:
    other = await asyncio.to_thread(team.installation.start_server)
    async with team.client(server, "mina") as mina:
        async with FeedStream(server, team.sessions["joon"]) as stream:
            await mina.say(team.general, "while here")
            await stream.until(lambda: "while here" in stream.bodies(team.general))
            await stream.until(lambda: stream.cursor)
        for number in range(30):
            await mina.say(team.general, f"away {number}")
        async with FeedStream(other, team.sessions["joon"], last_event_id=stream.cursor or "") as again:
            await again.until(lambda: "away 29" in again.bodies(team.general))
            await mina.say(team.general, "back")
            await again.until(lambda: "back" in again.bodies(team.general))
    away = [body for body in again.bodies(team.general) if body.startswith("away")]
    assert away == [f"away {number}" for number in range(30)]


async def test_signing_out_ends_every_stream_of_that_session_at_once(visited: tuple[Team, Server]) -> None:
    team, server = visited
    session = team.sessions["joon"]
    async with FeedStream(server, session) as events, FeedStream(server, session, accept=JSON_LINES) as lines:
        await asyncio.to_thread(team.post, server, "joon", "/accounts/logout/")
        for stream in (events, lines):
            await stream.over(seconds=AT_ONCE_SECONDS)
            assert stream.frames[-1] == {"type": "closed", "code": 4401}
    async with FeedStream(server, session) as refused:
        assert refused.status == 401


async def test_a_restart_ends_streams_with_a_cursor_and_without_delay(visited: tuple[Team, Server]) -> None:
    team, server = visited
    async with team.client(server, "mina") as mina, FeedStream(server, team.sessions["joon"]) as stream:
        await mina.say(team.general, "before")
        await stream.until(lambda: "before" in stream.bodies(team.general))
        assert server.process is not None
        server.process.send_signal(signal.SIGTERM)
        await stream.over(seconds=5)
        assert [frame["type"] for frame in stream.frames[-2:]] == ["restarting", "closed"]
        assert await asyncio.to_thread(server.process.wait, 10) == 0
    await asyncio.to_thread(server.start)
    async with (
        team.client(server, "mina") as mina,
        FeedStream(server, team.sessions["joon"], last_event_id=stream.cursor or "") as again,
    ):
        await mina.say(team.general, "after")
        await again.until(lambda: "after" in again.bodies(team.general))
        assert "before" not in again.bodies(team.general)


@pytest.mark.once
async def test_streams_that_are_never_read_use_at_most_their_outboxes_and_end(visited: tuple[Team, Server]) -> None:
    team, server = visited
    async with team.client(server, "mina") as mina, contextlib.AsyncExitStack() as stack:
        reader = await stack.enter_async_context(FeedStream(server, team.sessions["joon"]))
        for _ in range(20):  # what talking costs in any case
            await mina.say(team.general, BODY)
        before = resident_bytes(server)
        for _ in range(STUCK):
            stuck = stack.enter_context(socket.socket())
            stuck.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            await asyncio.to_thread(stuck.connect, ("127.0.0.1", server.port))
            stuck.sendall(request_text(team.sessions["joon"], accept=EVENT_STREAM).encode())
        most = 0
        for number in range(170):
            await mina.say(team.general, BODY)
            await reader.until(lambda number=number: len(reader.bodies(team.general)) >= 21 + number)
            most = max(most, resident_bytes(server) - before)
        assert most < STUCK * (OUTBOX_BYTES + SERVER_SIDE_BUFFER)
    assert "Traceback" not in server.output()

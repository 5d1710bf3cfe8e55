"""The clients for asyncio and for programs without it, on a real server."""

import asyncio
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest

from client.asyncio_client import Client
from client.blocking_client import BlockingClient
from client.errors import CommandError, SignInError, StoppedError, UnknownRoomError
from client.outbox import new_key
from client.protocol import ClientProtocol
from client.sign_in import sign_in
from tests.harness.services import BASE_DIR, Installation, Server
from tests.harness.team import Team
from tests.system.conftest import StartTeam

MISSED = 120


def cookie(team: Team, username: str) -> str:
    return f"sessionid={team.sessions[username]}"


def at_once() -> ClientProtocol:
    """A client that waits as little as it may."""
    return ClientProtocol(random=lambda: 0.01)


async def test_two_people_talk(team: Team, server: Server) -> None:
    async with Client(server.url, cookie(team, "mina")) as mina, Client(server.url, cookie(team, "joon")) as joon:
        room = await joon.open(await joon.room("general"))
        arriving = asyncio.create_task(anext(joon.messages()))
        said = await mina.say(team.general, "Good morning!")
        received = await asyncio.wait_for(arriving, 15)
        assert received == said
        assert room.user(received.author) == mina.protocol.state.me
        answer = await joon.say(room, "Good morning, Mina!", reply_to=received.id)
        assert (answer.position, answer.reply_to) == (said.position + 1, said.id)
        assert (await joon.edit(answer.id, "Good morning!")).body == "Good morning!"
        await joon.delete(answer.id)
        assert room.messages[answer.position].deleted
        direct = await joon.write([said.author], "Psst")
        await asyncio.wait_for(mina.until(lambda: direct.room in mina.protocol.state.rooms), 15)
        assert [person.id for person in mina.protocol.state.rooms[direct.room].summary.people] == [
            *sorted([said.author, direct.author])
        ]


async def test_refusals_are_raised(team: Team, server: Server) -> None:
    async with Client(server.url, cookie(team, "stranger")) as stranger:
        with pytest.raises(CommandError) as refused:
            await stranger.say(team.general, "May I?")
        assert refused.value.refusal.code == "forbidden"
        with pytest.raises(CommandError):
            await stranger.request("history", room=team.founders, before=1)
        for room in (stranger.room("founders"), stranger.open(team.founders)):
            with pytest.raises(UnknownRoomError):
                await room


async def test_a_client_without_a_session_stops(server: Server) -> None:
    with pytest.raises(StoppedError) as stopped:
        async with Client(server.url, "sessionid=nobody"):
            pass
    assert stopped.value.code == 4401


async def test_a_client_outlives_a_restart_of_its_server_and_misses_nothing(start_team: StartTeam) -> None:
    team = start_team()
    server = team.installation.start_server()
    mina = Client(server.url, cookie(team, "mina"), protocol=at_once())
    joon = Client(server.url, cookie(team, "joon"), protocol=at_once())
    async with mina, joon:
        room = await joon.open(team.general)
        saying = asyncio.create_task(say_all(mina, team.general, MISSED))
        await joon.until(lambda: room.newest >= MISSED // 4)
        await asyncio.to_thread(server.stop)
        await asyncio.to_thread(server.start)
        said = await asyncio.wait_for(saying, 60)
        await joon.until(lambda: room.newest >= said[-1])
        assert said == list(range(said[0], said[0] + MISSED))
        assert [room.messages[position].body for position in said] == [str(number) for number in range(MISSED)]


async def say_all(client: Client, room: int, number: int) -> list[int]:
    """Say so much; the positions."""
    return [(await client.say(room, str(one))).position for one in range(number)]


async def test_pages_of_history_lead_back_to_the_first_message(team: Team, server: Server) -> None:
    async with Client(server.url, cookie(team, "mina")) as mina:
        for number in range(60):
            await mina.say(team.founders, f"Message {number}")
        room = await mina.open(team.founders)
        while await mina.older(room):
            pass
        assert [message.position for message in room.timeline] == list(range(1, 61))


def test_the_blocking_client_sends_reads_and_receives(team: Team, server: Server) -> None:
    with (
        BlockingClient(server.url, cookie(team, "joon")) as joon,
        BlockingClient(server.url, cookie(team, "mina")) as mina,
    ):
        room = mina.open(mina.room("general"))
        said = joon.say(team.general, "Is there tea?")
        mina.until(lambda: said.position in room.messages)
        assert room.messages[said.position] == said
        mina.request("read", room=room.id, position=said.position)
        assert room.unread == 0
        with pytest.raises(CommandError):
            mina.say(room, " ")


def test_the_blocking_client_outlives_a_restart_with_the_same_key(start_team: StartTeam) -> None:
    team = start_team()
    server = team.installation.start_server()
    key = new_key()
    with BlockingClient(server.url, cookie(team, "mina"), protocol=at_once()) as mina:
        first = mina.say(team.general, "Once", key=key)
        server.stop()
        with ThreadPoolExecutor(1) as pool:
            saying = pool.submit(mina.say, team.general, "Once", key=key)
            server.start()  # in this thread: a process that a thread has started ends with it
            assert saying.result(60) == first


PASSWORD = "a-password-for-mina"
SPACE = f"""
from chat.services.spaces import create_space
create_space(name="Team", username="mina", display_name="Mina", password="{PASSWORD}")
"""


def test_somebody_signs_in_and_says_something_from_a_shell(installation: Installation) -> None:
    installation.python(SPACE)
    server = installation.start_server()
    with pytest.raises(SignInError):
        sign_in(server.url, "mina", "a-wrong-password")
    with BlockingClient(server.url, sign_in(server.url, "mina", PASSWORD)) as mina:
        assert mina.protocol.state.me is not None
        assert mina.protocol.state.me.username == "mina"
    command = [sys.executable, "-m", "client", server.url, "mina", "general", "Good morning!"]
    done = subprocess.run(
        command, cwd=BASE_DIR, input=PASSWORD, capture_output=True, text=True, timeout=60, check=False
    )
    assert (done.stdout, done.stderr) == ("Stored at position 1.\n", "")

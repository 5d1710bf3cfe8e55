"""Every code with which the server closes a socket, provoked over a real one."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable

import pytest
from websockets.exceptions import ConnectionClosed
from websockets.frames import Close, Opcode

from chat.protocol.errors import CloseCode
from tests.harness.raw_client import RawClient
from tests.harness.services import Server
from tests.harness.socket_client import ChatClient, new_key
from tests.harness.team import Team

pytestmark = pytest.mark.once

LONGEST = "a.co " * 1_999
"""Its HTML, with a link for each address, is twenty times as long."""
NO_COMMANDS: list[str | bytes] = [
    *("", "no JSON", '{"type":"ping"', "[]", '"ping"', "null", "1", "NaN", "{}", '{"type":7}'),
    b"\x00binary",
]


async def code_after(client: ChatClient, *frames: str | bytes) -> int | None:
    async with client:
        with contextlib.suppress(ConnectionClosed):
            for frame in frames:
                await client.send_raw(frame)
        return await client.close_code()


async def send_what_is_no_command(team: Team, server: Server) -> set[int | None]:
    return {await code_after(team.client(server, "mina"), frame) for frame in NO_COMMANDS}


async def come_without_a_session(team: Team, server: Server) -> set[int | None]:
    sessions = [None, "", "x" * 32, team.sessions["mina"][:-1]]
    return {await code_after(ChatClient(server.socket_url, session)) for session in sessions}


async def come_deactivated(team: Team, server: Server) -> set[int | None]:
    team.execute(f"UPDATE chat_user SET is_active = false WHERE id = {team.users['stranger']}")
    return {await code_after(team.client(server, "stranger"))}


async def offer_only_other_subprotocols(team: Team, server: Server) -> set[int | None]:
    return {await code_after(team.client(server, "mina", offers=["chat.v9", "mqtt"]))}


async def send_too_large_a_frame(team: Team, server: Server) -> set[int | None]:
    frames = ["x" * 65_537, "방" * 21_846]
    return {await code_after(team.client(server, "mina"), frame) for frame in frames}


async def ignore_the_pace_for_ten_seconds(team: Team, server: Server) -> set[int | None]:
    async with team.client(server, "mina") as mina:
        with contextlib.suppress(ConnectionClosed):
            while True:
                await mina.post("ping")
                await asyncio.sleep(0)  # not even a flood should keep a client from reading
        return {await mina.close_code()}


async def never_read(team: Team, server: Server) -> set[int | None]:
    stuck = await asyncio.to_thread(RawClient, server.socket_url, session=team.sessions["joon"], receive_buffer=4096)
    with stuck:
        stuck.send(f'{{"type":"open","room":{team.general}}}')
        for name in ("mina", "joon"):  # the kernel alone buffers some megabytes
            async with team.client(server, name) as writer:
                refs = [await writer.post("send", room=team.general, key=new_key(), body=LONGEST) for _ in range(40)]
                await writer.reply(refs[-1])
        await asyncio.to_thread(stuck.read_all)
    closes = [Close.parse(frame.data) for frame in stuck.received if frame.opcode is Opcode.CLOSE]
    return {close.code for close in closes}


async def be_there_when_it_restarts(team: Team, server: Server) -> set[int | None]:
    other = await asyncio.to_thread(team.installation.start_server)
    async with team.client(other, "mina") as mina:
        await mina.event("hello")
        await asyncio.to_thread(other.stop)
        return {await mina.close_code()}


async def open_one_socket_too_many(team: Team, server: Server) -> set[int | None]:
    cramped = await asyncio.to_thread(team.installation.start_server, SOCKETS_PER_PERSON="2")
    async with team.client(cramped, "mina") as first, team.client(cramped, "mina") as second:
        await first.event("hello")
        await second.event("hello")
        return {await code_after(team.client(cramped, "mina"))}


PROVOKED: dict[CloseCode, Callable[[Team, Server], Awaitable[set[int | None]]]] = {
    CloseCode.BAD_FRAME: send_what_is_no_command,
    CloseCode.SIGNED_OUT: come_without_a_session,
    CloseCode.DEACTIVATED: come_deactivated,
    CloseCode.NO_SUBPROTOCOL: offer_only_other_subprotocols,
    CloseCode.FRAME_TOO_LARGE: send_too_large_a_frame,
    CloseCode.FLOODING: ignore_the_pace_for_ten_seconds,
    CloseCode.TOO_MANY_SOCKETS: open_one_socket_too_many,
    CloseCode.TOO_SLOW: never_read,
    CloseCode.RESTARTING: be_there_when_it_restarts,
}


@pytest.mark.parametrize("code", CloseCode, ids=lambda code: code.name.lower())
async def test_a_socket_is_closed_with_the_code_of_the_reason(team: Team, server: Server, code: CloseCode) -> None:
    assert await PROVOKED[code](team, server) == {code}
    assert "Traceback" not in server.output()

"""A site with few file descriptors, and more clients than it can serve."""

import asyncio
import contextlib
import resource
from pathlib import Path

import pytest
from websockets.exceptions import InvalidStatus

from tests.harness.raw_http import RawHttp
from tests.harness.server_process import limited
from tests.harness.services import Server
from tests.harness.socket_client import ChatClient
from tests.harness.team import Team
from tests.system.conftest import StartTeam

DESCRIPTORS = 200
COMERS = 300


class CrampedServer(Server):
    """A server that may open no more than a few files and sockets."""

    def command(self) -> list[str]:
        return limited(f"-n {DESCRIPTORS}", super().command())


def descriptors_in_use(server: Server) -> int:
    assert server.process is not None
    return sum(1 for _ in Path(f"/proc/{server.process.pid}/fd").iterdir())


async def come_in(team: Team, server: Server, stack: contextlib.AsyncExitStack) -> ChatClient | InvalidStatus:
    """A socket of Mina's that is admitted, or the refusal."""
    try:
        client = await stack.enter_async_context(team.client(server, "mina"))
    except InvalidStatus as refusal:
        return refusal
    await client.event("hello")
    return client


async def test_newcomers_are_refused_and_connected_people_can_still_send(start_team: StartTeam, tmp_path: Path) -> None:
    team = start_team()
    server = CrampedServer(tmp_path, team.installation.env | {"SOCKETS_PER_PERSON": str(COMERS)}).start()
    try:
        async with contextlib.AsyncExitStack() as stack:
            came = [await come_in(team, server, stack) for _ in range(COMERS)]
            inside = [client for client in came if isinstance(client, ChatClient)]
            refusals = [refusal.response for refusal in came if isinstance(refusal, InvalidStatus)]
            assert len(inside) > DESCRIPTORS // 4
            assert {(answer.status_code, "Retry-After" in answer.headers) for answer in refusals} == {(503, True)}
            assert inside == came[: len(inside)]

            said = await asyncio.gather(*(client.say(team.general, "Is there room?") for client in inside))
            assert len({message["position"] for message in said}) == len(inside)
            await asyncio.gather(*(client.socket.close() for client in inside))
        assert "Traceback" not in server.output()
        assert "unable to open" not in server.output()
        assert len(server.output().splitlines()) < 10
    finally:
        server.stop()


async def test_a_flood_of_newcomers_at_once_does_not_touch_the_reserve(start_team: StartTeam, tmp_path: Path) -> None:
    team = start_team()
    server = CrampedServer(tmp_path, team.installation.env).start()
    try:
        async with team.client(server, "mina") as mina:
            with contextlib.ExitStack() as stack:
                for _ in range(COMERS):
                    stack.enter_context(RawHttp(server.port)).send("GET /healthz HTTP/1.1\r\n")
                assert (await mina.say(team.general, "Is there room?"))["position"]
                assert descriptors_in_use(server) < DESCRIPTORS - 32
        assert "Traceback" not in server.output()
    finally:
        server.stop()


@pytest.mark.once
def test_the_soft_limit_is_raised_to_the_hard_one(start_team: StartTeam, tmp_path: Path) -> None:
    team = start_team()

    class Modest(Server):
        def command(self) -> list[str]:
            return limited("-Sn 100", super().command())

    server = Modest(tmp_path, team.installation.env).start()
    try:
        assert server.process is not None
        soft, hard = resource.prlimit(server.process.pid, resource.RLIMIT_NOFILE)
        assert soft == hard > 100
    finally:
        server.stop()

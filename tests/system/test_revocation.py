"""Whoever may no longer be here is sent away: at once, and where the word of it is lost, soon."""

import asyncio
from collections.abc import Iterator

import pytest

from chat.live.reconciler import ACCESS_CHECK_SECONDS
from tests.harness.services import Redis, Server, running_redis
from tests.harness.socket_client import ChatClient
from tests.harness.team import Team
from tests.system.conftest import StartTeam

AT_ONCE_SECONDS = 3.0


@pytest.fixture
def visited(start_team: StartTeam) -> tuple[Team, Server]:
    """A team whose people may lose their access, on a server of its own."""
    team = start_team()
    return team, team.installation.start_server()


DEACTIVATE = """
from chat.models import User
from chat.services.people import deactivate_user
deactivate_user(User.objects.get(username="mina"), user_id={user})
"""

# Takes longer to start than newcomers wait to be checked once more, so that only the regular check is left.
REVOKE_WITHOUT_A_WORD = """
from django.contrib.sessions.models import Session
from django.db.models import F
from chat.models import Membership, User
User.objects.filter(username="joon").update(is_active=False)
Session.objects.filter(session_key="{session}").delete()
Membership.objects.filter(user__username="sora").update(left_at=F("joined_at"))
"""


async def test_signing_out_closes_every_socket_of_that_session_at_once(visited: tuple[Team, Server]) -> None:
    team, server = visited
    async with (
        team.client(server, "joon") as one,
        team.client(server, "joon") as another,
        team.client(server, "mina") as mina,
    ):
        for client in (one, another, mina):
            await client.event("hello")
        await asyncio.to_thread(team.post, server, "joon", "/accounts/logout/")
        assert [await client.close_code(seconds=AT_ONCE_SECONDS) for client in (one, another)] == [4401, 4401]
        await mina.ok("ping")
        async with team.client(server, "joon") as again:
            assert await again.close_code() == 4401


@pytest.mark.postgresql
async def test_signing_out_on_one_process_closes_the_sockets_of_another(visited: tuple[Team, Server]) -> None:
    team, server = visited
    other = await asyncio.to_thread(team.installation.start_server)
    async with team.client(other, "joon") as joon:
        await joon.event("hello")
        await asyncio.to_thread(team.post, server, "joon", "/accounts/logout/")
        assert await joon.close_code(seconds=AT_ONCE_SECONDS) == 4401


@pytest.mark.postgresql
async def test_a_deactivated_person_is_out_at_once_on_every_process(visited: tuple[Team, Server]) -> None:
    team, server = visited
    async with team.client(server, "joon") as joon, team.client(server, "mina") as mina:
        for client in (joon, mina):
            await client.event("hello")
        await asyncio.to_thread(team.installation.python, DEACTIVATE.format(user=team.users["joon"]))
        assert await joon.close_code(seconds=AT_ONCE_SECONDS) == 4403
        await mina.ok("ping")
        async with team.client(server, "joon") as again:
            assert await again.close_code() == 4401  # the session has ended for good


SIGN_IN_AGAIN = """
from django.test import Client
from chat.models import User
client = Client(SERVER_NAME="localhost")
client.force_login(User.objects.get(username="joon"))
client.get("/rooms/")
print(User.objects.get(username="joon").sign_ins.get().pk, client.session.session_key)
"""


async def test_the_sockets_of_a_browser_signed_out_from_another_close_at_once(
    visited: tuple[Team, Server],
) -> None:
    team, server = visited
    printed = await asyncio.to_thread(team.installation.python, SIGN_IN_AGAIN)
    sign_in, elsewhere = printed.split()[-2:]
    async with (
        team.client(server, "joon") as here,
        ChatClient(server.socket_url, elsewhere) as there,
    ):
        for client in (here, there):
            await client.event("hello")
        await asyncio.to_thread(team.post, server, "joon", f"/profile/sessions/{sign_in}/end/")
        assert await there.close_code(seconds=AT_ONCE_SECONDS) == 4401
        await here.ok("ping")


async def test_signing_out_everywhere_else_closes_the_sockets_there_at_once(visited: tuple[Team, Server]) -> None:
    team, server = visited
    printed = await asyncio.to_thread(team.installation.python, SIGN_IN_AGAIN)
    async with ChatClient(server.socket_url, printed.split()[-1]) as there, team.client(server, "mina") as mina:
        for client in (there, mina):
            await client.event("hello")
        await asyncio.to_thread(team.post, server, "joon", "/profile/sessions/end/")
        assert await there.close_code(seconds=AT_ONCE_SECONDS) == 4401
        await mina.ok("ping")
        async with team.client(server, "joon") as again:
            await again.event("hello")


@pytest.fixture
def own_redis(pytestconfig: pytest.Config) -> Iterator[Redis | None]:
    """A Redis that a test may break; none on SQLite, where a change from outside the process goes unheard anyway."""
    if pytestconfig.getoption("--on") == "sqlite":
        yield None
        return
    with running_redis() as redis:
        yield redis


@pytest.mark.postgresql
async def test_a_revocation_whose_event_is_lost_takes_effect_at_the_next_regular_check(
    start_team: StartTeam, own_redis: Redis | None
) -> None:
    team = start_team("hana", "sora", REDIS_URL="" if own_redis is None else own_redis.url)
    server = team.installation.start_server()
    seconds = ACCESS_CHECK_SECONDS + 15
    async with (
        team.client(server, "joon") as deactivated,
        team.client(server, "hana") as signed_out,
        team.client(server, "sora") as removed,
        team.client(server, "mina") as mina,
    ):
        for client in (deactivated, signed_out, removed, mina):
            await client.event("hello")
        await removed.ok("open", room=team.general)
        if own_redis is not None:
            own_redis.kill()
        await asyncio.to_thread(team.installation.python, REVOKE_WITHOUT_A_WORD.format(session=team.sessions["hana"]))
        assert await deactivated.close_code(seconds=seconds) == 4403
        assert await signed_out.close_code(seconds=seconds) == 4401
        await removed.event("room_removed", room=team.general)
        await mina.say(team.general, "Between us")
        await removed.ok("ping")
        assert "Between us" not in str(removed.frames)
        await mina.ok("ping")

"""Several server processes on one database and one Redis."""

import asyncio
import itertools
from collections.abc import Iterator

import pytest

from tests.harness.services import Redis, Server, running_redis
from tests.harness.socket_client import ChatClient, new_key
from tests.harness.team import Team
from tests.system.conftest import StartTeam

pytestmark = pytest.mark.postgresql

MESSAGES = 100


@pytest.fixture(scope="module")
def servers(team: Team) -> list[Server]:
    """Two processes of one installation."""
    return [team.installation.start_server(), team.installation.start_server()]


async def chat(client: ChatClient, room: int, name: str) -> None:
    refs = [await client.post("send", room=room, key=new_key(), body=f"{name} {n}") for n in range(MESSAGES)]
    for ref in refs:
        assert (await client.reply(ref))["ok"]


async def test_people_on_two_processes_see_the_same_messages_in_the_same_order(
    team: Team, servers: list[Server]
) -> None:
    async with team.client(servers[0], "mina") as mina, team.client(servers[1], "joon") as joon:
        first = (await mina.ok("open", room=team.general))["room"]["message_count"] + 1
        await joon.ok("open", room=team.general)
        await asyncio.gather(chat(mina, team.general, "mina"), chat(joon, team.general, "joon"))
        last = first + 2 * MESSAGES - 1
        views = []
        for client in (mina, joon):
            await client.position(team.general, last)
            views.append({at: m["body"] for at, m in client.messages(team.general).items() if at >= first})
            frames = [frame for frame in client.frames if frame["type"] == "changes"]
            assert all(then["since"] <= now["revision"] for now, then in itertools.pairwise(frames))
    assert views[0] == views[1]
    assert list(views[0]) == list(range(first, last + 1))
    for name in ("mina", "joon"):
        mine = [body for body in views[0].values() if body.startswith(name)]
        assert mine == [f"{name} {n}" for n in range(MESSAGES)]


async def test_typing_reading_and_joining_cross_between_processes(team: Team, servers: list[Server]) -> None:
    async with (
        team.client(servers[0], "mina") as mina,
        team.client(servers[1], "joon") as joon,
        team.client(servers[1], "mina") as mina_elsewhere,
        team.client(servers[1], "stranger") as stranger,
    ):
        for client in (mina, joon):
            await client.ok("open", room=team.founders)
        await mina.ok("typing", room=team.founders, on=True)
        await joon.event("typing", room=team.founders, on=True)
        message = await joon.say(team.founders, "Hello")
        await mina.ok("read", room=team.founders, position=message["position"])
        await mina_elsewhere.event("read", room=team.founders, last_read=message["position"], unread=0)
        await asyncio.to_thread(team.post, servers[0], "mina", "/rooms/founders/invite/", person="stranger")
        await stranger.frame(lambda frame: any(item["kind"] == "invitations" for item in frame.get("items", ())))
        code = "from chat.models import RoomInvitation\nprint(RoomInvitation.objects.get().pk)"
        invitation = (await asyncio.to_thread(team.installation.python, code)).split()[-1]
        accept = f"/inbox/invitations/{invitation}/accept/"
        await asyncio.to_thread(team.post, servers[0], "stranger", accept)
        invited = await stranger.event("room")
        assert invited["room"]["slug"] == "founders"
        await joon.frame(lambda frame: any(m["user"]["username"] == "stranger" for m in frame.get("members", ())))


async def test_a_key_that_races_with_itself_on_two_processes_gives_one_message(
    team: Team, servers: list[Server]
) -> None:
    keys = [new_key() for _ in range(30)]
    async with team.client(servers[0], "mina") as one, team.client(servers[1], "mina") as another:
        refs = [
            (client, await client.post("send", room=team.general, key=key, body=key))
            for key in keys
            for client in (one, another)
        ]
        stored = [(await client.reply(ref))["message"] for client, ref in refs]
    assert stored[::2] == stored[1::2]
    assert len({message["position"] for message in stored}) == len(keys)


@pytest.fixture
def own_redis() -> Iterator[Redis]:
    """A Redis that a test may break."""
    with running_redis() as redis:
        yield redis


@pytest.mark.parametrize("fault", ["freeze", "kill"])
async def test_without_redis_people_on_two_processes_still_receive_each_other(
    start_team: StartTeam, own_redis: Redis, fault: str
) -> None:
    team = start_team(REDIS_URL=own_redis.url)
    servers = [team.installation.start_server(), team.installation.start_server()]
    async with team.client(servers[0], "mina") as mina, team.client(servers[1], "joon") as joon:
        for client in (mina, joon):
            await client.ok("open", room=team.general)
        getattr(own_redis, fault)()
        said = [await mina.say(team.general, f"Message {n}") for n in range(3)]
        await joon.position(team.general, said[-1]["position"])
        assert {message["position"]: message for message in said}.items() <= joon.messages(team.general).items()
        own_redis.thaw() if fault == "freeze" else own_redis.start()
        back = await joon.say(team.general, "And back")
        await mina.position(team.general, back["position"])

"""People lose access during a storm of messages."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Collection

from client.codes import CloseCode
from faults.client import Client
from faults.run import REVOKED_WITHIN_SECONDS, REVOKED_WITHIN_SECONDS_WITHOUT_REDIS, Run, Scenario, wait_for

STORM_PAUSE_SECONDS = 0.4
ROUNDS = 6
REVOKED = 4


@contextlib.asynccontextmanager
async def storm(run: Run, room: int) -> AsyncIterator[None]:
    """Let everybody in a room send messages as fast as they may."""
    talking = [asyncio.create_task(_storm(client, room)) for client in run.crowd.clients]
    try:
        yield
    finally:
        for task in talking:
            task.cancel()


async def _storm(client: Client, room: int) -> None:
    while client.stopped_with is None:
        if room in client.mine:
            client.show(room)
            if len(client.outbox) < 3:
                client.say(room, f"storm {len(client.history.acts)}")
        await asyncio.sleep(client.rng.uniform(0.5, 1.5) * STORM_PAUSE_SECONDS)


async def removed(run: Run) -> None:
    """Members are removed from a private room during a storm of messages in it, and some are invited again."""
    room = run.crowd.stage.rooms[2]
    async with storm(run, room["id"]), run.during("members removed"):
        await run.wait(2)
        for user in run.rng.sample(room["members"], min(ROUNDS, len(room["members"]) - 2)):
            await run.remove(user, room["id"])
            await run.wait(run.rng.uniform(0.2, 1.5))
            if run.rng.random() < 0.4:
                await run.invite(user, room["id"])
        await run.wait(REVOKED_WITHIN_SECONDS)


async def access_revoked(run: Run) -> None:
    """People are deactivated and signed out during a storm: they receive nothing more, and cannot reconnect."""
    await _revoke_access(run, REVOKED_WITHIN_SECONDS)


async def access_revoked_without_redis(run: Run) -> None:
    """The same, with removals and invitations, while Redis is down: within half a minute, from the database alone."""
    async with run.during("Redis killed"):
        run.redis_is_down()
        await run.site.call_blocking(run.site.redis.kill)
        await run.wait(2)
        room = run.crowd.stage.rooms[3]
        people = [person["id"] for person in run.crowd.stage.people]
        removed = run.rng.sample(room["members"], 2)
        invited = run.rng.sample([user for user in people if user not in room["members"]], 2)
        async with storm(run, room["id"]):
            for user in removed:
                await run.remove(user, room["id"])
            for user in invited:
                await run.invite(user, room["id"])
            began = run.now
            await _revoke_access(run, REVOKED_WITHIN_SECONDS_WITHOUT_REDIS, without={*removed, *invited})
            within = REVOKED_WITHIN_SECONDS_WITHOUT_REDIS - (run.now - began)
            await _expect_room(run, removed, room["id"], is_mine=False, within=within)
            await _expect_room(run, invited, room["id"], is_mine=True, within=within)
        await run.site.call_blocking(run.site.redis.start)
        run.redis_is_up()
    await run.wait(3)


async def signed_out_while_redis_is_frozen(run: Run) -> None:
    """A person signs out while Redis is frozen and keeps a copy of the session, which opens no socket later."""
    await run.wait(2)
    user = run.crowd.clients[0].user
    async with run.during("Redis frozen"):
        run.redis_is_down()
        run.site.redis.freeze()
        await run.sign_out(user)
        run.site.redis.thaw()
        run.redis_is_up()
    for client in run.crowd.of(user):
        client.reload()
    await expect_gone(run, run.crowd.of(user), CloseCode.SIGNED_OUT, REVOKED_WITHIN_SECONDS_WITHOUT_REDIS)


async def _revoke_access(run: Run, within: float, *, without: Collection[int] = ()) -> None:
    room = run.crowd.stage.rooms[0]["id"]
    others = [person["id"] for person in run.crowd.stage.people if person["id"] not in without]
    users = run.rng.sample(others, min(REVOKED, len(others)))
    async with storm(run, room), run.during("access revoked"):
        await run.wait(2)
        for number, user in enumerate(users):
            await (run.deactivate(user) if number % 2 else run.sign_out(user))
            await run.wait(run.rng.uniform(0.2, 1.0))
        for number, user in enumerate(users):
            await expect_gone(
                run, run.crowd.of(user), CloseCode.DEACTIVATED if number % 2 else CloseCode.SIGNED_OUT, within
            )


async def _expect_room(run: Run, users: Collection[int], room: int, *, is_mine: bool, within: float) -> None:
    """Check that the room appears in, or disappears from, all tabs of these people in time."""
    clients = [client for user in users for client in run.crowd.of(user)]
    known = await wait_for(lambda: all((room in client.mine) == is_mine for client in clients), max(0.0, within))
    run.expect(known, f"not everybody who was {'invited' if is_mine else 'removed'} received it in time")


async def expect_gone(run: Run, clients: list[Client], code: int, within: float) -> None:
    """Check that all these tabs are permanently closed with this code in time."""
    gone = await wait_for(lambda: all(client.stopped_with is not None for client in clients), within)
    codes = [client.stopped_with for client in clients]
    run.expect(gone and set(codes) == {code}, f"revoked sockets ended with {codes} within {within:.0f} s")


SCENARIOS: list[Scenario] = [removed, access_revoked, access_revoked_without_redis, signed_out_while_redis_is_frozen]

"""Redis is killed, frozen, flushed or cut off."""

from functools import partial

import redis.asyncio

from client.events import PresenceChanged
from faults.history import Act
from faults.run import Run, Scenario, wait_for

AWAY_SECONDS = 5.0
FROZEN_SECONDS = 10.0
CUT_SECONDS = 8.0
LIVE_WITHIN_SECONDS = 20.0
"""Once Redis is up, messages must travel through it again, and not only be found by reconciliation."""

RESUBSCRIBED_WITHIN_SECONDS = 40.0
"""A probe every five seconds, a timeout of ten seconds, and the time to subscribe again."""

ARRIVALS = 40
PATIENCE_SECONDS = 20.0
FOUND_WITHIN_SECONDS = 8.0
"""Reconciliation runs every five seconds."""

LIVE_LAG_SECONDS = 0.8


async def redis_killed(run: Run) -> None:
    """Kill Redis and start it again, empty, twice."""
    began = run.now
    for _ in range(2):
        async with run.during("Redis killed"):
            run.redis_is_down()
            await run.site.call_blocking(run.site.redis.kill)
            await run.wait(AWAY_SECONDS)
            await run.site.call_blocking(run.site.redis.start)
            run.redis_is_up()
        await run.wait(5)
    expect_unknown_and_never_gone(run, since=began)
    await is_live_again(run, lost_at=began)


async def redis_frozen(run: Run) -> None:
    """Freeze Redis for 10 s: it does not answer, and its connections stay open."""
    began = run.now
    async with run.during("Redis frozen"):
        run.redis_is_down()
        run.site.redis.freeze()
        await run.wait(FROZEN_SECONDS)
        run.site.redis.thaw()
        run.redis_is_up()
    expect_unknown_and_never_gone(run, since=began)
    await is_live_again(run, lost_at=began)


async def redis_flushed(run: Run) -> None:
    """Flush Redis and kill all its connections, four times."""
    began = run.now
    async with run.during("Redis flushed"), redis.asyncio.Redis.from_url(run.site.redis.url) as client:
        for _ in range(4):
            run.redis_is_down()
            await client.flushall()
            for kind in ("pubsub", "normal"):
                await client.client_kill_filter(_type=kind, skipme=True)
            run.redis_is_up()
            await run.wait(2)
    await is_live_again(run, lost_at=began)


async def redis_cut_off_from_one(run: Run) -> None:
    """One server process is cut off from Redis for 8 s, while the others are not."""
    node = run.any_node()
    began = run.now
    async with run.during(f"server {node.number} without Redis"):
        run.redis_is_down()
        node.redis.network.cut()
        await run.wait(CUT_SECONDS)
        node.redis.network.heal()
        run.redis_is_up()
    expect_unknown_and_never_gone(run, since=began)
    await is_live_again(run, lost_at=began)


async def redis_half_open(run: Run) -> None:
    """The Redis connections of all server processes become half-open; the processes reconnect."""
    before = await subscribers(run)
    async with run.during("Redis half-open"):
        run.redis_is_down()
        for network in run.site.network_of_all("redis"):
            network.half_open()
        began = run.now
        deadline = began + RESUBSCRIBED_WITHIN_SECONDS
        while len(await subscribers(run) - before) < len(run.site.nodes) and run.now < deadline:
            await run.wait(0.5)
        run.note(f"every process was subscribed again {run.now - began:.1f} s after its connections became half-open")
        run.expect(run.now < deadline, "a process did not subscribe to Redis again")
        run.redis_is_up()
    await is_live_again(run, lost_at=began)


async def subscribers(run: Run) -> set[str]:
    """The ids of Redis connections with subscriptions."""
    async with redis.asyncio.Redis.from_url(run.site.redis.url) as client:
        return {one["id"] for one in await client.client_list() if int(one["sub"]) > 0}


def expect_unknown_and_never_gone(run: Run, *, since: float) -> None:
    """Check what clients were shown of people who were connected all the time, elsewhere: perhaps that they are
    unknown, but never that they are gone."""
    stayed = {client.user for client in run.crowd.staying if client.has_stayed(since)}
    states = [
        person.state
        for history in run.crowd.histories
        for entry in history.entries
        if entry.at > since and entry.kind == "frame" and isinstance(entry.data, PresenceChanged)
        for person in entry.data.people
        if person.user in stayed
    ]
    run.note(f"of {len(stayed)} people who stayed, others were unknown {states.count('unknown')} times")
    run.expect("gone" not in states, f"people who stayed were gone {states.count('gone')} times")


async def is_live_again(run: Run, *, lost_at: float) -> None:
    """Check that messages are soon as fast as usual, and that none was late while Redis was down."""
    latest = max(run.lags(since=lost_at), default=0.0)
    run.expect(latest < FOUND_WITHIN_SECONDS, f"without Redis a message was seen {latest:.1f} s after it was sent")
    began = run.now
    fast_since = began
    checked = began
    while run.now - fast_since < 3:
        if run.now - began > LIVE_WITHIN_SECONDS:
            run.expect(False, f"messages are still late {LIVE_WITHIN_SECONDS:.0f} s after Redis was up")
            return
        await run.wait(0.5)
        lags = [lag for at, lag in run.crowd.stats.lags if at > checked]
        checked = run.now
        if lags and sorted(lags)[int(len(lags) * 0.9)] > LIVE_LAG_SECONDS:
            fast_since = run.now
    run.note(f"messages were fast again {fast_since - began:.1f} s after Redis was up")


async def redis_lost_while_connecting(run: Run) -> None:
    """Connections to Redis are killed while people connect, so that subscribing and reconnecting overlap."""
    began = run.now
    async with run.during("Redis connections killed"), redis.asyncio.Redis.from_url(run.site.redis.url) as client:
        run.redis_is_down()
        for _ in range(ARRIVALS):
            for someone in run.rng.sample(run.crowd.staying, len(run.crowd.staying) // 3):
                someone.reload()
            await run.wait(run.rng.uniform(0.02, 0.2))
            await client.client_kill_filter(_type=run.rng.choice(["pubsub", "normal"]), skipme=True)
            await run.wait(run.rng.uniform(0.1, 0.5))
        run.redis_is_up()
    await is_live_again(run, lost_at=began)


async def last_change_lost(run: Run) -> None:
    """The event of the last change in a room is lost, and no later change reveals the gap."""
    run.crowd.stop_talking()
    await wait_for(lambda: not any(client.outbox for client in run.crowd.staying), PATIENCE_SECONDS)
    for _ in range(3):
        speaker = run.rng.choice(run.crowd.staying)
        async with run.during("no Redis for a last message"):
            run.redis_is_down()
            for network in run.site.network_of_all("redis"):
                network.cut()
            if speaker.current is not None:
                said = speaker.say(speaker.current, "the last message")
                await wait_for(partial(_is_acked, said), PATIENCE_SECONDS)
            for network in run.site.network_of_all("redis"):
                network.heal()
            run.redis_is_up()
        began = run.now
        missing = await run.crowd.missing()
        while missing and run.now - began < FOUND_WITHIN_SECONDS:
            await run.wait(0.2)
            missing = await run.crowd.missing()
        run.expect(not missing, f"still missing after {FOUND_WITHIN_SECONDS:.0f} s: {missing[:3]}")


def _is_acked(act: Act) -> bool:
    return act.acked is not None


SCENARIOS: list[Scenario] = [
    redis_killed,
    redis_frozen,
    redis_flushed,
    redis_cut_off_from_one,
    redis_half_open,
    redis_lost_while_connecting,
    last_change_lost,
]

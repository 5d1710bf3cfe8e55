"""An account is erased while the processes that do it are killed."""

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import redis.asyncio

from client.codes import CloseCode
from faults import rebuild
from faults.deriving import DerivingSite
from faults.run import REVOKED_WITHIN_SECONDS, Run, Scenario
from faults.scenarios.derive import EXPIRE, EXPIRE_DUE, interrupt
from faults.scenarios.people import expect_gone
from faults.site import Site

MESSAGES = 160
"""More than three steps of the erasure delete."""

KILLS = 4
STATEMENTS = 600
READY_SECONDS = 30.0
ERASED_SECONDS = 60.0
POLL_SECONDS = 0.5
NOT_READY = "SELECT count(*) AS n FROM chat_dataexport WHERE user_id = %s AND ready_at IS NULL"
NOT_ERASED = "SELECT count(*) AS n FROM chat_due WHERE kind = 'erase_account' AND done_at IS NULL"
TABLES = "SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'faults_before'"


async def account_erased(run: Run) -> None:
    """An account is erased with its messages by workers that are killed before any statement: nothing is left of it."""
    site = run.site
    assert isinstance(site, DerivingSite)
    run.lose_connections()
    room = run.crowd.stage.rooms[2]
    user = run.rng.choice(room["members"])
    marks = [f"{word}{run.rng.getrandbits(64):016x}" for word in ("name", "text")]
    name, text = marks
    async with run.during("somebody writes a lot"):
        await site.do("spread", user=user, room=room["id"], name=name, text=text, messages=MESSAGES)
        exported = await _is_zero(run, NOT_READY, READY_SECONDS, user)
        run.expect(exported, f"an export was not ready after {READY_SECONDS:.0f} s")
    spread = await left_of(site, text)
    has_archive = any(place.endswith(".zip") for place in spread)
    run.expect(has_archive and len(spread) > 5, f"the text had not spread: {spread}")
    await run.erase(user)
    for _ in range(KILLS):
        await interrupt(run, site, f"KILL:{run.rng.randint(1, STATEMENTS)}")
    site.workers[1].thaw()
    await site.call_blocking(site.workers[0].kill)
    await site.start_worker(site.workers[0])
    for statement in (EXPIRE, EXPIRE_DUE):
        await site.rows(statement)
    await expect_gone(run, run.crowd.of(user), CloseCode.DEACTIVATED, REVOKED_WITHIN_SECONDS)
    began = run.now
    erased = await _is_zero(run, NOT_ERASED, ERASED_SECONDS)
    run.expect(erased, f"the account was not erased after {ERASED_SECONDS:.0f} s")
    run.note(f"the account was erased {run.now - began:.1f} s after the last fault")
    while await rebuild.is_behind(site) and run.now - began < ERASED_SECONDS:
        await run.wait(POLL_SECONDS)
    for mark in marks:
        left = await left_of(site, mark)
        run.expect(not left, f"of an erased account, {mark[:4]}s are left in {left}")


async def left_of(site: Site, text: str) -> list[str]:
    """The tables, keys of Redis, files and logs that contain a text; and all archives, whose texts are compressed."""
    tables = [row["tablename"] for row in await site.rows(TABLES)]
    found = []
    for table in tables:
        [row] = await site.rows(f'SELECT count(*) AS n FROM "{table}" AS one WHERE one::text LIKE %s', f"%{text}%")
        found += [table] if row["n"] else []
    found += [f"Redis: {key}" for key in await _keys_with(site, text)]
    found += [f"the log of a process, number {n}" for n, log in enumerate(site.logs()) if text in log]
    directory = site.installation.directory
    return found + [str(path) for path in directory.rglob("*") if path.is_file() and _has(path, text)]


def _has(path: Path, text: str) -> bool:
    return path.suffix in {".zip", ".part"} or text in path.name or text.encode() in path.read_bytes()


async def _keys_with(site: Site, text: str) -> list[str]:
    """The keys of Redis that contain a text, in their names or values. Values of other types do not occur."""
    found = []
    async with redis.asyncio.Redis.from_url(site.redis.url) as client:
        reads: dict[bytes | str, Callable[[Any], Awaitable[Any]]]
        reads = {b"string": client.get, b"hash": client.hgetall, b"set": client.smembers}
        reads[b"zset"] = lambda key: client.zrange(key, 0, -1)
        async for key in client.scan_iter():
            read = reads.get(await client.type(key))
            value = None if read is None else await read(key)
            if text in f"{key!r} {value!r}":
                found.append(key.decode(errors="replace"))
    return found


async def _is_zero(run: Run, statement: str, seconds: float, *values: int) -> bool:
    """Wait until a statement counts nothing."""
    began = run.now
    while (await run.site.rows(statement, *values))[0]["n"]:
        if run.now - began > seconds:
            return False
        await run.wait(POLL_SECONDS)
    return True


account_erased.site = DerivingSite  # type: ignore[attr-defined]

SCENARIOS: list[Scenario] = [account_erased]

"""Upgrades the site to this version while people use it."""

import asyncio
import contextlib
import re
from collections.abc import AsyncIterator
from urllib.parse import urlencode

from client.codes import CloseCode
from faults.pages import Reader, Wanted
from faults.run import REVOKED_WITHIN_SECONDS, Run, Scenario
from faults.scenarios.people import expect_gone
from faults.scenarios.servers import DRAIN_SECONDS, LOCKED_SECONDS
from faults.upgrade import UpgradeSite

PHASE_SECONDS = 6.0
ERRORS = re.compile(r"^\S+ \S+ (?:ERROR|CRITICAL) .*$", re.MULTILINE)
OTHER_EVENTS = re.compile(r"An event of another version is read from the database instead: (.*)$", re.MULTILINE)
PAGES = ("/", "/rooms/", "/rooms/new/", "/profile/", "/accounts/login/")


async def upgrade(run: Run) -> None:
    """A site of an earlier version (see --upgrade-from) is migrated, and its processes restart with this version."""
    site = run.site
    assert isinstance(site, UpgradeSite)
    if site.problem:
        run.skip(site.problem)
        return
    began = run.now
    visitor = await site.do("stage", people=1, rooms=[])
    cookie = f"{visitor['cookie']}={visitor['people'][0]['session']}"
    leaving = run.rng.sample([person["id"] for person in run.crowd.stage.people], 4)
    async with _places_changing(run, spared=leaving):
        await run.wait(PHASE_SECONDS)
        async with run.during("migrating"):
            await site.prepare()
        async with run.during("the previous version runs on the migrated database"):
            await _phase(run, cookie, leaving.pop())
        for node in site.nodes:
            async with run.during(f"server {node.number} upgrading"):
                took = await site.upgrade_server(node)
            run.expect(took < DRAIN_SECONDS, f"server {node.number} took {took:.1f} s to end")
            run.spread_clients()
            async with run.during(f"server {node.number} upgraded"):
                await _phase(run, cookie, leaving.pop() if leaving else None)
        await site.stop_administrators_before()
        await run.wait(PHASE_SECONDS)
    _judge(run, site, since=began)


async def _phase(run: Run, cookie: str, leaving: int | None) -> None:
    """For a while, read pages and create a room on every process, and revoke one person's access."""
    await run.wait(PHASE_SECONDS / 2)
    for node in run.site.nodes:
        room = urlencode({"name": f"Made by {node.number} at {run.now}", "kind": "public"})
        wanted: list[Wanted] = [*(("GET", page, "") for page in PAGES), ("POST", "/rooms/new/", room)]
        reader = Reader(node.server.url, cookie)
        answers = {f"{method} {path}": await reader.fetch(method, path, form) for method, path, form in wanted}
        failed = {what: status for what, status in answers.items() if not 200 <= status < 400}
        run.expect(not failed, f"pages of server {node.number} failed: {failed}")
        run.expect(answers["POST /rooms/new/"] == 302, f"server {node.number} created no room: {answers}")
    if leaving is not None:
        is_signed_out = run.rng.random() < 0.5
        await (run.sign_out(leaving) if is_signed_out else run.deactivate(leaving))
        code = CloseCode.SIGNED_OUT if is_signed_out else CloseCode.DEACTIVATED
        await expect_gone(run, run.crowd.of(leaving), code, REVOKED_WITHIN_SECONDS)
    await run.wait(PHASE_SECONDS / 2)


@contextlib.asynccontextmanager
async def _places_changing(run: Run, *, spared: list[int]) -> AsyncIterator[None]:
    """While the block runs, remove people from private rooms, invite them, and let others join a public room."""
    is_over = asyncio.Event()
    spared_users = frozenset(spared)
    task = asyncio.create_task(_change_places(run, spared_users, is_over))
    try:
        yield
    finally:
        is_over.set()
        await task


async def _change_places(run: Run, spared: frozenset[int], is_over: asyncio.Event) -> None:
    stage, rng = run.crowd.stage, run.rng
    movable = [person["id"] for person in stage.people if person["id"] not in spared]
    inside = {room["id"]: set(room["members"]) for room in stage.rooms}
    private = [room["id"] for room in stage.rooms if room["kind"] == "private"]
    public = [room["id"] for room in stage.rooms if room["kind"] == "public"]
    while not is_over.is_set():
        user = rng.choice(movable)
        room = rng.choice(private)
        if user in inside[room]:
            await run.remove(user, room)
            inside[room].discard(user)
        else:
            await run.invite(user, room)
            inside[room].add(user)
        _join(run, rng.choice(movable), rng.choice(public))
        await run.wait(rng.uniform(0.3, 1.0))


def _join(run: Run, user: int, room: int) -> None:
    """Let a person join a public room by a command. Joining again changes nothing."""
    run.crowd.stage.returns.append((user, room, run.now))
    run.crowd.of(user)[0].send_command("join", room=room)


def _judge(run: Run, site: UpgradeSite, *, since: float) -> None:
    """Check that no ack took long, no administrator failed, and no log contains an error."""
    acked = [took for at, took in run.crowd.stats.acks if at > since]
    longest = max([*acked, *run.waits_for_acks(run.crowd.staying, since=since)], default=0.0)
    run.note(f"upgraded from {site.commit}; the longest wait for an ack was {longest:.1f} s")
    if len(site.nodes) > 1:
        run.expect(longest < LOCKED_SECONDS, f"an ack took {longest:.1f} s")
    run.expect(not run.failed_deeds, f"administrators failed {len(run.failed_deeds)} times: {run.failed_deeds[:3]}")
    for reason in sorted({reason for log in site.logs() for reason in OTHER_EVENTS.findall(log)}):
        run.note(f"an event of the other version was read from the database instead: {reason}")
    errors = [line for log in site.logs() for line in ERRORS.findall(log)]
    run.expect(not errors, f"the logs contain {len(errors)} errors: {errors[:3]}")


upgrade.site = UpgradeSite  # type: ignore[attr-defined]

SCENARIOS: list[Scenario] = [upgrade]

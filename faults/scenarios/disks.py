"""The database's disk is full."""

import contextlib
import shutil
import subprocess
from pathlib import Path

import psycopg

from faults.disk import SmallDisk
from faults.embedded import EmbeddedSite
from faults.readiness import watched
from faults.run import Run, Scenario, wait_for

FULL_SECONDS = 12.0
LOG_FULL_SECONDS = 4.0
PATIENCE_SECONDS = 60.0
BACK_WITHIN_SECONDS = 25.0
"""Clients retry after at most 20 s, after a crashed PostgreSQL has recovered."""

ROOM_BYTES = 48 * 1024 * 1024
SWITCH_LOG = "SELECT pg_logical_emit_message(false, 'faults', repeat('x', 1000000)), pg_switch_wal()"
SWITCHES = 8
"""More segments of PostgreSQL's log than it prepares in advance."""


async def postgresql_disk_full(run: Run) -> None:
    """PostgreSQL's disk is full: first for tables, then also for its log, which crashes it. Then space returns."""
    place = run.site.place("small-disk")
    try:
        disk = await run.site.call_blocking(_small_disk_for, run, place)
    except OSError as error:
        run.skip(str(error))
        return
    run.lose_connections()  # PostgreSQL is restarted here, and crashes later
    data = run.site.postgresql.data
    try:
        await _move(run, place / "data")
        await run.wait(3)
        await _suffer(run, disk, crash=True)
    finally:
        await _move(run, data)
        disk.close()


async def sqlite_disk_full(run: Run) -> None:
    """The disk of a site on SQLite is full for a while."""
    site = run.site
    assert isinstance(site, EmbeddedSite)
    if site.disk is None:
        run.skip(site.problem)
        return
    await run.wait(3)
    await _suffer(run, site.disk, crash=False)


async def _suffer(run: Run, disk: SmallDisk, *, crash: bool) -> None:
    """Check that nothing is acked while the disk is full, with the reason reported, and that everything is stored
    later."""
    began = run.now
    async with run.during("the disk is full"):
        disk.fill()
        async with watched(run.site) as seen:
            await run.wait(FULL_SECONDS)
        said = " / ".join(seen.complaints)
        run.expect("Messages cannot be stored: the disk is full." in said, f"/readyz did not say it, but: {said}")
        run.expect(run.crowd.stats.refusals["unavailable"] > 0, "nobody was answered `unavailable`")
        if crash:
            await _fill_log(run)
    disk.free()
    if crash and not run.site.postgresql.is_running():
        run.note("PostgreSQL had given up when its log was full, and was started as an administrator does")
        await run.site.call_blocking(run.site.postgresql.start)
    await _expect_recovery(run, began)


async def _expect_recovery(run: Run, began: float) -> None:
    freed = run.now
    waiting = [act for client in run.crowd.clients for act in client.outbox]
    await wait_for(lambda: all(act.acked or act.refused for act in waiting), PATIENCE_SECONDS)
    took = run.now - freed
    run.note(
        f"full for {freed - began:.0f} s; the {len(waiting)} that waited were acked {took:.1f} s after there was room"
    )
    run.expect(took < BACK_WITHIN_SECONDS, f"what waited took {took:.1f} s after there was room")
    async with watched(run.site) as seen:
        await run.wait(2)
    run.expect(not seen.complaints, f"/readyz complains with room on the disk: {list(seen.complaints)}")


async def _fill_log(run: Run) -> None:
    """Fill PostgreSQL's log. PostgreSQL panics if it cannot create the next segment, and then ends or tries to
    recover."""
    with contextlib.suppress(psycopg.Error):
        for _ in range(SWITCHES):
            await run.site.rows(SWITCH_LOG)
    panicked = "PANIC" in await run.site.call_blocking(run.site.postgresql.output)
    run.note(f"PostgreSQL {'panicked' if panicked else 'did not panic'} when its log could not grow")
    await run.wait(LOG_FULL_SECONDS)


def _small_disk_for(run: Run, place: Path) -> SmallDisk:
    used = sum(path.stat().st_size for path in run.site.postgresql.data.rglob("*") if path.is_file())
    return SmallDisk(place, used + ROOM_BYTES)


async def _move(run: Run, target: Path) -> None:
    """Stop PostgreSQL, move its data to `target`, and start it there."""
    server = run.site.postgresql

    def move() -> None:
        server.stop()
        shutil.rmtree(target, ignore_errors=True)
        subprocess.run(["cp", "-a", str(server.data), str(target)], check=True)
        server.data = target
        server.start()

    async with run.during("PostgreSQL is moved to another disk"):
        await run.site.call_blocking(move)


sqlite_disk_full.site = EmbeddedSite  # type: ignore[attr-defined]

SCENARIOS: list[Scenario] = [postgresql_disk_full, sqlite_disk_full]

"""People send files while servers die, and while the storage of files is away, full or slow."""

import asyncio
import contextlib
import shutil
from collections.abc import AsyncIterator

from faults.files_site import FilesSite
from faults.run import Run, Scenario, wait_for
from faults.sharing import Sharing
from faults.stats import percentile
from faults.storing.orders import Order, Role

KILLS = 5
REACHED_SECONDS = 40.0
CALLS = 3
"""A picture is stored with this many calls: it, and two that are made of it."""

AWAY_SECONDS = 12.0
FULL_SECONDS = 8.0
SLOW_SECONDS = 12.0
CALL_SECONDS = 1.5
ACK_SECONDS = 2.0
"""p99 of acks, also of others, while the storage is slow."""

ROOM_BYTES = 2 * 1024 * 1024
"""The storage has this much space when it is nearly full: a file fits, its thumbnails may not."""

TRY_NOW = """
UPDATE chat_due SET due_at = now(), leased_until = NULL
WHERE kind IN ('finish_upload', 'remove_files') AND done_at IS NULL AND failed_at IS NULL
"""
"""Lets others begin at once what they would begin later, or what a process that was killed had begun."""


@contextlib.asynccontextmanager
async def shared(run: Run) -> AsyncIterator[Sharing]:
    """People send files during the block. Afterwards check them, once the crowd is silent."""
    site = run.site
    assert isinstance(site, FilesSite)
    sharing = Sharing(site, run.crowd, run.rng)
    yield sharing
    site.order(Order())
    await sharing.finish()
    run.crowd.stop_talking()
    await wait_for(lambda: not any(client.outbox for client in run.crowd.clients), REACHED_SECONDS)
    began = run.now
    for sentence in await sharing.wrong():
        run.expect(False, sentence)
    statuses = sorted({status for upload in sharing.uploads for status in upload.refusals})
    run.note(
        f"{len(sharing.uploads)} files, {sum(len(one.content) for one in sharing.uploads) / 2**20:.0f} MiB, in "
        f"{len(sharing.sent)} messages; checked within {run.now - began:.0f} s; tried again after {statuses}"
    )


async def uploads_killed(run: Run) -> None:
    """`kill -9` servers in the middle of uploads: no acknowledged part is lost, and every file is what was sent."""
    async with shared(run) as sharing:
        for _ in range(KILLS):
            await wait_for(lambda: sharing.under_way() > 0, REACHED_SECONDS)
            node = run.any_node()
            async with run.during(f"server {node.number} killed"):
                await run.site.kill_server(node)
                await run.wait(run.rng.uniform(0.2, 1.5))
                await run.site.start_server(node)
            await run.site.rows(TRY_NOW)
            await run.wait(run.rng.uniform(0.5, 2))


async def finishing_killed(run: Run) -> None:
    """`kill -9` the process that examines and stores a file, a server or `manage.py work`, at any step."""
    site = run.site
    assert isinstance(site, FilesSite)
    async with shared(run):
        for number in range(KILLS):
            await _kill_while_decoding(run, site)
            await _kill_while_storing(run, site, "server")
            if number % 2:
                await _kill_while_storing(run, site, "work")


async def storage_away(run: Run) -> None:
    """The folders of the files are away for a while: uploads wait, messages do not, and deleted files go later."""
    site = run.site
    assert isinstance(site, FilesSite)
    async with shared(run):
        await run.wait(4)
        async with run.during("the storage is away"), _folders_away(site):
            began = run.now
            await run.wait(AWAY_SECONDS)
            run.note(f"p99 of acks while the storage was away: {_p99(run, began) * 1000:.0f} ms")


@contextlib.asynccontextmanager
async def _folders_away(site: FilesSite) -> AsyncIterator[None]:
    """Put a file in the place of every folder: nobody can look into it or create it again, not even root."""
    aside = site.place("aside")
    folders = [site.storage / f"{number:02x}" for number in range(256)]
    for folder in folders:
        folder.mkdir(exist_ok=True)
        shutil.move(folder, aside / folder.name)
        folder.touch()
    try:
        yield
    finally:
        for folder in folders:
            folder.unlink()
            shutil.move(aside / folder.name, folder)


async def storage_full(run: Run) -> None:
    """The disks of uploads and of stored files are full for a while, one after the other."""
    site = run.site
    assert isinstance(site, FilesSite)
    if not site.disks:
        run.skip(site.problem)
        return
    async with shared(run) as sharing:
        for disk, what in zip(site.disks, ("uploads", "stored files"), strict=True):
            await wait_for(lambda: sharing.under_way() > 0, REACHED_SECONDS)
            async with run.during(f"the disk of {what} is full"):
                disk.fill()
                await run.wait(FULL_SECONDS)
            disk.free()
            await run.wait(2)
        run.expect(any(507 in one.refusals for one in sharing.uploads), "no upload was answered 507")


async def storage_slow(run: Run) -> None:
    """Every call to the storage is slow, and people who chat do not notice."""
    site = run.site
    assert isinstance(site, FilesSite)
    async with shared(run):
        await run.wait(3)
        site.order(Order(delay=CALL_SECONDS))
        began = run.now
        async with run.during("the storage is slow"):
            await run.wait(SLOW_SECONDS)
        took = _p99(run, began)
        run.note(f"p99 of acks while each call took {CALL_SECONDS} s: {took * 1000:.0f} ms")
        run.expect(took < ACK_SECONDS, f"acks took {took:.1f} s while the storage was slow")


def _p99(run: Run, since: float) -> float:
    return percentile([took for at, took in run.crowd.stats.acks if at > since], 0.99)


async def _kill_while_decoding(run: Run, site: FilesSite) -> None:
    """Kill a server as soon as there is a folder for the pictures that are made of a file."""
    async with run.during("a server dies while a file is examined"):
        for _ in range(int(REACHED_SECONDS / 0.01)):
            if any(path.is_dir() for path in site.uploads.iterdir()):
                break
            await asyncio.sleep(0.01)
        node = run.any_node()
        await site.kill_server(node)
        await site.start_server(node)
    await site.rows(TRY_NOW)


async def _kill_while_storing(run: Run, site: FilesSite, role: Role) -> None:
    """Have a process of this role killed in one of its next calls to the storage, and start it again."""
    processes = site.workers if role == "work" else [node.server for node in site.nodes]
    order = Order(dies=role, at_call=run.rng.randint(1, CALLS))
    async with run.during(f"{role} dies in call {order.at_call}"):
        if role == "work":  # only what servers leave behind is for it
            await _kill_while_storing(run, site, "server")
        site.order(order)
        reached = False
        for _ in range(int(REACHED_SECONDS)):
            await site.rows(TRY_NOW)
            if reached := await wait_for(lambda: not all(one.is_running() for one in processes), 1.0):
                break
        run.expect(reached, f"{role} did not reach call {order.at_call} of the storage")
        site.order(Order())
        await _start_again(site)
    await site.rows(TRY_NOW)


async def _start_again(site: FilesSite) -> None:
    for node in site.nodes:
        if not node.server.is_running():
            node.is_wanted = False
            await site.start_server(node)
    for worker in site.workers:
        if not worker.is_running():
            await site.call_blocking(worker.start)


SCENARIOS: list[Scenario] = [uploads_killed, finishing_killed, storage_away, storage_full, storage_slow]

for scenario in SCENARIOS:
    scenario.site = FilesSite  # type: ignore[attr-defined]

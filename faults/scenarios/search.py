"""The processes that keep the search index are killed, and its file is lost. That it is right is checked afterwards."""

import asyncio
import signal
from collections.abc import Callable
from functools import partial
from pathlib import Path

from faults.embedded import EmbeddedSite
from faults.run import Run, Scenario
from tests.harness.services import THIS_CODE, dies_with_parent

KILLS = 5
INDEX = "search.sqlite3"
REBUILD_SECONDS = 4.0
"""`manage.py search_rebuild` has begun and ended within this time."""


async def search_indexer_killed(run: Run) -> None:
    """`kill -9` a site on SQLite, which fills the file of its search index, at random moments."""
    for _ in range(KILLS):
        await run.wait(run.rng.uniform(0.5, 2.5))
        await _restart(run, "the indexer is killed")


async def search_file_lost(run: Run) -> None:
    """The file of the search index is damaged, missing, or an older one, when the site starts again."""
    index = run.site.installation.directory / INDEX
    await run.wait(4)
    older = index.read_bytes()
    for damage in (partial(_spoil, index), index.unlink, partial(index.write_bytes, older)):
        await run.wait(2)
        await _restart(run, "the file of the index is lost", damage)


async def search_file_rebuilt(run: Run) -> None:
    """`kill -9` the command that builds the file of the search index again, while people talk."""
    await _kill_rebuilds(run)


async def search_table_rebuilt(run: Run) -> None:
    """`kill -9` the command that builds the index in PostgreSQL again, and the worker that keeps it."""
    await _kill_rebuilds(run)


async def _kill_rebuilds(run: Run) -> None:
    for _ in range(KILLS):
        async with run.during("the index is built again"):
            rebuilding = await _begin_rebuild(run)
            await run.wait(run.rng.uniform(0.5, REBUILD_SECONDS))
            for worker in run.site.workers:
                await run.site.call_blocking(worker.kill)
                await run.site.call_blocking(worker.start)
            if rebuilding.returncode is None:
                rebuilding.kill()
            await rebuilding.wait()
    rebuilding = await _begin_rebuild(run)
    run.expect(await rebuilding.wait() == 0, "the index could not be built again after all")


async def _begin_rebuild(run: Run) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        *(THIS_CODE.python, "manage.py", "search_rebuild"),
        cwd=THIS_CODE.directory,
        env=run.site.installation.env,
        stdout=asyncio.subprocess.DEVNULL,
        preexec_fn=dies_with_parent(signal.SIGKILL),
    )


async def _restart(run: Run, what: str, meanwhile: Callable[[], object] = lambda: None) -> None:
    node = run.any_node()
    async with run.during(what):
        await run.site.kill_server(node)
        meanwhile()
        await run.site.start_server(node)


def _spoil(index: Path) -> None:
    """Overwrite all but the beginning, which SQLite looks at first."""
    size = index.stat().st_size
    with index.open("r+b") as file:
        file.seek(min(4096, size // 2))
        file.write(b"\xff" * (size // 2))


SCENARIOS: list[Scenario] = [search_indexer_killed, search_file_lost, search_file_rebuilt, search_table_rebuilt]

for scenario in (search_indexer_killed, search_file_lost, search_file_rebuilt):
    scenario.site = EmbeddedSite  # type: ignore[attr-defined]

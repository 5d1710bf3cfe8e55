"""The site behind nginx, set up and restarted as docs/deploying.md describes."""

import contextlib
import urllib.error
import urllib.request
from collections.abc import AsyncIterator
from pathlib import Path

from faults.nginx import PROGRAM, Nginx
from faults.pages import Fetched, Reader, Wanted, fetching
from faults.run import Run, Scenario, wait_for
from faults.site import Node
from faults.stats import percentile

TLS = {"TLS": "true", "TRUSTED_PROXIES": "1"}
ROUNDS = 2
PAGES_PER_SECOND = 25.0
PAGES: list[Wanted] = [
    ("GET", "/rooms/", ""),
    ("GET", "/", ""),
    ("GET", "/static/chat/css/pages.css", ""),
    ("GET", "/accounts/login/", ""),
    ("POST", "/i18n/setlang/", "language=en"),
]
ARRIVED_SECONDS = 30.0


async def rolling_restart_behind_nginx(run: Run) -> None:
    """The processes restart one after another behind nginx with TLS: no page and no handshake fails."""
    if PROGRAM is None:
        run.skip("there is no nginx: apt install nginx-light")
        return
    async with _behind_nginx(run) as nginx:
        run.crowd.stats.failed_attempts = 0
        async with _fetching(run, nginx) as fetched:
            for node in run.site.nodes * ROUNDS:
                async with run.during(f"server {node.number} restarting behind nginx"):
                    await run.site.restart_server(node, **TLS)
                    await _ready(run, node)
            await run.wait(3)
        _expect_nothing_failed(run, nginx, fetched)


@contextlib.asynccontextmanager
async def _behind_nginx(run: Run) -> AsyncIterator[Nginx]:
    """Connect everybody through nginx, while the block runs."""
    directory = run.site.place("nginx")
    static = Path(run.site.installation.env["VAR_DIR"]) / "static"
    nginx = Nginx(directory, upstreams=[node.server.port for node in run.site.nodes], static=static)
    for node in run.site.nodes:
        await run.site.restart_server(node, **TLS)
    await run.site.call_blocking(nginx.start)
    run.site.entrance = nginx
    try:
        await _everybody_returns(run)
        yield nginx
    finally:
        run.site.entrance = None
        await run.site.call_blocking(nginx.stop)
        for node in run.site.nodes:
            await run.site.restart_server(node)


async def _everybody_returns(run: Run) -> None:
    for client in run.crowd.staying:
        client.reload()
    await run.wait(0.5)
    back = await wait_for(lambda: all(client.is_caught_up for client in run.crowd.staying), ARRIVED_SECONDS)
    run.expect(back, "not everybody connected through nginx")


def _fetching(run: Run, nginx: Nginx) -> contextlib.AbstractAsyncContextManager[Fetched]:
    reader = Reader(nginx.origin, run.crowd.clients[0].cookie, nginx.tls)
    return fetching(reader, PAGES, per_second=PAGES_PER_SECOND)


async def _ready(run: Run, node: Node) -> None:
    """Wait until a process is ready before the next one restarts, like the loop in docs/deploying.md."""
    while not await run.site.call_blocking(_is_ready, node):
        await run.wait(1)


def _is_ready(node: Node) -> bool:
    with contextlib.suppress(urllib.error.URLError, OSError):
        return bool(urllib.request.urlopen(f"{node.server.url}/readyz", timeout=5).status == 200)
    return False


def _expect_nothing_failed(run: Run, nginx: Nginx, fetched: Fetched) -> None:
    failures, seconds = fetched.failures(), fetched.seconds()
    refused = run.crowd.stats.failed_attempts
    run.note(
        f"{len(seconds)} pages while {len(run.site.nodes) * ROUNDS} processes restarted, {len(failures)} failed, "
        f"p50 {percentile(seconds, 0.5) * 1000:.0f} ms, p99 {percentile(seconds, 0.99) * 1000:.0f} ms, "
        f"most {max(seconds, default=0):.1f} s; {refused} handshakes refused; "
        f"nginx had no live upstreams {len(nginx.complaints())} times"
    )
    run.expect(bool(seconds), "no page was fetched")
    run.expect(not failures, f"{len(failures)} pages failed: {failures[:3]}")
    run.expect(refused == 0, f"{refused} handshakes failed")


rolling_restart_behind_nginx.clients = 20  # type: ignore[attr-defined]

SCENARIOS: list[Scenario] = [rolling_restart_behind_nginx]

"""Records what /readyz says while a scenario runs."""

import asyncio
import contextlib
import urllib.error
import urllib.request
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

from faults.site import Site

TIMEOUT_SECONDS = 5.0


@dataclass
class Readiness:
    """The answers of /readyz of all processes since `watched` began."""

    complaints: dict[str, None] = field(default_factory=dict)
    """Each distinct sentence of a 503."""
    ready: int = 0


def ask(url: str) -> tuple[int, str]:
    """The status and the text of /readyz; 0 if there is no answer."""
    try:
        with urllib.request.urlopen(f"{url}/readyz", timeout=TIMEOUT_SECONDS) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()
    except OSError as error:
        return 0, repr(error)


@contextlib.asynccontextmanager
async def watched(site: Site) -> AsyncIterator[Readiness]:
    """Ask every process once a second while the block runs."""
    seen = Readiness()

    async def look() -> None:
        for node in site.nodes:
            status, said = await asyncio.to_thread(ask, node.server.url)
            if status == 200:
                seen.ready += 1
            else:
                seen.complaints[f"{status}: {said.strip()}"] = None

    async def keep_looking() -> None:
        while True:
            await look()
            await asyncio.sleep(1)

    looking = asyncio.create_task(keep_looking())
    try:
        yield seen
    finally:
        looking.cancel()
        await asyncio.wait([looking])

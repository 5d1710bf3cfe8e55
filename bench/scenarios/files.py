"""Uploads, downloads and pictures, and how long others wait for an answer meanwhile."""

import asyncio
import io
import random
from collections.abc import Awaitable, Callable
from typing import Any

import uvloop
from PIL import Image

from bench.contenders import Contender
from bench.file_clients import PART_BYTES, Meanwhile, Person, all_at_once, watched
from bench.scenarios import Plan, Row, Scenario
from bench.servers import Bench, Server, Site
from bench.stats import percentile

AT_ONCE = 20
QUICK_MEBIBYTES, MEBIBYTES = 4, 16
"""How much each person uploads."""

PICTURES = 24
QUICK_PICTURES = 6
PICTURE_SIZE = (4032, 3024)
WATCHER = 99
"""The person who only sends pings."""

QUIET_SECONDS = 5.0
QUIET = "nothing else"
ONE_UPLOAD, UPLOADS = "1 upload", f"{AT_ONCE} uploads at once"
ONE_DOWNLOAD, DOWNLOADS = "1 download", f"{AT_ONCE} downloads at once"
THUMBNAILS = f"pictures of {PICTURE_SIZE[0] * PICTURE_SIZE[1] / 1e6:.0f} megapixels"

Act = Callable[[Person], Awaitable[Any]]


def photograph() -> bytes:
    """A JPEG like that of a phone: shapes with some noise, so that it takes some megabytes."""
    small = Image.frombytes("RGB", (504, 378), random.Random(1).randbytes(504 * 378 * 3))
    file = io.BytesIO()
    small.resize(PICTURE_SIZE, Image.Resampling.BICUBIC).save(file, "JPEG", quality=85)
    return file.getvalue()


async def all_loads(site: Site, server: Server, plan: Plan) -> list[Row]:
    """A row for each load."""
    size = (QUICK_MEBIBYTES if plan.quick else MEBIBYTES) * PART_BYTES
    content = random.Random(1).randbytes(size)
    people = [Person(site, server, number) for number in range(AT_ONCE)]
    await people[0].upload(content[:PART_BYTES], "first.bin")
    async with watched(site, server, WATCHER) as quiet:
        await asyncio.sleep(QUIET_SECONDS)
    rows = [_row(QUIET, quiet)]
    for name, some in ((ONE_UPLOAD, people[:1]), (UPLOADS, people)):
        rows.append(await _transferred(site, server, name, some, size, lambda one: one.upload(content, "bytes.bin")))
    file = await people[0].upload(content, "mine.bin")
    for name, count in ((ONE_DOWNLOAD, 1), (DOWNLOADS, AT_ONCE)):
        some = [Person(site, server, 0) for _ in range(count)]
        rows.append(await _transferred(site, server, name, some, size, lambda one: one.download(file)))
    return [*rows, await _pictures(site, server, QUICK_PICTURES if plan.quick else PICTURES)]


async def _transferred(site: Site, server: Server, name: str, people: list[Person], size: int, act: Act) -> Row:
    for person in people:
        person.parts.clear()
    used = server.cpu_seconds()
    async with watched(site, server, WATCHER) as seen:
        await all_at_once(people, act)
    used = server.cpu_seconds() - used
    mebibytes = len(people) * size / 2**20
    parts = [took for person in people for took in person.parts]
    row: Row = {"mebibytes_per_second": mebibytes / seen.seconds, "processor_per_mebibyte": used / mebibytes}
    if parts:
        row |= {"part_p50": percentile(parts, 0.5), "part_p99": percentile(parts, 0.99)}
    return _row(name, seen) | row


async def _pictures(site: Site, server: Server, count: int) -> Row:
    content = photograph()
    people = [Person(site, server, number) for number in range(min(count, AT_ONCE))]
    waiting = iter(range(count))

    async def upload(person: Person) -> None:
        for _ in waiting:
            await person.upload(content, "picture.jpg")

    async with watched(site, server, WATCHER) as seen:
        await all_at_once(people, upload)
    return _row(THUMBNAILS, seen) | {"pictures_per_minute": count * 60 / seen.seconds, "picture_bytes": len(content)}


def _row(name: str, seen: Meanwhile) -> Row:
    return {
        "load": name,
        "wait_p50": percentile(seen.waits, 0.5),
        "wait_p99": percentile(seen.waits, 0.99),
        "wait_longest": max(seen.waits, default=0.0),
        "memory_growth": seen.growth,
        "seconds": seen.seconds,
    }


def run(bench: Bench, contender: Contender, plan: Plan) -> list[Row]:
    """All rows."""
    with bench.site(contender, seed="circle") as site:
        return uvloop.run(all_loads(site, site.start(), plan))


SCENARIO = Scenario(name="files", title="Files", contenders=("ours",), run=run, max_repetitions=2)

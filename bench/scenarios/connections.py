"""1,000 connections: the memory of an idle one, the time to connect all at once, and to reconnect after a restart."""

import asyncio
import gc
from time import perf_counter
from typing import Any

import uvloop

from bench.contenders import Contender
from bench.generator import Fleet
from bench.protocols import ChatWire
from bench.scenarios import Plan, Row, Scenario
from bench.scenarios.measuring import rooms_of
from bench.servers import Bench, Server, Site

SOCKETS = 1000
WARM_UP = 50
MISSED = 100
HEARTBEATS = 5
SETTLE_SECONDS = 1.5


def _fleet(site: Site, server: Server, sockets: int) -> Fleet:
    return Fleet(site.contender.wire(), [server.port], rooms_of(site, "hall", sockets), site.cookies)


async def _connected(site: Site, server: Server, sockets: int, at_once: int) -> tuple[Fleet, float]:
    fleet = _fleet(site, server, sockets)
    return fleet, await fleet.connect(at_once=at_once)


async def idle(site: Site, server: Server) -> list[Row]:
    """Bytes per connection: resident memory with 1,000 idle, signed-in, subscribed connections, compared with none."""
    fleet, _seconds = await _connected(site, server, WARM_UP, WARM_UP)
    await fleet.close()
    await asyncio.sleep(SETTLE_SECONDS)
    before = server.rss()
    fleet, seconds = await _connected(site, server, SOCKETS, 32)
    await asyncio.sleep(SETTLE_SECONDS)
    each = (server.rss() - before) / SOCKETS
    rows: list[Row] = [
        {
            "load": "memory",
            "bytes_per_connection": each,
            "base_bytes": before,
            "seconds": seconds,
            "startup_seconds": server.startup_seconds,
        }
    ]
    if isinstance(fleet.wire, ChatWire):
        rows.append(await heartbeat(server, fleet))
    await fleet.close()
    await asyncio.sleep(SETTLE_SECONDS)
    return rows


async def heartbeat(server: Server, fleet: Fleet) -> Row:
    """Processor time per heartbeat. Each client sends its next heartbeat after the answer to the last one."""
    wire = fleet.wire
    assert isinstance(wire, ChatWire)
    used = server.cpu_seconds()
    for number in range(HEARTBEATS):
        for client in fleet.clients:
            client.say(wire.ping(number))
        while any(client.answered <= number for client in fleet.clients):  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    return {"load": "heartbeat", "processor": (server.cpu_seconds() - used) / HEARTBEATS / len(fleet.clients)}


async def storm(site: Site, server: Server) -> Row:
    """Seconds until 1,000 clients that connect at the same moment are all live; None if that never happens."""
    server.stamp()
    fleet = _fleet(site, server, SOCKETS)
    try:
        seconds: float | None = await fleet.connect(at_once=SOCKETS)
    except TimeoutError:
        seconds = None
    row = {
        "load": "connect",
        "seconds": seconds,
        "turned_away": fleet.turned_away,
        "server_busy": [server.busy()],
        "faults": dict(fleet.tally.faults),
    }
    await fleet.close()
    return row


async def resume(site: Site, server: Server) -> Row:
    """Seconds until 1,000 clients of a restarted server have the messages sent in the meantime. `since_spawn` is
    measured from the start of the new process, `seconds` from the moment it listens."""
    fleet, _seconds = await _connected(site, server, SOCKETS, 64)
    fleet.closing = True
    spawned = perf_counter()
    await asyncio.to_thread(server.stop)
    stopped = perf_counter() - spawned
    await fleet.close()
    missed: dict[str, Any] = site.script("bench.offline_messages", str(fleet.rooms[0].id), str(MISSED))
    spawned = perf_counter()
    server = site.start(port=server.port)
    back, seconds = await _connected(site, server, SOCKETS, SOCKETS)
    since_spawn = perf_counter() - spawned
    await back.close()
    return {
        "load": "resume",
        "seconds": seconds,
        "since_spawn": since_spawn,
        "stop_seconds": stopped,
        "missed": MISSED,
        "turned_away": back.turned_away,
        "incomplete": sum(not _is_complete(client.opened, missed) for client in back.clients),
    }


def _is_complete(opened: dict[str, Any], missed: dict[str, Any]) -> bool:
    """Whether this reply to `open` contains exactly the missed messages, in order."""
    got = [message["key"] for message in opened.get("messages", ())]
    return not opened.get("reset", False) and opened["revision"] == missed["revision"] and got == missed["keys"]


async def load(site: Site, server: Server) -> list[Row]:
    """Measure memory first, in a fresh process."""
    gc.collect()
    rows = [*await idle(site, server), await storm(site, server)]
    if site.contender.database == "site":
        rows.append(await resume(site, server))
    return rows


def run(bench: Bench, contender: Contender, _plan: Plan) -> list[Row]:
    """The rows "memory" and "connect" of this contender, and "resume" if its clients can catch up."""
    with bench.site(contender, seed="hall") as site:
        return uvloop.run(load(site, site.start()))


SCENARIO = Scenario(
    name="connections",
    title="1,000 connections",
    contenders=("ours", "ours-uvicorn", "tutorial-core", "tutorial", "socketio", "ws", "python-socketio"),
    quick_contenders=("ours",),
    run=run,
    max_repetitions=2,
    repetitions_of={"tutorial-core": 1, "tutorial": 1},
)

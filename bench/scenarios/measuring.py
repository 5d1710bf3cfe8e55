"""What all scenarios with sockets share: rooms, processor time, Redis calls, and the audit afterwards."""

import time
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from picows import WSListener, ws_connect

from bench.delivery_tally import Room
from bench.generator import CONNECT_TIMEOUT_SECONDS, MAX_FRAME_BYTES, Fleet, Window, busy, stamp
from bench.scenarios import Row
from bench.servers import Server, Site
from bench.stats import percentile

OF_A_WINDOW_HELD_UP = ("longest_flush", "messages_per_second", "p50", "p99", "ack_p50", "ack_p99")


def rooms_of(site: Site, seed: str, clients: int, rooms: int = 1) -> list[Room]:
    """`rooms` rooms with `clients` clients in total: clients 0, 1, 2 … fill one room after the other.

    For this site they are the seeded rooms, of which these clients are members and which they open as a browser does
    after loading the room's page. For other contenders a room is only a name.
    """
    known: list[dict[str, Any]] = list(site.seed.get("rooms", []))
    each = clients // rooms
    return [
        Room(
            id=known[number]["id"] if known else number + 1,
            name=known[number]["slug"] if known else f"{seed}{number + 1}",
            clients=list(range(number * each, (number + 1) * each)),
            since=known[number]["revision"] if known else None,
        )
        for number in range(rooms)
    ]


async def measured(
    site: Site,
    servers: Sequence[Server],
    fleet: Fleet,
    load: Callable[[], Awaitable[Window]],
    *,
    is_paced: bool = False,
) -> Row:
    """Run the load and return its results, the utilisation of both sides, and its cost on Redis and PostgreSQL.

    A window in which the disk stalled is measured again, as `bench.retry_policy` decides. At an even pace this includes
    contenders that store nothing, because the whole machine may have stalled.
    """
    again = site.bench.again
    windows = [await _window(site, servers, fleet, load)]
    while (is_paced or site.contender.stores) and again.is_due(windows):
        windows.append(await _window(site, servers, fleet, load))
        again.spend(windows[-1]["took"])
    return counted(windows)


def counted(windows: Sequence[Row]) -> Row:
    """The window with the shortest longest flush among the windows of a load, with the disk's figures of the others.

    Losses, missing acks and faults are those of all windows: a tally accumulates them.
    """
    best = min(windows, key=lambda window: window["longest_flush"])
    return best | {
        "lost": sum(window["lost"] for window in windows),
        "unacked": sum(window["unacked"] for window in windows),
        "faults": windows[-1]["faults"],
        "held_up": [{name: window[name] for name in OF_A_WINDOW_HELD_UP} for window in windows if window is not best],
    }


async def _window(site: Site, servers: Sequence[Server], fleet: Fleet, load: Callable[[], Awaitable[Window]]) -> Row:
    """Measure one window of the load.

    The processor time per delivery and per message is that of the whole load, including warm-up and drain: other
    programs hardly affect it.
    """
    bench = site.bench
    bench.redis.reset()
    commits, deliveries = site.commits(), fleet.deliveries()
    processor = sum(server.cpu_seconds() for server in servers)
    for server in servers:
        server.stamp()
    began, before = stamp(), len(fleet.tally.messages)
    window = await load()
    ended = time.perf_counter()
    messages = len(fleet.tally.messages) - before
    deliveries = fleet.deliveries() - deliveries
    processor = sum(server.cpu_seconds() for server in servers) - processor
    calls = bench.redis.calls()
    return {
        "deliveries_per_second": window.deliveries_per_second,
        "messages_per_second": window.messages_per_second,
        "frames_per_second": window.frames_per_second,
        "messages": window.messages,
        "seconds": window.seconds,
        "p50": percentile(window.latencies, 0.50),
        "p99": percentile(window.latencies, 0.99),
        "ack_p50": percentile(window.acks, 0.50),
        "ack_p99": percentile(window.acks, 0.99),
        "lost": window.lost,
        "unacked": window.unacked,
        "server_busy": [server.busy() for server in servers],
        "generator_busy": busy(began),
        "publishes_per_message": (calls.get("publish", 0) + calls.get("spublish", 0)) / max(1, messages),
        "redis_calls_per_message": sum(calls.values()) / max(1, messages),
        "commits_per_message": (site.commits() - commits) / max(1, messages),
        "processor_per_delivery": processor / max(1, deliveries),
        "processor_per_message": processor / max(1, messages),
        "faults": dict(fleet.tally.faults),
        "took": ended - began[0],
        "longest_flush": bench.disk.longest(began[0], ended),
    }


def audited(site: Site, fleet: Fleet, rows: list[Row]) -> list[Row]:
    """Compare the database with what was sent and acked, and add the result to every row.

    For a contender that stores nothing there is nothing to compare.
    """
    if not site.contender.stores or site.contender.database != "site":
        return rows
    wire: Any = fleet.wire
    acked = [wire.key(message) for message in fleet.tally.messages.values() if message.acked_at is not None]
    keys = site.bench.directory / "acked-keys"
    keys.write_text("\n".join(acked))
    verdict = site.script("bench.audit", str(keys))
    return [row | {"audit": verdict} for row in rows]


async def connect(site: Site, server: Server, person: int, listener: WSListener) -> None:
    """Connect a listener to our server as the seeded person with this number."""
    await ws_connect(
        lambda: listener,
        f"ws://127.0.0.1:{server.port}/ws/",
        extra_headers={"Origin": f"http://127.0.0.1:{server.port}", "Cookie": site.cookies[person]},
        websocket_handshake_timeout=CONNECT_TIMEOUT_SECONDS,
        max_frame_size=MAX_FRAME_BYTES,
    )

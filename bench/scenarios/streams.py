"""Events over HTTP: one room of 1,000 clients, of which each kind in turn is sent 20 messages a second by sockets.

Beside them are the sockets and the long polls of Socket.IO, which stores nothing.
"""

import asyncio
from collections.abc import Sequence
from itertools import chain

import uvloop

from bench.contenders import Contender
from bench.delivery_tally import Room
from bench.generator import Fleet, Window
from bench.scenarios import Plan, Row, Scenario
from bench.scenarios.measuring import rooms_of
from bench.servers import Bench, Server, Site
from bench.stats import percentile
from bench.stream_clients import Arrivals, Client, connect

CLIENTS = 1000
SENDERS = 8
PACE_PER_SECOND = 20
WARM_UP = 50
SETTLE_SECONDS = 2.0
WEBSOCKET, EVENT_STREAM, JSON_LINES = "WebSocket", "event stream", "JSON lines"
KINDS = {
    WEBSOCKET: "",
    EVENT_STREAM: "text/event-stream",
    JSON_LINES: "application/x-ndjson",
    "long poll": "poll",
}
KINDS_OF_PEERS = {WEBSOCKET: "", "long poll": "socket.io"}


async def load(site: Site, server: Server, plan: Plan, media_type: str) -> Row:
    """Measure one kind, beside a few sockets that send, on a server of its own: memory that others freed is not new."""
    [room] = rooms_of(site, "hall", SENDERS)
    senders = Fleet(site.contender.wire(), [server.port], [room], site.cookies)
    try:
        await senders.connect()
        since = max(client.last.revision for client in senders.clients)
        await _close(await _connected(site, server, media_type, room, since, WARM_UP, Arrivals()))
        await asyncio.sleep(SETTLE_SECONDS)
        return await _kind(site, server, plan, senders, media_type=media_type, room=room, since=since)
    finally:
        await senders.close()


async def _kind(
    site: Site, server: Server, plan: Plan, senders: Fleet, *, media_type: str, room: Room, since: int
) -> Row:
    before = server.rss()
    used = server.cpu_seconds()
    arrivals = Arrivals()
    clients = await _connected(site, server, media_type, room, since, CLIENTS, arrivals)
    connecting = (server.cpu_seconds() - used) / CLIENTS
    await asyncio.sleep(SETTLE_SECONDS)
    each = (server.rss() - before) / CLIENTS
    first = senders._mark()  # noqa: SLF001
    used = server.cpu_seconds()
    window: Window = await senders.paced(per_second=PACE_PER_SECOND, seconds=max(plan.seconds, 5.0))
    await asyncio.sleep(1.5)  # also the cursors of the last second
    spent = server.cpu_seconds() - used
    messages = [message for number, message in senders.tally.messages.items() if number > first]
    if isinstance(clients, Fleet):
        delivered = len(messages) * CLIENTS
        lates = window.latencies
        faults = {"behind": sum(client.last is not clients.clients[0].last for client in clients.clients)}
    else:
        delivered = sum(len(arrivals.at.get(message.number, ())) for message in messages)
        lates = list(
            chain.from_iterable(
                [at - message.sent_at for at in arrivals.at.get(message.number, ())] for message in messages
            )
        )
        faults = {"ended": sum(client.lost for client in clients)}
    await _close(clients)
    return {
        "bytes_per_connection": each,
        "processor_per_connection": connecting,
        "processor_per_delivery": spent / max(1, delivered),
        "lost": len(messages) * CLIENTS - delivered,
        "p50": percentile(lates, 0.5),
        "p99": percentile(lates, 0.99),
        "faults": {name: count for name, count in faults.items() if count},
    }


async def _connected(
    site: Site, server: Server, media_type: str, room: Room, since: int, count: int, arrivals: Arrivals
) -> Fleet | Sequence[Client]:
    if media_type:
        cookies = list(site.cookies)
        return await connect(
            media_type, port=server.port, cookies=cookies, room=room, since=since, count=count, arrivals=arrivals
        )
    fleet = Fleet(site.contender.wire(), [server.port], rooms_of(site, "hall", count), site.cookies)
    await fleet.connect()
    return fleet


async def _close(clients: Fleet | Sequence[Client]) -> None:
    if isinstance(clients, Fleet):
        await clients.close()
    else:
        for client in clients:
            client.close()
    await asyncio.sleep(SETTLE_SECONDS)


def run(bench: Bench, contender: Contender, plan: Plan) -> list[Row]:
    """A row for each kind of client."""
    rows = []
    for kind, media_type in (KINDS if contender.stores else KINDS_OF_PEERS).items():
        with bench.site(contender, seed="hall") as site:
            rows.append({"load": kind} | uvloop.run(load(site, site.start(), plan, media_type)))
    return rows


SCENARIO = Scenario(
    name="streams",
    title="Events over HTTP: one room, 1,000 clients",
    contenders=("ours", "socketio"),
    run=run,
    max_repetitions=2,
)

"""Opening a room and reading its history, with 1,000 and with 1,000,000 messages in the room."""

import random
from collections.abc import Sequence
from typing import Any

import uvloop

from bench.contenders import Contender
from bench.scenarios import Plan, Row, Scenario
from bench.servers import Bench, Server, Site
from bench.single_client import Asker
from bench.stats import percentile
from client.events import Opened, Page

PAGE = 50
WARM_UP = 20


async def _ask(asker: Asker, kind: str, room: int, messages: int, dice: random.Random) -> float:
    if kind == "open":
        answer, seconds = await asker.ask("open", room=room, limit=PAGE)
        last = messages
    else:
        last = dice.randint(PAGE, messages) if kind == "random page" else messages
        answer, seconds = await asker.ask("history", room=room, before=last + 1, limit=PAGE)
    assert isinstance(answer, Opened | Page)
    positions = [message.position for message in answer.messages]
    if positions != list(range(last - PAGE + 1, last + 1)):
        raise RuntimeError(f"{kind}: expected the {PAGE} messages up to {last}, got {positions}")
    return seconds


async def load(site: Site, server: Server, plan: Plan) -> list[Row]:
    """Query both rooms in turn, so that disturbances of the machine affect both."""
    # Many connections, because the rate limit of one connection is that of a person.
    askers = [await Asker.connect(server.port, cookie) for cookie in site.cookies]
    dice = random.Random(1)
    rooms: Sequence[dict[str, Any]] = site.seed["rooms"]
    rows: list[Row] = []
    try:
        for kind in ("open", "newest page", "random page"):
            times: dict[int, list[float]] = {room["messages"]: [] for room in rooms}
            for number in range(WARM_UP + (100 if plan.quick else 300)):
                for room in rooms:
                    seconds = await _ask(askers[number % len(askers)], kind, room["id"], room["messages"], dice)
                    if number >= WARM_UP:
                        times[room["messages"]].append(seconds)
            rows.extend(
                {
                    "load": f"{kind}, {messages:,} messages",
                    "p50": percentile(samples, 0.5),
                    "p99": percentile(samples, 0.99),
                }
                for messages, samples in times.items()
            )
    finally:
        for asker in askers:
            asker.close()
    return rows


def run(bench: Bench, contender: Contender, plan: Plan) -> list[Row]:
    """A row per kind of command and size of room."""
    with bench.site(contender, seed="history-quick" if plan.quick else "history") as site:
        return uvloop.run(load(site, site.start(), plan))


SCENARIO = Scenario(
    name="history",
    title="A long history: the time of one command",
    contenders=("ours", "ours-uvicorn"),
    quick_contenders=("ours",),
    run=run,
    max_repetitions=2,
)

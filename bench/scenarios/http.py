"""Pages: the room page and signing in, by 1 and by 16 clients, compared with an empty signed-in Django page."""

import asyncio
import itertools
import re
from typing import Any
from urllib.parse import urlencode

import uvloop

from bench.contenders import Contender
from bench.generator import busy, stamp
from bench.http_load import Answered, Connection, Request, ask_all_the_time
from bench.scenarios import Plan, Row, Scenario
from bench.servers import Bench, Server, Site
from bench.stats import percentile

CLIENTS = (1, 16)
LOGIN = "/accounts/login/"
SIGN_IN_SECONDS = 6.0
"""Sixteen password checks on one core take seconds each: in a shorter window none of them would end."""

CSRF = re.compile(rb"set-cookie: *csrftoken=(\w+)", re.IGNORECASE)


def _room_page(site: Site, number: int) -> Request:
    rooms: Any = site.seed["rooms"]
    # The page contains the newest message of the room.
    return Request(
        "GET",
        f"/rooms/{rooms[0]['slug']}/",
        {"Cookie": site.cookies[number % len(site.cookies)]},
        contains=b"Message 1000 of the long history",
    )


def _empty_page(site: Site, number: int) -> Request:
    return Request("GET", "/", {"Cookie": site.cookies[number % len(site.cookies)]}, contains=b"Hello person")


async def _sign_in(server: Server, site: Site, clients: int, seconds: float) -> Answered:
    """The request of a sign-in. Each one comes from an address of its own: otherwise only the rate limits would be
    measured."""
    connection = Connection(server.port)
    head, _body = await connection.ask(Request("GET", LOGIN, {"X-Forwarded-For": "10.0.0.1"}))
    connection.close()
    token = CSRF.search(head)
    if token is None:
        raise RuntimeError(f"the sign-in page sets no csrftoken:\n{head.decode()}")
    secret = token[1].decode()
    people: Any = site.seed["people"]
    addresses = (f"10.{n >> 16 & 255}.{n >> 8 & 255}.{n & 255}" for n in itertools.count(256))

    def request(number: int) -> Request:
        form = {
            "csrfmiddlewaretoken": secret,
            "login": people[number % len(people)],
            "password": str(site.seed["password"]),
        }
        headers = {
            "Cookie": f"csrftoken={secret}",
            "X-Forwarded-For": next(addresses),
            "Origin": f"http://127.0.0.1:{server.port}",
        }
        return Request("POST", LOGIN, headers, body=urlencode(form).encode(), expect=302)

    return await ask_all_the_time(server.port, request, clients=clients, seconds=seconds)


def _kinds(*, ours: bool, clients: int, plan: Plan) -> tuple[str, ...]:
    if not ours:
        return ("page",)
    return ("page",) if plan.quick and clients > 1 else ("page", "sign-in")


async def load(site: Site, server: Server, plan: Plan) -> list[Row]:
    """Measure each kind of page with one client, then with sixteen."""
    rows: list[Row] = []
    ours = site.contender.database == "site"
    page = _room_page if ours else _empty_page
    for clients in CLIENTS:
        for kind in _kinds(ours=ours, clients=clients, plan=plan):
            server.stamp()
            began = stamp()
            if kind == "page":
                got = await ask_all_the_time(
                    server.port, lambda number: page(site, number), clients=clients, seconds=plan.seconds
                )
            else:
                got = await _sign_in(server, site, clients, max(plan.seconds, SIGN_IN_SECONDS))
            rows.append(
                {
                    "load": f"{kind}, {clients} client{'s' if clients > 1 else ''}",
                    "per_second": got.per_second,
                    "p50": percentile(got.latencies, 0.5),
                    "p99": percentile(got.latencies, 0.99),
                    "body_bytes": got.body_bytes,
                    "server_busy": [server.busy()],
                    "generator_busy": busy(began),
                }
            )
            await asyncio.sleep(0.2)
    return rows


def run(bench: Bench, contender: Contender, plan: Plan) -> list[Row]:
    """A row per page and number of clients; for this site also the cost of one password hash on that core."""
    with bench.site(contender, seed="talk") as site:
        rows = uvloop.run(load(site, site.start(), plan))
        if contender.database == "site":
            rows.append({"load": "password hash"} | site.script("bench.password"))
        return rows


SCENARIO = Scenario(
    name="http",
    title="Pages over HTTP",
    contenders=("ours", "empty", "ours-uvicorn", "empty-uvicorn"),
    quick_contenders=("ours", "empty"),
    run=run,
    max_repetitions=2,
)

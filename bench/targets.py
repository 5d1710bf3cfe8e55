"""The performance targets, compared with the measurements."""

from dataclasses import dataclass

from bench.results import Results
from bench.scenarios.deriving import DATABASES, comparison, delay
from bench.scenarios.files import UPLOADS
from bench.scenarios.large_room import SIZES, load_name
from bench.scenarios.presence import IDLE as PRESENCE_IDLE
from bench.scenarios.reads import SHOWN
from bench.scenarios.search import SIZES as SEARCHED
from bench.scenarios.search import load_name as searched_name
from bench.scenarios.streams import EVENT_STREAM, JSON_LINES, WEBSOCKET
from bench.scenarios.threads import KINDS as OPENINGS
from bench.scenarios.threads import opening
from bench.stats import compact, milliseconds

SEARCH_SECONDS = {"postgresql": 0.05, "sqlite": 0.025}
INDEXED = 20_000
WAIT_SECONDS = 0.02
"""A part of an upload makes others wait no longer."""

COST_ON_TWO_PROCESSES = 1.18
"""2 ÷ 1.7: if two processes spend at most this much more per delivery than one, they serve 1.7 times its clients."""


@dataclass(frozen=True)
class Target:
    """One target. `met` is None if a run did not measure it."""

    promise: str
    wanted: str
    measured: str
    met: bool | None


def _at_least(promise: str, value: float | None, least: float) -> Target:
    met = None if value is None else value >= least
    return Target(promise, f"≥ {compact(least)} ×", "–" if value is None else f"{compact(value)} ×", met)


def _at_most(promise: str, value: float | None, most: float) -> Target:
    met = None if value is None else value <= most
    return Target(promise, f"≤ {compact(most)} ×", "–" if value is None else f"{compact(value)} ×", met)


def _within(promise: str, value: float | None, seconds: float) -> Target:
    met = None if value is None else value <= seconds
    return Target(promise, f"≤ {milliseconds(seconds)}", milliseconds(value), met)


def _at_most_bytes(promise: str, value: float | None, most: float) -> Target:
    met = None if value is None else value <= most
    return Target(promise, f"≤ {compact(most)} bytes", "–" if value is None else f"{compact(value)} bytes", met)


def _at_most_kib(promise: str, value: float | None, most: float) -> Target:
    met = None if value is None else value <= most * 1024
    return Target(promise, f"≤ {compact(most)} KiB", "–" if value is None else f"{compact(value / 1024)} KiB", met)


def _exactly(promise: str, value: float | None, wanted: float) -> Target:
    met = None if value is None else value == wanted
    return Target(promise, compact(wanted), "–" if value is None else compact(value), met)


def _at_most_figure(promise: str, value: float | None, most: float) -> Target:
    met = None if value is None else value <= most
    return Target(promise, f"≤ {compact(most)}", "–" if value is None else compact(value), met)


def _at_least_figure(promise: str, value: float | None, least: float) -> Target:
    met = None if value is None else value >= least
    return Target(promise, f"≥ {compact(least)}", "–" if value is None else compact(value), met)


def _at_most_percent(promise: str, value: float | None, most: float) -> Target:
    met = None if value is None else value <= most
    return Target(promise, f"≤ {most:.0%}", "–" if value is None else f"{value:.1%}", met)


def targets(results: Results) -> list[Target]:
    """The targets of this site on Daphne that were measured."""
    rate = "deliveries_per_second"
    found = [
        _at_least("64 senders: tutorial", results.ratio("fanout", "64 senders", rate, "ours", "tutorial"), 100),
        _at_least("64 senders: plain ws", results.ratio("fanout", "64 senders", rate, "ours", "ws"), 5),
        _at_least("4 senders: Socket.IO", results.ratio("fanout", "4 senders", rate, "ours", "socketio"), 1),
        _at_least("4 senders: plain ws (aim)", results.ratio("fanout", "4 senders", rate, "ours", "ws"), 1),
        _at_most("Even pace: Socket.IO's p50", results.ratio("fanout", "paced", "p50", "ours", "socketio"), 1),
        _at_most("Even pace: Socket.IO's p99", results.ratio("fanout", "paced", "p99", "ours", "socketio"), 1),
        _at_least(
            "Stored messages: objects.create per message",
            results.ratio("durable", "saturated", "messages_per_second", "ours", "tutorial-save"),
            10,
        ),
        _within("Ack p99 at half that rate", results.value("durable", "half", "ours", "ack_p99"), 0.1),
        _at_most(
            "Memory of a connection: tutorial",
            results.ratio("connections", "memory", "bytes_per_connection", "ours", "tutorial"),
            1,
        ),
    ]
    for kind in ("open", "newest page", "random page"):
        large, small = (f"{kind}, {count:,} messages" for count in (1_000_000, 1_000))
        ratio = results.ratio_of_loads("history", "ours", "p50", large, small)
        found.append(_at_most(f"{kind.capitalize()} in 1,000,000 messages: in 1,000", ratio, 1.2))
    found += [
        _within("1,000 clients back and caught up", results.value("connections", "resume", "ours", "seconds"), 5),
        _at_least(
            "Room page, 16 clients: an empty signed-in page",
            results.ratio("http", "page, 16 clients", "per_second", "ours", "empty"),
            0.6,
        ),
        _at_most(
            "Two processes: server core per delivery, against one",
            results.ratio_of_loads("scaling", "ours", "processor_per_delivery", "2 processes", "1 process"),
            COST_ON_TWO_PROCESSES,
        ),
    ]
    largest = load_name(SIZES[-1])
    each = results.value("large_room", largest, "ours", "bytes_per_connection")
    found += [
        _within(f"{largest} in one room: p99", results.value("large_room", largest, "ours", "p99"), 0.12),
        _at_most_kib(f"{largest} in one room: memory of each", each, 26),
    ]
    frames = results.value("presence", PRESENCE_IDLE, "ours", "frames_per_second")
    core = results.value("presence", PRESENCE_IDLE, "ours", "server_busy")
    found += [
        _exactly(f"{PRESENCE_IDLE} people: frames a second to each", frames, 0),
        _at_most_percent(f"{PRESENCE_IDLE} people: CPU of the server", core, 0.01),
    ]
    read_frames = results.value("reads", SHOWN, "ours", "frames_per_second")
    found.append(_at_most_figure(f"Read figures, {SHOWN}: frames a second to each", read_frames, 1))
    for kind in OPENINGS:
        many, none = (opening(kind, threads) for threads in (10_000, 0))
        ratio = results.ratio_of_loads("threads", "ours", "p50", many, none)
        found.append(_at_most(f"{many.capitalize()}: none", ratio, 1.2))
    merged = results.value("compression", "64 of common words", "server", "bytes_compressed")
    found.append(_at_most_bytes("64 merged messages, compressed: a message", merged and merged / 64, 90))
    for kind in (EVENT_STREAM, JSON_LINES):
        each = results.value("streams", kind, "ours", "bytes_per_connection")
        cost = results.ratio_of_loads("streams", "ours", "processor_per_delivery", kind, WEBSOCKET)
        found += [
            _at_most_kib(f"1,000 clients, {kind}: memory of each", each, 22),
            _at_most(f"1,000 clients, {kind}: CPU per delivery, WebSocket", cost, 4),
        ]
    busy = results.value("browser", "typing, 50 messages/s", "ours", "p95")
    found.append(_within("In a browser, 50 messages a second: from a key to its paint, p95", busy, 0.025))
    for database, name in DATABASES.items():
        compared = results.value("deriving", comparison(database), "ours", "p50")
        late = results.value("deriving", delay(database), "ours", "p99")
        found += [
            _within(f"Comparing 100,000 rooms for all derivers, {name}", compared, 0.05),
            _within(f"Derivers in a quiet room beside 1,000 messages a second in another, {name}: p99", late, 2),
        ]
    for database, name in DATABASES.items():
        for size in SEARCHED:
            searched = results.value("search", searched_name(size, database), "ours", "p95")
            found.append(_within(f"A search among {size:,} messages, {name}: p95", searched, SEARCH_SECONDS[database]))
            indexed = results.value("search", searched_name(size, database), "ours", "indexed_per_second")
            found.append(_at_least_figure(f"Indexed in {size:,} messages, {name}: a second", indexed, INDEXED))
    waited, grown = (results.value("files", UPLOADS, "ours", item) for item in ("wait_p99", "memory_growth"))
    found += [
        _within(f"{UPLOADS}: others wait for an answer, p99", waited, WAIT_SECONDS),
        _at_most_kib(f"{UPLOADS}: memory", grown, 20 * 1024),
    ]
    return [one for one in found if one.met is not None]

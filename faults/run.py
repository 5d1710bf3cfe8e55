"""Runs scenarios on a site one after another, with a line of progress a second, and checks and summarises each."""

import asyncio
import contextlib
import random
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from faults.checker import check
from faults.client import Client
from faults.crowd import ACTS_PER_SECOND, Crowd, Revocation, build_stage
from faults.history import History
from faults.site import Node, Site
from faults.stats import Stats, percentile

SHOWN_VIOLATIONS = 20
REVOKED_WITHIN_SECONDS = 3.0
"""A revocation takes effect at once; this allows for a busy machine."""

REVOKED_WITHIN_SECONDS_WITHOUT_REDIS = 33.0
"""If the event is lost, the access check finds the revocation. It runs every 30 s and then queries the
database."""

SUBSCRIBED_WITHIN_SECONDS = 15.0
"""Once all faults have ended, every process is subscribed to all groups of its people."""

DEED_ATTEMPTS = 20
DEED_PAUSE_SECONDS = 0.5

PUBLISHING_PAUSE_SECONDS = 6.0
"""`chat.bus.bus.SILENT_SECONDS`, plus a margin."""

LOST_CONNECTIONS = re.compile(
    r"OperationalError|InterfaceError|PoolTimeout|Connection\w*Error|AdminShutdown|CrashShutdown|"
    r"TimeoutError|read(until)?\(\) called while another coroutine"
)
"""
Last lines of tracebacks about lost connections to Redis or PostgreSQL, which are allowed if a scenario caused them. The
last alternative is raised by redis-py if two coroutines find the same connection broken; channels_redis reconnects a
second later.
"""

ALL_ACTS_PER_SECOND = 40.0
"""The highest rate of a large crowd as a whole: these scenarios do not test throughput."""

Report = Callable[[str], None]


@dataclass
class Options:
    """The options of the command line."""

    seed: str
    clients: int
    minutes: float
    processes: int = 2
    upgrade_from: str = ""
    """The commit that `upgrade` starts with; empty for the version before."""
    over: Sequence[str] = ()
    """The kinds of connections; only sockets if it is empty."""


@dataclass
class Outcome:
    """The result of a scenario. Times are in seconds."""

    name: str
    seconds: float
    settled: float
    stats: Stats
    violations: list[str]
    notes: list[str]
    histories: list[History]


class Run:
    """The interface of a scenario: the site, the crowd, random numbers, progress reports and expectations."""

    def __init__(self, site: Site, crowd: Crowd, options: Options, rng: random.Random) -> None:
        self.site = site
        self.crowd = crowd
        self.options = options
        self.rng = rng
        self.violations: list[str] = []
        self.notes: list[str] = []
        self.doing: dict[str, None] = {}
        self.is_mixed = False
        """Whether other faults happen at the same time, so that durations cannot be predicted."""
        self.redis_is_down_until = 0.0
        """The time of the event loop's clock until which events may be lost."""
        self.connections_were_lost = False
        """Whether server processes may log that they lost Redis or PostgreSQL."""
        self.failed_deeds: list[str] = []
        """Errors of actions that administrators had to retry."""

    @property
    def now(self) -> float:
        """Seconds of the event loop's clock."""
        return asyncio.get_running_loop().time()

    async def wait(self, seconds: float) -> None:
        """Wait, while the crowd goes on."""
        await asyncio.sleep(seconds)

    @contextlib.asynccontextmanager
    async def during(self, what: str) -> AsyncIterator[None]:
        """Show in the line of progress what is being done to the site."""
        self.doing[what] = None
        try:
            yield
        finally:
            self.doing.pop(what, None)

    def expect(self, is_so: bool, sentence: str) -> None:
        """Record a violation unless `is_so`, or unless other faults are mixed in."""
        if not is_so and not self.is_mixed:
            self.violations.append(sentence)

    def skip(self, reason: str) -> None:
        """End the scenario because this machine cannot run it; the results table states the reason."""
        self.notes.append(f"SKIPPED: {reason}")

    def note(self, sentence: str) -> None:
        """Add a sentence to the report."""
        self.notes.append(sentence)

    def waits_for_acks(self, clients: Iterable[Client], *, since: float) -> list[float]:
        """The time in seconds between the first attempt of each act after `since` and its ack, or now if there is
        none."""
        acts = (act for client in clients for act in client.history.acts if not act.refused)
        tried = ((act.first_tried_at, act.acked_at or self.now) for act in acts)
        return [until - first for first, until in tried if first is not None and first > since]

    def lags(self, *, since: float) -> list[float]:
        """The delays in seconds of all messages seen after `since`. It is a violation if there are none."""
        found = [lag for at, lag in self.crowd.stats.lags if at > since]
        self.expect(bool(found), "nobody has seen any message")
        return found

    def any_node(self) -> Node:
        """One of the server processes."""
        return self.rng.choice(self.site.nodes)

    def spread_clients(self, share: float = 0.5) -> None:
        """Let many clients reload their page, so that all processes have clients again."""
        clients = self.crowd.staying
        for client in self.rng.sample(clients, int(share * len(clients))):
            client.reload()

    def lose_connections(self) -> None:
        """Allow server processes to log from now on that they lost Redis or PostgreSQL."""
        self.connections_were_lost = True

    def redis_is_down(self) -> None:
        """Record that events may be lost from now on, until `redis_is_up`."""
        self.lose_connections()
        self.redis_is_down_until = float("inf")

    def redis_is_up(self) -> None:
        """Record that Redis works again. A process without sockets, such as the administrator's, still pauses
        publishing."""
        self.redis_is_down_until = self.now + PUBLISHING_PAUSE_SECONDS

    async def remove(self, user: int, room: int) -> None:
        """Remove a person from a room."""
        began = self.now
        answer = await self._do("remove", room=room, user=user)
        self._revoked(user, room, answer["revision"], began)

    async def invite(self, user: int, room: int) -> None:
        """Invite a person into a room."""
        self.crowd.stage.returns.append((user, room, self.now))
        await self._do("invite", room=room, user=user)

    async def deactivate(self, user: int) -> None:
        """Deactivate a person."""
        began = self.now
        await self._do("deactivate", user=user)
        self._revoked(user, 0, 0, began)

    async def erase(self, user: int) -> None:
        """Erase an account with its messages."""
        began = self.now
        await self._do("erase", user=user)
        self._revoked(user, 0, 0, began)

    async def sign_out(self, user: int) -> None:
        """End a person's session."""
        person = next(person for person in self.crowd.stage.people if person["id"] == user)
        began = self.now
        await self._do("sign_out", user=user, session=person["session"])
        self._revoked(user, 0, 0, began)

    async def _do(self, deed: str, **wanted: Any) -> dict[str, Any]:
        """Let the administrator perform an action; retry while PostgreSQL is unavailable."""
        for _ in range(DEED_ATTEMPTS):
            try:
                return await self.site.do(deed, **wanted)
            except RuntimeError as error:
                self.failed_deeds.append(str(error))
            await asyncio.sleep(DEED_PAUSE_SECONDS)
        return await self.site.do(deed, **wanted)

    def _revoked(self, user: int, room: int, revision: int, began: float) -> None:
        carried = began > self.redis_is_down_until
        within = REVOKED_WITHIN_SECONDS if carried else REVOKED_WITHIN_SECONDS_WITHOUT_REDIS
        self.crowd.stage.revocations.append(
            Revocation(user, room, revision, began, done=self.now, deadline=self.now + within)
        )


Scenario = Callable[[Run], Awaitable[None]]


async def play(site: Site, name: str, scenario: Scenario, options: Options, report: Report) -> Outcome:
    """Run a scenario on a fresh stage, and check the result."""
    seed = f"{options.seed}/{name}"
    clients = getattr(scenario, "clients", options.clients)
    people = max(4, clients - clients // 5)
    try:
        try:
            stage = await build_stage(site, people=people, seed=seed)
        except RuntimeError:  # the connections that the scenario before took away may fill the administrator's pool
            stage = await build_stage(site, people=people, seed=seed)
    except RuntimeError as error:
        return Outcome(name, 0.0, 0.0, Stats(), [f"nobody could be let in: {error}"], [], [])
    pace = min(ACTS_PER_SECOND, ALL_ACTS_PER_SECOND / clients)
    crowd = Crowd(site, stage, clients=clients, seed=seed, acts_per_second=pace, over=options.over)
    run = Run(site, crowd, options, random.Random(seed))
    said_before = [len(log) for log in site.logs()]
    began = run.now
    progress = asyncio.get_running_loop().create_task(report_progress(name, run, report))
    try:
        crowd.start()
        run.doing["everybody connects"] = None
        await wait_for(lambda: all(client.is_caught_up for client in crowd.staying), 60.0)
        run.doing.clear()
        try:
            await scenario(run)
        except Exception as error:  # noqa: BLE001 (the report goes on)
            run.violations.insert(0, f"the scenario itself failed: {error!r}")
        await repair(site)
        run.doing["settling"] = None
        settled, unsettled = await crowd.settle()
        missing_subscriptions = await crowd.missing_subscriptions()
        if missing_subscriptions:
            run.note(f"not subscribed at first: {len(missing_subscriptions)} groups; {missing_subscriptions[0]}")
            await run.wait(SUBSCRIBED_WITHIN_SECONDS)
            missing_subscriptions = await crowd.missing_subscriptions()
        run.doing["reading everything"] = None
        unread = [] if unsettled else await crowd.read_everything()
        run.doing["checking"] = None
        logs = site.logs()
        begun_since = [0] * (len(logs) - len(said_before))
        said = [log[before:] for before, log in zip([*said_before, *begun_since], logs, strict=True)]
        excused = LOST_CONNECTIONS if run.connections_were_lost else None
        found = [*unsettled, *missing_subscriptions, *unread, *await check(crowd), *tracebacks(said, excused)]
    finally:
        progress.cancel()
        await crowd.stop()
    return Outcome(name, run.now - began, settled, crowd.stats, [*run.violations, *found], run.notes, crowd.histories)


async def repair(site: Site) -> None:
    """End all faults of a scenario, so that the next one starts with a working site."""
    site.heal()
    for service in site.services:
        if not service.is_running():
            await site.call_blocking(service.start)
        service.thaw()
    for node in site.nodes:
        if node.server.is_running():
            node.server.thaw()
            node.is_wanted = True
        else:
            await site.start_server(node)


async def wait_for(is_so: Callable[[], bool], seconds: float) -> bool:
    """Wait until a condition holds. Returns whether it did in time."""
    deadline = asyncio.get_running_loop().time() + seconds
    while not is_so():
        if asyncio.get_running_loop().time() > deadline:
            return False
        await asyncio.sleep(0.05)
    return True


def tracebacks(logs: Iterable[str], excused: re.Pattern[str] | None) -> list[str]:
    """A sentence for each kind of traceback in the logs, except those whose last line is excused."""
    found: dict[str, None] = {}
    for log in logs:
        for part in log.split("Traceback (most recent call last):")[1:]:
            last = next((line for line in part.splitlines() if line and not line.startswith((" ", "\t"))), "")
            if excused is None or not excused.search(last):
                found[f"the log has a traceback: {last[:200]}"] = None
    return list(found)


async def report_progress(name: str, run: Run, report: Report) -> None:
    """Report a line of progress every second."""
    began, acked, seen = run.now, 0, 0
    while True:
        await asyncio.sleep(1)
        crowd = run.crowd
        live = sum(client.is_live for client in crowd.clients)
        unsent = sum(len(client.outbox) for client in crowd.clients)
        report(
            f"{run.now - began:5.0f} s  {name:24} {live:4}/{len(crowd.clients)} live  "
            f"{len(crowd.stats.acks) - acked:5} acked  {len(crowd.stats.lags) - seen:6} seen  {unsent:4} unsent  "
            f"{crowd.stats.faults:3} faults  {', '.join(run.doing)}"
        )
        acked, seen = len(crowd.stats.acks), len(crowd.stats.lags)


def summary(outcomes: Iterable[Outcome]) -> str:
    """The final table in Markdown, followed by notes and violations."""
    head = ("scenario", "seconds", "acked", "seen", "reconnects", "ack p50", "p99", "most", "seen p50", "p99", "most")
    rows = [[*head, "settled", "broken promises"]]
    rows.append(["---", *["--:"] * (len(rows[0]) - 1)])
    outcomes = list(outcomes)
    for outcome in outcomes:
        stats = outcome.stats
        rows.append(
            [
                *(outcome.name, f"{outcome.seconds:.0f}", str(len(stats.acks)), str(len(stats.lags))),
                str(stats.returns),
                *_latencies([took for _at, took in stats.acks]),
                *_latencies([took for _at, took in stats.lags]),
                *(f"{outcome.settled:.1f} s", str(len(outcome.violations))),
            ]
        )
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = ["| " + " | ".join(_padded(row, widths)) + " |" for row in rows]
    for outcome in outcomes:
        lines += _below(outcome)
    return "\n".join(lines)


def _latencies(values: list[float]) -> list[str]:
    return [_seconds(percentile(values, 0.5)), _seconds(percentile(values, 0.99)), _seconds(max(values, default=0.0))]


def _seconds(value: float) -> str:
    return f"{value * 1000:.0f} ms" if value < 1 else f"{value:.1f} s"


def _padded(row: list[str], widths: list[int]) -> list[str]:
    first, *rest = zip(row, widths, strict=True)
    return [first[0].ljust(first[1]), *(text.rjust(width) for text, width in rest)]


def _below(outcome: Outcome) -> list[str]:
    lines = [f"{outcome.name}: {sentence}" for sentence in outcome.notes]
    shown = outcome.violations[:SHOWN_VIOLATIONS]
    lines += [f"{outcome.name}: BROKEN: {sentence}" for sentence in shown]
    if len(outcome.violations) > len(shown):
        lines.append(f"{outcome.name}: and {len(outcome.violations) - len(shown)} more")
    return lines


def exit_code(outcomes: Iterable[Outcome]) -> int:
    """0 if every promise was kept."""
    return int(any(outcome.violations for outcome in outcomes))

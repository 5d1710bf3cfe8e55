"""The servers under test, each pinned to a core; the load and the services run on the other core."""

import contextlib
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil

from bench.contenders import ROOT, Contender, environment
from bench.disk import Disk
from bench.retry_policy import Again
from bench.services import Services, free_port
from tests.harness.services import dies_with_parent, wait_until

STOP_SECONDS = 12.0


@dataclass
class Server:
    """A running server process."""

    process: subprocess.Popen[bytes]
    port: int
    startup_seconds: float
    _stamp: tuple[float, float] = (0.0, 0.0)

    def __post_init__(self) -> None:
        self.observed = psutil.Process(self.process.pid)

    def rss(self) -> int:
        """Resident bytes of the process and its children."""
        return sum(one.memory_info().rss for one in (self.observed, *self.observed.children(recursive=True)))

    def cpu_seconds(self) -> float:
        """Processor time used so far, by the process and its children."""
        times = [one.cpu_times() for one in (self.observed, *self.observed.children(recursive=True))]
        return float(sum(one.user + one.system for one in times))

    def stamp(self) -> None:
        """Start measuring for `busy()`."""
        self._stamp = (time.perf_counter(), self.cpu_seconds())

    def busy(self) -> float:
        """The share of a core (0 – 1) used since `stamp()`."""
        wall, cpu = self._stamp
        return (self.cpu_seconds() - cpu) / max(1e-9, time.perf_counter() - wall)

    def kill(self) -> None:
        """Kill the process."""
        self.process.kill()
        self.process.wait(STOP_SECONDS)

    def stop(self) -> None:
        """Terminate the process, and kill it if it does not end."""
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                self.kill()


@dataclass
class Site:
    """A contender with its own fresh database.

    `seed` is the output of the seeding: `cookies` of signed-in people and, for this site, `rooms` and `users`.
    """

    contender: Contender
    database: str
    database_url: str
    seed: dict[str, Any]
    bench: "Bench"
    servers: list[Server] = field(default_factory=list)
    worker: Server | None = None

    def start(self, *, core: int | None = None, port: int | None = None) -> Server:
        """Start one more server process of this site and wait until it listens; before the first one, the worker."""
        if self.contender.worker and self.worker is None:
            self.worker = self._start_worker()
        port = port or free_port()
        log = self.bench.directory / f"{self.contender.name}.log"
        core = self.bench.server_core if core is None else core
        server = self._spawn(self.contender.command(port), log, core=core, port=port, ready=lambda: _listens(port))
        self.servers.append(server)
        return server

    def _start_worker(self) -> Server:
        """Start the process that does the background work, on the core of the load."""
        log = self.bench.directory / f"{self.contender.name}-worker.log"
        log.unlink(missing_ok=True)
        core = self.bench.load_core
        return self._spawn(self.contender.worker, log, core=core, port=0, ready=lambda: b"Working" in log.read_bytes())

    def _spawn(self, command: Sequence[str], log: Path, *, core: int, port: int, ready: Callable[[], bool]) -> Server:
        began = time.perf_counter()
        with log.open("ab") as output:
            process = subprocess.Popen(
                command,
                cwd=ROOT,
                env=self.environment(port),
                stdout=output,
                stderr=subprocess.STDOUT,
                preexec_fn=lambda: _on({core}),  # noqa: PLW1509  # nothing here has threads
            )
        try:
            wait_until(ready, what=self.contender.label, alive=lambda: process.poll() is None)
        except RuntimeError as error:
            process.kill()
            raise RuntimeError(f"{error}\n{log.read_text(errors='replace')[-2000:]}") from None
        return Server(process, port, time.perf_counter() - began)

    def environment(self, port: int = 0) -> dict[str, str]:
        """The environment of this site's processes."""
        return environment(self.contender, database_url=self.database_url, redis_url=self.bench.redis.url, port=port)

    def script(self, module: str, *words: str) -> dict[str, Any]:
        """Run a module of the benchmark with this site's settings, and return the JSON that it prints."""
        return _json_of([sys.executable, "-m", module, *words], self.environment())

    def commits(self) -> int:
        """The number of transactions committed so far, from PostgreSQL's statistics; 0 without a database.

        They are delayed by up to about a second: accurate for a whole load, but not for a moment.
        """
        if not self.database:
            return 0
        found = self.bench.postgresql.rows(
            f"SELECT xact_commit FROM pg_stat_database WHERE datname = '{self.database}'"  # our own name
        )
        return int(found[0][0])

    @property
    def cookies(self) -> list[str]:
        """The session cookie of each seeded person, as `name=value`."""
        return [str(cookie) for cookie in self.seed.get("cookies", [])]

    def stop(self) -> None:
        """Stop all servers of the site, and its worker."""
        for server in self.servers:
            server.stop()
        self.servers.clear()
        if self.worker is not None:
            self.worker.stop()
            self.worker = None


class Bench:
    """The services and their disk, the seeded databases to copy, the cores, and the budget for measuring again."""

    def __init__(self, directory: Path, *, again: Again) -> None:
        self.directory = directory
        self.again = again
        directory.mkdir(parents=True, exist_ok=True)
        cores = sorted(os.sched_getaffinity(0))
        self.server_core, self.load_core = cores[0], cores[-1]
        os.sched_setaffinity(0, {self.load_core})
        self.services = Services()
        self.redis = self.services.redis
        self.postgresql = self.services.postgresql
        self.disk = Disk(self.services.directory)
        self._seeds: dict[str, dict[str, object]] = {}
        self._copies = 0

    @contextmanager
    def site(self, contender: Contender, *, seed: str = "rooms") -> Iterator[Site]:
        """Provide a contender with a fresh copy of the seeded database of its kind. Everything is removed after the
        block."""
        self.redis.forget()
        database, url, seeded = "", self.services.databases.url, {}
        if contender.database:
            seeded = self._seeded(contender, seed)
            self._copies += 1
            database = f"run_{self._copies}"
            url = self.services.databases.url_of(database)
            self.services.databases.create(database, template=self._template(contender, seed))
        self.settle_disk()
        site = Site(contender, database, url, seeded, self)
        try:
            yield site
        finally:
            site.stop()
            if database:
                self.services.databases.drop(database)

    def settle_disk(self) -> None:
        """Flush all prepared data to the disk, because commits would otherwise wait for it."""
        self.postgresql.rows("CHECKPOINT")
        os.sync()

    def _template(self, contender: Contender, seed: str) -> str:
        return f"{contender.database}_{seed}"

    def _seeded(self, contender: Contender, seed: str) -> dict[str, Any]:
        """Create the database that sites of this kind are copied from, unless it exists."""
        template = self._template(contender, seed)
        if template not in self._seeds:
            self.services.databases.create(template)
            url = self.services.databases.url_of(template)
            module = "bench.seed" if contender.database == "site" else "bench.peers.tutorial.seed"
            settings = environment(contender, database_url=url, redis_url=self.redis.url, port=0)
            self._seeds[template] = _json_of([sys.executable, "-m", module, seed], settings)
            self.redis.forget()
        return self._seeds[template]

    def stop(self) -> None:
        """Stop the services and the program that watches their disk."""
        self.disk.stop()
        self.services.stop()


def _json_of(command: Sequence[str], settings: dict[str, str]) -> dict[str, Any]:
    done = subprocess.run(command, cwd=ROOT, env=settings, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)} failed:\n{done.stderr[-3000:]}")
    found: dict[str, object] = json.loads(re.search(r"\{.*\}", done.stdout, re.DOTALL)[0])  # type: ignore[index]
    return found


def _on(cores: set[int]) -> None:
    """Runs in a new process before its program: pin it to these cores, and end it together with this process."""
    os.sched_setaffinity(0, cores)
    dying = dies_with_parent(signal.SIGTERM)
    if dying is not None:
        dying()


def _listens(port: int) -> bool:
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
        return True
    return False

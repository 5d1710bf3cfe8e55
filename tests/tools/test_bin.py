"""The commands that people type."""

import contextlib
import os
import pwd
import signal
import socket
import sqlite3
import stat
import subprocess
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.harness.services import BASE_DIR, free_port, temporary_directory, wait_until

pytestmark = pytest.mark.once

RUN = str(BASE_DIR / "bin" / "run")
PYTHONS = ("python", "python3", "python3.11", "python3.12", "python3.13")
END_TIMEOUT_SECONDS = 20


@pytest.fixture
def env(tmp_path: Path) -> dict[str, str]:
    """What a person's shell has, and a place for data that is empty yet."""
    ours = ("DATABASE_URL", "REDIS_URL", "SECRET_KEY", "DJANGO_SETTINGS_MODULE", "ALLOWED_HOSTS", "PYTHON")
    inherited = {name: value for name, value in os.environ.items() if name not in ours}
    return inherited | {"VAR_DIR": str(tmp_path / "data")}


def refused(*arguments: str, env: dict[str, str]) -> str:
    """What `bin/run` says when it does not start; it must not have begun to prepare anything."""
    done = subprocess.run([RUN, *arguments], env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert not Path(env["VAR_DIR"]).exists()
    return done.stderr


def test_a_busy_port_is_said_before_anything_slow(env: dict[str, str]) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        said = refused("--port", str(port), env=env)
    assert said.startswith(f"run: port {port} is in use.")
    assert "bin/run --port" in said


@pytest.mark.parametrize("port", ["0", "65536", "many", "-1"])
def test_a_port_that_is_none_is_refused(env: dict[str, str], port: str) -> None:
    assert f"not {port}" in refused(f"--port={port}", env=env)


def test_an_address_that_is_not_this_machines_is_refused(env: dict[str, str]) -> None:
    said = refused("--host", "192.0.2.1", "--port", str(free_port()), env=env)
    assert "this machine has no address 192.0.2.1" in said


def test_an_unknown_option_is_refused_with_the_known_ones(env: dict[str, str]) -> None:
    said = refused("--prot", "8000", env=env)
    assert "--port PORT" in said
    assert "does not know --prot" in said


def test_a_missing_or_too_old_python_is_said(env: dict[str, str], tmp_path: Path) -> None:
    for name in PYTHONS:
        old = tmp_path / name
        old.write_text('#!/bin/sh\n[ "$1" = --version ] && echo Python 3.8.10\nexit 1\n')
        old.chmod(old.stat().st_mode | stat.S_IXUSR)
    said = refused(env=env | {"PATH": f"{tmp_path}:{env['PATH']}"})
    assert "needs Python 3.11 or newer; found Python 3.8.10" in said


class Run:
    """A `bin/run` that is under way."""

    def __init__(self, env: dict[str, str]) -> None:
        self.port = free_port()
        self.log = Path(env["VAR_DIR"]).parent / "log"
        with self.log.open("wb") as log:
            self.process = subprocess.Popen([RUN, "--port", str(self.port)], env=env, stdout=log, stderr=log)
        wait_until(self.answers, what="bin/run", alive=lambda: self.process.poll() is None)

    def answers(self) -> bool:
        try:
            return bool(urllib.request.urlopen(f"http://127.0.0.1:{self.port}/readyz", timeout=5).status == 200)
        except OSError:
            return False

    def end(self) -> int:
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(END_TIMEOUT_SECONDS)


@pytest.fixture
def running(env: dict[str, str]) -> Iterator[list[Run]]:
    started: list[Run] = []
    yield started
    for run in started:
        if run.process.poll() is None:
            run.process.kill()
            run.process.wait()


def test_it_serves_and_a_second_start_finds_everything_as_it_was(env: dict[str, str], running: list[Run]) -> None:
    first = Run(env)
    running.append(first)
    page = urllib.request.urlopen(f"http://127.0.0.1:{first.port}/")
    assert page.url.endswith("/welcome/")
    assert f"http://127.0.0.1:{first.port}/" in first.log.read_text()
    assert first.end() == 0

    data = Path(env["VAR_DIR"])
    key, collected = data / "secret-key", data / "static" / "staticfiles.json"
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    kept = key.read_text(), collected.stat().st_mtime_ns

    second = Run(env)
    running.append(second)
    assert second.end() == 0
    assert (key.read_text(), collected.stat().st_mtime_ns) == kept
    assert "Installing" not in second.log.read_text()


@pytest.fixture
def older(env: dict[str, str]) -> Iterator[Path]:
    """Data of an older run that everybody can read."""
    with temporary_directory() as place:
        data = place / "data"
        (data / "media").mkdir(parents=True)
        (data / "media" / "mina.png").write_bytes(b"mina")
        (data / "secret-key").write_text("a-long-and-random-text-of-more-than-fifty-characters-0123456789")
        for path in (data, *data.rglob("*")):
            path.chmod(0o755 if path.is_dir() else 0o644)
        env["VAR_DIR"] = str(data)
        yield data


def test_data_is_made_private_to_its_owner_even_if_an_older_run_left_it_readable(
    env: dict[str, str], older: Path, running: list[Run]
) -> None:
    running.append(Run(env))
    assert stat.S_IMODE(older.stat().st_mode) == 0o700
    with contextlib.closing(reader(older)):
        assert {path.name for path in private_files(older) if path.stat().st_mode & 0o077} == set()
    assert (older / "static" / "staticfiles.json").stat().st_mode & 0o044 == 0o044


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can try as somebody else")
def test_another_user_of_the_machine_reads_nothing_but_static_files(
    env: dict[str, str], older: Path, running: list[Run]
) -> None:
    running.append(Run(env))
    with contextlib.closing(reader(older)):
        paths = private_files(older)
        assert {path.name for path in paths if "Permission denied" not in read_as_nobody(path)} == set()
        older.chmod(0o755)  # the files' own modes hold where somebody opens the directory
        assert {path.name for path in paths if "Permission denied" not in read_as_nobody(path)} == set()
    assert read_as_nobody(older / "static" / "staticfiles.json").startswith("{")


def reader(data: Path) -> sqlite3.Connection:
    """An open connection to the database: while it lasts, SQLite's log and index files exist."""
    connection = sqlite3.connect(data / "sarangbang.sqlite3")
    connection.execute("SELECT count(*) FROM chat_user").fetchone()
    return connection


def private_files(data: Path) -> list[Path]:
    """Every file with messages, passwords or keys."""
    database = data / "sarangbang.sqlite3"
    beside = [database.with_name(f"{database.name}{suffix}") for suffix in ("-wal", "-shm")]
    return [database, *beside, data / "secret-key", data / "media" / "mina.png"]


def read_as_nobody(path: Path) -> str:
    """The output or error when another user reads the file."""
    nobody = pwd.getpwnam("nobody")
    done = subprocess.run(
        ["cat", str(path)],
        user=nobody.pw_uid,
        group=nobody.pw_gid,
        extra_groups=[],
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
    )
    return done.stdout + done.stderr

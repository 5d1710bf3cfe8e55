"""`bin/dev` on a copy of the source that a test may change."""

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

from tests.harness.services import BASE_DIR, Process, free_port

COPIED = (
    "bin",
    "chat",
    "notify",
    "api",
    "webhooks",
    "files",
    "search",
    "previews",
    "outbound",
    "chatproject",
    "devserver",
    "locale",
    "templates",
)
COPIED_FILES = ("manage.py", "requirements-dev.txt")


class DevSite(Process):
    """A `bin/dev`; its source and its data are in `directory`, or those of another one."""

    name = "bin/dev"

    def __init__(self, directory: Path, *, like: "DevSite | None" = None, **env: str) -> None:
        super().__init__(directory)
        self.source: Path = like.source if like else directory / "source"
        self.data: Path = like.data if like else directory / "data"
        self.env = env
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.socket_url = f"ws://127.0.0.1:{self.port}"
        if not like:
            copy_source(self.source)

    def command(self) -> list[str]:
        return [str(self.source / "bin" / "dev"), "--port", str(self.port), "--data", str(self.data)]

    def options(self) -> dict[str, Any]:
        return {"env": os.environ | self.env}

    def is_ready(self) -> bool:
        with contextlib.suppress(OSError):
            return self.get("/healthz")[0] == 200
        return False

    def get(self, path: str) -> tuple[int, str, str]:
        """Status, Content-Security-Policy and body of a page."""
        try:
            response = urllib.request.urlopen(f"{self.url}{path}", timeout=20)
        except urllib.error.HTTPError as error:
            response = error
        with response:
            return response.status, response.headers.get("Content-Security-Policy", ""), response.read().decode()

    def replace(self, file: str, old: str, new: str) -> None:
        """Change a file of the source, as an editor does when it saves."""
        path = self.source / file
        text = path.read_text()
        assert old in text
        path.write_text(text.replace(old, new))

    def send(self, number: signal.Signals) -> int:
        """Send it a signal, and return the exit code that it ends with."""
        assert self.process is not None
        self.process.send_signal(number)
        return self.process.wait(20)

    def descendants(self) -> set[int]:
        """The ids of the processes that it has started and that still run."""
        assert self.process is not None
        return children_of(self.process.pid)


def copy_source(target: Path) -> None:
    """Copy what `bin/dev` needs, with the virtual environment that runs the tests."""
    for name in COPIED:
        shutil.copytree(BASE_DIR / name, target / name)
    for name in COPIED_FILES:
        shutil.copy(BASE_DIR / name, target / name)
    (target / "var").mkdir()
    (target / "var" / "venv").symlink_to(sys.prefix)


def children_of(parent: int) -> set[int]:
    """The ids of the processes that a process has started."""
    listed = subprocess.run(["ps", "-A", "-o", "pid=,ppid="], capture_output=True, text=True, check=True).stdout
    pairs = [line.split() for line in listed.splitlines()]
    return {int(pid) for pid, of in pairs if int(of) == parent}


def is_alive(pid: int) -> bool:
    """Whether there is a process of this id."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True

"""The probe (`tests.harness.probe`) in a real server process: ours, stock Daphne or uvicorn."""

import contextlib
import http.client
import json
import os
import sys
from pathlib import Path
from typing import Any

from tests.harness.services import BASE_DIR, Process, free_port

APPLICATION = "tests.harness.probe:application"
SERVERS = {
    "chatproject": ["-m", "chatproject.server"],
    "daphne": ["-m", "daphne", "-v", "0"],
    "uvicorn": ["-m", "uvicorn", "--ws", "websockets-sansio", "--log-level", "warning"],
}


def limited(ulimit: str, command: list[str]) -> list[str]:
    """The command with these resource limits, soft and hard, in the syntax of the shell's `ulimit`: `-n 200`."""
    return ["sh", "-c", f'ulimit {ulimit} && exec "$@"', "sh", *command] if ulimit else command


class Probe(Process):
    """
    A process that serves the probe on a port of 127.0.0.1; `options` are added to the server's command line.

    `ulimit` is passed to `ulimit` for the process; `env` is added to its environment.
    """

    name = "The probe"

    def __init__(
        self,
        directory: Path,
        *options: str,
        server: str = "chatproject",
        listens: bool = True,
        ulimit: str = "",
        **env: str,
    ) -> None:
        super().__init__(directory)
        self.server = server
        self.ulimit = ulimit
        self.env = env
        self.given = options
        self.port = free_port()
        self.address = ["--port", str(self.port)] if listens else []

    def command(self) -> list[str]:
        command = [sys.executable, *SERVERS[self.server], *self.address, *self.given, APPLICATION]
        return limited(self.ulimit, command)

    def options(self) -> dict[str, Any]:
        return {"cwd": BASE_DIR, "env": os.environ | self.env}

    def is_ready(self) -> bool:
        with contextlib.suppress(OSError):
            return bool(self.get("readyz") == {})
        return False

    def socket_url(self, path: str) -> str:
        """The address of one of the probe's sockets."""
        return f"ws://127.0.0.1:{self.port}/{path}"

    def connection(self) -> http.client.HTTPConnection:
        """An HTTP connection to it; the caller closes it."""
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=15)

    def get(self, path: str, **headers: str) -> Any:
        """What it answers to a GET, as JSON."""
        with contextlib.closing(self.connection()) as connection:
            connection.request("GET", f"/{path}", headers={name.replace("_", "-"): headers[name] for name in headers})
            return json.load(connection.getresponse())

"""The processes of `bin/dev`: one that serves, and a spare that waits to replace it."""

import contextlib
import signal
import socket
import subprocess
import sys
from threading import Event
from typing import IO, cast

from watchfiles import watch

from devserver.changes import BASE_DIR, WATCHED, Demand, SourceFilter, demand_of
from devserver.serve import PREPARE, SERVE

GROUP_MS = 200
STEP_MS = 20
"""Files that are saved together, as by a checkout, cause one restart: those within STEP_MS, for GROUP_MS at most."""

TICK_MS = 400
"""How often the processes are checked while nothing changes."""

REPLACED_SECONDS = 1.0
STOP_SECONDS = 5.0


class Process:
    """A process of `devserver.serve`."""

    def __init__(self, listener: socket.socket, env: dict[str, str]) -> None:
        descriptor = listener.fileno()
        self._process = subprocess.Popen(
            [sys.executable, "-m", "devserver.serve", str(descriptor)],
            cwd=BASE_DIR,
            env=env,
            stdin=subprocess.PIPE,
            text=True,
            pass_fds=[descriptor],
            process_group=0,  # Ctrl-C reaches only `bin/dev`, which ends them in order
        )
        self._input = cast("IO[str]", self._process.stdin)

    def exit_code(self) -> int | None:
        return self._process.poll()

    def write(self, line: str) -> None:
        """Send a line to its standard input. Ignored if the process has ended."""
        with contextlib.suppress(BrokenPipeError):
            self._input.write(f"{line}\n")
            self._input.flush()

    def terminate(self) -> None:
        """Ask it to end."""
        if self.exit_code() is None:
            self._process.terminate()

    def join(self, seconds: float) -> None:
        """Wait until it has ended, and kill it after this long."""
        try:
            self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        with contextlib.suppress(BrokenPipeError):
            self._input.close()


class Supervisor:
    """Serves the site on a listening socket that outlives the processes, so that no request is refused during a
    restart."""

    def __init__(self, listener: socket.socket, env: dict[str, str]) -> None:
        self.listener = listener
        self.env = env
        self.stopping = Event()
        self.serving = self._new()
        self.spare: Process | None = None
        self._reported = False

    def run(self) -> None:
        """Serve and restart until a signal, then end every process."""
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, lambda *_: self.stopping.set())
        try:
            self.serving.write(PREPARE)
            self._watch()
        finally:
            self._close()

    def _watch(self) -> None:
        changes = watch(
            *WATCHED,
            watch_filter=SourceFilter(),
            debounce=GROUP_MS,
            step=STEP_MS,
            rust_timeout=TICK_MS,
            yield_on_timeout=True,
            stop_event=self.stopping,
            raise_interrupt=False,
        )
        for changed in changes:
            if changed:
                self._act(demand_of(path for _kind, path in changed))
            else:
                self._look_after()

    def _act(self, demand: Demand) -> None:
        if demand.discards_spare:
            self._end_spare()
        if demand.restarts:
            self._restart(PREPARE if demand.migrates else SERVE)
        else:
            for announcement in sorted(demand.announcements):
                self.serving.write(announcement)

    def _restart(self, order: str) -> None:
        replaced, self.serving, self.spare = self.serving, self.spare or self._new(), None
        replaced.terminate()
        self.serving.write(order)
        replaced.join(REPLACED_SECONDS)
        self._reported = False

    def _look_after(self) -> None:
        """Start a spare unless a restart needs the processor; report a server that has ended."""
        self.spare = self.spare or self._new()
        code = self.serving.exit_code()
        if code is not None and not self._reported:
            sys.stderr.write(f"dev: the server ended with code {code}; it starts again at the next change.\n")
            self._reported = True

    def _new(self) -> Process:
        return Process(self.listener, self.env)

    def _end_spare(self) -> None:
        if self.spare is not None:
            self.spare.terminate()
            self.spare.join(REPLACED_SECONDS)
            self.spare = None

    def _close(self) -> None:
        self.serving.terminate()
        self._end_spare()
        self.serving.join(STOP_SECONDS)

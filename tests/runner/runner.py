"""Runs parts in processes of their own, several at a time."""

import os
import signal
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Lock
from typing import IO

from tests.harness.services import BASE_DIR, REASON_VARIABLE, STATIC_VARIABLE, dies_with_parent, temporary_directory
from tests.runner.node import FailedError
from tests.runner.outcome import Outcome, read_report, reason_for, why_nothing_ran
from tests.runner.parts import Part

# What an interrupted part gets to stop what it has started.
STOP_TIMEOUT_SECONDS = 20

PARTS_AT_ONCE = 4
"""Also on two cores: many tests wait, for a deadline or a process that starts. With six, some wait too long."""
# Services that somebody gave are one of each, and two parts would find each other's data in them.
GIVEN_SERVICES = any(os.environ.get(name) for name in ("TEST_DATABASE_URL", "TEST_REDIS_URL"))


class Runner:
    """Runs parts, and stops those under way when it is interrupted."""

    def __init__(self) -> None:
        self.under_way: set[subprocess.Popen[bytes]] = set()
        self.interrupted = False
        self.printing = Lock()
        self.shared: dict[str, str] = {}
        """Where the parts keep what they share, by names of environment variables."""

    def run_all(self, parts: list[Part], extra: list[str]) -> list[Outcome]:
        """How each part went. Most of a part's time is spent waiting for servers, so PARTS_AT_ONCE run at a time.

        What several parts print is shown part by part, when each has ended; what a single one prints, at once.
        """
        if len(parts) == 1:
            return [self.run(parts[0], extra)]
        with temporary_directory() as static, ThreadPoolExecutor(1 if GIVEN_SERVICES else PARTS_AT_ONCE) as pool:
            self.shared = {STATIC_VARIABLE: str(static)}
            return list(pool.map(lambda part: self.run_aside(part, extra), parts))

    def run_aside(self, part: Part, extra: list[str]) -> Outcome:
        """How the part went. What it printed is shown when it has ended."""
        if not self.interrupted:
            print(f"   {part.name} begins …", flush=True)
        with tempfile.TemporaryFile() as printed:
            outcome = self.run(part, extra, printed)
            printed.seek(0)
            with self.printing:
                sys.stdout.buffer.write(printed.read())
                sys.stdout.flush()
        return outcome

    def run(self, part: Part, extra: list[str], to: IO[bytes] | None = None) -> Outcome:
        """How the part went. What it prints goes `to` a file, or is seen while it runs."""
        say(f"\n━━ {part.name}: {part.what}", to)
        began = time.monotonic()
        outcome = Outcome(part.name)
        with tempfile.TemporaryDirectory(prefix="sarangbang-") as directory:
            report = Path(directory) / "report.xml"
            try:
                commands = part.commands(report, extra)
                codes = [self.call(command, outcome, to, reason_for(report)) for command in commands]
            except (FailedError, OSError) as error:
                say(str(error), to)
                outcome.failed, outcome.remark = 1, str(error)
            else:
                self.count(outcome, part, codes, report)
        outcome.seconds = time.monotonic() - began
        return outcome

    def count(self, outcome: Outcome, part: Part, codes: list[int], report: Path) -> None:
        """Fill in the numbers, from the report where there is one."""
        if part.has_report and report.exists():
            read_report(report, outcome)
            outcome.remark = part.remark(report) if part.remark else ""
            if any(codes) and not outcome.failed:
                outcome.failed, outcome.remark = 1, f"{outcome.remark} ended with code {max(codes, key=abs)}".lstrip()
        else:
            failures = sum(code != 0 for code in codes)
            outcome.passed, outcome.failed = len(codes) - failures, failures
            if part.has_report and failures:
                outcome.remark = why_nothing_ran(reason_for(report), codes)
        if self.interrupted:
            outcome.failed, outcome.remark = max(outcome.failed, 1), "interrupted"

    def call(self, command: list[str], outcome: Outcome, to: IO[bytes] | None, reason: Path) -> int:
        """The exit code of a command, which runs in a process group of its own, so that all of it can be stopped.

        It may write to the file `reason` why it could not begin. Its CPU time is added to the outcome.
        """
        if self.interrupted:
            return 130
        process = subprocess.Popen(
            command,
            cwd=BASE_DIR,
            env={**os.environ, **self.shared, REASON_VARIABLE: str(reason)},
            stdout=to,
            stderr=None if to is None else subprocess.STDOUT,
            start_new_session=True,
            preexec_fn=dies_with_parent(signal.SIGTERM),
        )
        self.under_way.add(process)
        code = self.wait(process, outcome)
        self.under_way.discard(process)
        return code

    def wait(self, process: subprocess.Popen[bytes], outcome: Outcome) -> int:
        """The exit code of a process, when it has ended."""
        try:
            _pid, status, usage = os.wait4(process.pid, 0)
        except ChildProcessError:  # `interrupt` has already asked for the code
            return process.wait()
        outcome.cpu_seconds += usage.ru_utime + usage.ru_stime
        process.returncode = os.waitstatus_to_exitcode(status)
        return process.returncode

    def interrupt(self, *_: object) -> None:
        """End what is under way: politely, so that it stops what it started, and the second time for sure."""
        again, self.interrupted = self.interrupted, True
        for process in self.under_way.copy():
            if process.poll() is not None:
                continue
            if again:
                os.killpg(process.pid, signal.SIGKILL)
            else:
                process.send_signal(signal.SIGINT)
        if not again:
            signal.alarm(STOP_TIMEOUT_SECONDS)


def say(sentence: str, to: IO[bytes] | None) -> None:
    """Print a line, or write it to a file."""
    if to is None:
        print(sentence, flush=True)
    else:
        to.write(f"{sentence}\n".encode())
        to.flush()

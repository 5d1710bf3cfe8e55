"""Detects disk stalls: a separate program flushes a small write again and again.

It runs all the time. PostgreSQL answers a COMMIT once the data is on the disk, so a disk stall delays every contender
that stores messages, and a stall of the machine delays all of them. The program shows in which windows that happened,
but not why: other users of the machine may be the cause, or the contender's own writes.
"""

import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from bench.stats import percentile
from tests.harness.services import dies_with_parent

EVERY_SECONDS = 0.025
SIZE = 8 * 1024
"""Bytes in a write: a page of PostgreSQL's log."""
HELD_UP_SECONDS = 0.025
"""A flush that takes longer than this counts as a stall: it is about fifty times the usual duration."""
ANSWER_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class Flush:
    """A flushed write: when it began by `time.perf_counter()`, and its duration in seconds."""

    began: float
    seconds: float

    @classmethod
    def read(cls, line: str) -> Self:
        """Parse a line of the program's file."""
        return cls(*(float(word) for word in line.split()))


class Disk:
    """The running program, the file it writes to, and the flushes read from there."""

    def __init__(self, directory: Path) -> None:
        notes = directory / "flushes"
        with notes.open("wb") as output:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "bench.disk", str(directory / "flushed")],
                stdout=output,
                preexec_fn=dies_with_parent(signal.SIGTERM),  # noqa: PLW1509  # nothing here has threads
            )
        self._notes = notes.open()
        self._flushes: list[Flush] = []
        self._beside_load: set[Flush] = set()
        self._line = ""

    def longest(self, since: float, until: float) -> float:
        """The duration in seconds of the longest flush between `since` and `until`, once that flush has ended.

        Raises RuntimeError if the program has ended, or if the disk does not answer for ANSWER_SECONDS.
        """
        deadline = time.perf_counter() + ANSWER_SECONDS
        while not (self._read() and self._flushes[-1].began >= until):
            if (code := self._process.poll()) is not None:
                raise RuntimeError(f"The program that watches the disk has ended, with exit code {code}.")
            if time.perf_counter() > deadline:
                raise RuntimeError(f"The disk has not taken a small write for {ANSWER_SECONDS:g} s.")
            time.sleep(EVERY_SECONDS)
        beside = [flush for flush in self._flushes if flush.began < until and flush.began + flush.seconds > since]
        self._beside_load.update(beside)
        return max((flush.seconds for flush in beside), default=0.0)

    @staticmethod
    def is_held_up(seconds: float) -> bool:
        """Whether a flush of this many seconds is a stall."""
        return seconds > HELD_UP_SECONDS

    def summary(self) -> dict[str, Any]:
        """Statistics of the flushes in all windows so far: their number, their median, 99 % and longest duration in
        seconds, and the share of stalls."""
        took = [flush.seconds for flush in self._beside_load]
        return {
            "flushes": len(took),
            "p50": percentile(took, 0.50),
            "p99": percentile(took, 0.99),
            "longest": max(took, default=None),
            "held_up": sum(self.is_held_up(seconds) for seconds in took) / max(1, len(took)),
        }

    def stop(self) -> None:
        """End the program."""
        self._process.kill()
        self._process.wait()
        self._notes.close()

    def _read(self) -> int:
        """Read new lines of the file. Returns the number of flushes read so far."""
        while chunk := self._notes.readline():
            self._line += chunk
            if self._line.endswith("\n"):
                self._flushes.append(Flush.read(self._line))
                self._line = ""
        return len(self._flushes)


def main(path: Path) -> None:
    """Flush a write every EVERY_SECONDS and record when it began and how long it took, until the program is ended."""
    with path.open("wb", buffering=0) as file:
        file.write(bytes(SIZE))
        os.fsync(file)
        while True:
            began = time.perf_counter()
            os.pwrite(file.fileno(), bytes(SIZE), 0)
            os.fdatasync(file)
            print(began, time.perf_counter() - began, flush=True)
            time.sleep(EVERY_SECONDS)


if __name__ == "__main__":
    main(Path(sys.argv[1]))

"""How steadily the disk takes what is to last: a program of its own that flushes a small write again and again.

It runs all the time. PostgreSQL answers a COMMIT when the disk has taken it, so a disk that is held up holds up who
stores, and a machine that stalls holds up everybody. This shows in which windows that happened, not what caused it:
neighbours on a shared machine, or the contender with its own writes.
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
"""A flush that takes longer than this is a disk held up: about fifty times what one takes otherwise."""
ANSWER_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class Flush:
    """One write that was flushed: when it began on `time.perf_counter()`, and how many seconds it took."""

    began: float
    seconds: float

    @classmethod
    def read(cls, line: str) -> Self:
        """From its line in the notes."""
        return cls(*(float(word) for word in line.split()))


class Disk:
    """The program under way, with its file in this directory, and what it noted."""

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
        """Seconds of the longest flush that was under way in a window from `since` to `until`, once it has ended.

        Raises RuntimeError when the program has ended, and when the disk does not answer for ANSWER_SECONDS.
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
        """Whether a disk was held up, by the seconds that a flush took."""
        return seconds > HELD_UP_SECONDS

    def summary(self) -> dict[str, Any]:
        """The flushes in the windows so far: how many, their median, 99 % and longest in seconds, and the share that
        was held up."""
        took = [flush.seconds for flush in self._beside_load]
        return {
            "flushes": len(took),
            "p50": percentile(took, 0.50),
            "p99": percentile(took, 0.99),
            "longest": max(took, default=None),
            "held_up": sum(self.is_held_up(seconds) for seconds in took) / max(1, len(took)),
        }

    def stop(self) -> None:
        """End it."""
        self._process.kill()
        self._process.wait()
        self._notes.close()

    def _read(self) -> int:
        """Read what was noted since; how many flushes are known now."""
        while chunk := self._notes.readline():
            self._line += chunk
            if self._line.endswith("\n"):
                self._flushes.append(Flush.read(self._line))
                self._line = ""
        return len(self._flushes)


def main(path: Path) -> None:
    """Flush a write every EVERY_SECONDS, note when it began and how long it took, until this is ended."""
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

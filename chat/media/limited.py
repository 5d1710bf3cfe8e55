"""Runs a script on untrusted bytes in a subprocess with limited memory, CPU, time and output."""

import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

BOOTSTRAP = Path(__file__).with_name("bootstrap.py")
ENVIRONMENT = {"LC_ALL": "C.UTF-8"}
"""The whole environment of the subprocess: it must not contain the site's secrets."""


class LimitExceededError(Exception):
    """The script was killed by a limit, or failed."""


@dataclass(frozen=True, kw_only=True)
class Limits:
    """What a script may use. `seconds` is wall-clock time; the output is a file of at most `output_bytes`."""

    seconds: float
    cpu_seconds: int
    memory_bytes: int
    output_bytes: int


def run_limited(script: Path, data: bytes, *, limits: Limits, arguments: Sequence[str] = ()) -> bytes:
    """Run a Python script with `data` as its standard input, and return its standard output.

    The script imports only the standard library and installed packages. It has no environment, and the limits apply
    before it reads anything. Raises LimitExceededError if it was killed or ended with an error.
    """
    numbers = (limits.cpu_seconds, limits.memory_bytes, limits.output_bytes)
    command = [sys.executable, "-I", str(BOOTSTRAP), str(script), *map(str, numbers), *arguments]
    with tempfile.TemporaryFile() as given, tempfile.TemporaryFile() as made:
        given.write(data)
        given.seek(0)
        try:
            subprocess.run(  # noqa: S603 (our own script)
                command,
                stdin=given,
                stdout=made,
                stderr=subprocess.DEVNULL,
                env=ENVIRONMENT,
                cwd="/",
                timeout=limits.seconds,
                check=True,
            )
        except subprocess.SubprocessError as error:
            raise LimitExceededError(script.name) from error
        made.seek(0)
        return made.read()

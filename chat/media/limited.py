"""Runs a script on untrusted bytes in a subprocess with limited memory, CPU, time and output."""

import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

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
    with tempfile.TemporaryFile() as given:
        given.write(data)
        given.seek(0)
        return _run(script, given, limits=limits, arguments=arguments, folder=Path("/"), most_bytes=limits.output_bytes)


def run_limited_on(
    script: Path, path: Path, *, limits: Limits, folder: Path, most_bytes: int, arguments: Sequence[str] = ()
) -> bytes:
    """The same with a file as the standard input, and a folder into which the script may write files.

    The limit of its output applies to each of these. Returns the first bytes of its standard output.
    """
    with path.open("rb") as given:
        return _run(script, given, limits=limits, arguments=arguments, folder=folder, most_bytes=most_bytes)


def _run(
    script: Path, given: IO[bytes], *, limits: Limits, arguments: Sequence[str], folder: Path, most_bytes: int
) -> bytes:
    numbers = (limits.cpu_seconds, limits.memory_bytes, limits.output_bytes)
    command = [sys.executable, "-I", str(BOOTSTRAP), str(script), *map(str, numbers), *arguments]
    with tempfile.TemporaryFile() as made:
        try:
            subprocess.run(  # noqa: S603 (our own script)
                command,
                stdin=given,
                stdout=made,
                stderr=subprocess.DEVNULL,
                env=ENVIRONMENT,
                cwd=folder,
                timeout=limits.seconds,
                check=True,
            )
        except subprocess.SubprocessError as error:
            raise LimitExceededError(script.name) from error
        made.seek(0)
        return made.read(most_bytes)

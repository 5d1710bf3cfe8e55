"""Measures the cost of a text at each entrance of the site, in a process that is killed when it takes too long."""

import contextlib
import json
import os
import select
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from chat.models.message import BODY_CHARS
from tests.harness.hostile_texts import Pattern, text
from tests.harness.services import BASE_DIR, dies_with_parent

BODY_MS = 30.0
FIELD_MS = 5.0
HANGS_AFTER_SECONDS = 20
"""Far beyond every budget: the process is killed after this long."""

START_SECONDS = 60
FORM_CHARS = 65_536
LINE_OF_HTTP_CHARS = 16_384
NAME_CHARS = 150

FORMS = [
    f"form: {name}"
    for name in (
        *("sign-up", "sign-in", "reset", "email", "first run"),
        *("profile", "room", "room settings", "invite"),
    )
]
SEARCHES = [f"search: {name}" for name in ("directory", "User", "Room", "Message", "Group", "AuditEntry")]
LENGTHS = (
    {"body": BODY_CHARS, "line": FORM_CHARS, "username": FORM_CHARS, "name on pages": NAME_CHARS}
    | dict.fromkeys(["headers", "address", "day", *SEARCHES], LINE_OF_HTTP_CHARS)
    | dict.fromkeys(FORMS, FORM_CHARS)
)


class Meter:
    """A process that measures the cost of texts. If it does not answer it is killed, and started again when needed."""

    def __init__(self, directory: Path) -> None:
        self.env = {
            **os.environ,
            "DATABASE_URL": "sqlite://:memory:",
            "REDIS_URL": "",
            "VAR_DIR": str(directory),
            "DJANGO_SETTINGS_MODULE": "chatproject.settings",
        }
        self.process: subprocess.Popen[str] | None = None
        self.entrances: list[str] = []
        self.usual: dict[str, float] = {}

    def start(self) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.harness.hostile_worker"],
            cwd=BASE_DIR,
            env=self.env,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            preexec_fn=dies_with_parent(signal.SIGKILL),
        )
        self.entrances = self._answer(START_SECONDS, "starting")

    def milliseconds(self, entrance: str, typed: str, budget: float, what: object) -> float:
        """CPU time of a text at an entrance; fails with `what` if there is no answer."""
        if self.process is None:
            self.start()
        assert self.process is not None
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps([entrance, typed, budget]) + "\n")
        self.process.stdin.flush()
        return float(self._answer(HANGS_AFTER_SECONDS, f"{entrance}: {what!r}"))

    def extra(self, entrance: str, pattern: Pattern) -> float:
        """The cost of a hostile text at a form field, beyond the cost of an ordinary name."""
        if entrance not in self.usual:
            self.usual[entrance] = self.milliseconds(entrance, "Mina", 0, "Mina") if entrance != "body" else 0
        budget = self.usual[entrance] + budget_of(entrance)
        typed = text(pattern, LENGTHS[entrance])
        return self.milliseconds(entrance, typed, budget, pattern) - self.usual[entrance]

    def _answer(self, seconds: float, what: str) -> Any:
        assert self.process is not None
        assert self.process.stdout is not None
        ready, _, _ = select.select([self.process.stdout], [], [], seconds)
        answer = self.process.stdout.readline() if ready else ""
        if not answer:
            self.stop()
            pytest.fail(f"{what} {'broke the process' if ready else f'took over {seconds} s'}")
        return json.loads(answer)

    def stop(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.communicate()
            self.process = None


def budget_of(entrance: str) -> float:
    """The CPU time in milliseconds that a text may cost."""
    return BODY_MS if entrance == "body" else FIELD_MS


@contextlib.contextmanager
def running_meter(directory: Path) -> Iterator[Meter]:
    """A meter for the duration of a `with`; its process keeps its data in `directory`."""
    meter = Meter(directory)
    try:
        meter.start()
        yield meter
    finally:
        meter.stop()

"""No text that anybody sends makes the site busy, whatever it is made of."""

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
from hypothesis import given, settings
from hypothesis import strategies as st

from chat.models.message import BODY_CHARS
from tests.hostile_texts import PATTERNS, Pattern, patterns, text
from tests.services import BASE_DIR, dies_with_parent

pytestmark = pytest.mark.once

BODY_MS = 30.0
FIELD_MS = 5.0
HANGS_AFTER_SECONDS = 20
"""Far beyond every budget: what takes longer is killed."""

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
SEARCHES = [f"search: {name}" for name in ("directory", "User", "Room", "Message", "Group")]
LENGTHS = (
    {"body": BODY_CHARS, "line": FORM_CHARS, "name on pages": NAME_CHARS}
    | dict.fromkeys(["headers", "address", "day", *SEARCHES], LINE_OF_HTTP_CHARS)
    | dict.fromkeys(FORMS, FORM_CHARS)
)


class Worker:
    """A process that says what texts cost. One that does not answer is killed, and the next question starts another."""

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
            [sys.executable, "-m", "tests.hostile_worker"],
            cwd=BASE_DIR,
            env=self.env,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            preexec_fn=dies_with_parent(signal.SIGKILL),
        )
        self.entrances = self._answer(START_SECONDS, "starting")

    def milliseconds(self, entrance: str, typed: str, budget: float, what: object) -> float:
        """CPU time of a text at an entrance; fails with `what` where there is no answer."""
        if self.process is None:
            self.start()
        assert self.process is not None
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps([entrance, typed, budget]) + "\n")
        self.process.stdin.flush()
        return float(self._answer(HANGS_AFTER_SECONDS, f"{entrance}: {what!r}"))

    def extra(self, entrance: str, pattern: Pattern) -> float:
        """What a hostile text costs, at a field beyond what a name costs that nobody minds."""
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


@pytest.fixture(scope="module")
def worker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Worker]:
    worker = Worker(tmp_path_factory.mktemp("worker"))
    worker.start()
    yield worker
    worker.stop()


def budget_of(entrance: str) -> float:
    return BODY_MS if entrance == "body" else FIELD_MS


def too_slow(worker: Worker, entrance: str, some: list[Pattern]) -> list[tuple[float, Pattern]]:
    costs = [(worker.extra(entrance, one), one) for one in some]
    return [(cost, one) for cost, one in costs if cost > budget_of(entrance)]


def test_every_entrance_is_measured(worker: Worker) -> None:
    assert set(worker.entrances) == LENGTHS.keys()
    assert len(PATTERNS) >= 60


@pytest.mark.parametrize("entrance", LENGTHS)
def test_no_hostile_text_costs_more_than_its_budget(worker: Worker, entrance: str) -> None:
    assert too_slow(worker, entrance, PATTERNS) == []


@settings(max_examples=150)
@given(patterns)
def test_no_body_of_a_new_pattern_costs_more_than_its_budget(worker: Worker, pattern: Pattern) -> None:
    assert too_slow(worker, "body", [pattern]) == []


@settings(max_examples=150)
@given(patterns, st.sampled_from([entrance for entrance in LENGTHS if entrance != "body"]))
def test_no_field_of_a_new_pattern_costs_more_than_its_budget(worker: Worker, pattern: Pattern, entrance: str) -> None:
    assert too_slow(worker, entrance, [pattern]) == []

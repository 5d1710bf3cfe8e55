"""The parts of `bin/test`: what each of them runs."""

import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tests.harness.services import BASE_DIR
from tests.runner.node import FailedError, install_node_modules, node

PYTEST = [sys.executable, "-m", "pytest", "-q"]


@dataclass
class Part:
    """Something to run: `commands(report, extra)` gives the command lines; tests write JUnit XML to `report`."""

    name: str
    what: str
    commands: Callable[[Path, list[str]], list[list[str]]]
    has_report: bool = True
    remark: Callable[[Path], str] | None = None
    """What the summary says about the part beside its counts."""


def python_style(report: Path, extra: list[str]) -> list[list[str]]:
    ruff = str(Path(sys.executable).parent / "ruff")
    return [[ruff, "check", "."], [ruff, "format", "--check", "."]]


def python_types(report: Path, extra: list[str]) -> list[list[str]]:
    return [[sys.executable, "-m", "mypy"]]


def javascript_types(report: Path, extra: list[str]) -> list[list[str]]:
    install_node_modules()
    return [
        [node(), "node_modules/typescript/bin/tsc", "--project", path]
        for path in ("tsconfig.json", "tests/js/tsconfig.json")
    ]


def javascript(report: Path, extra: list[str]) -> list[list[str]]:
    files = sorted(str(path.relative_to(BASE_DIR)) for path in (BASE_DIR / "tests" / "js").glob("**/*.test.*js"))
    if not files:
        raise FailedError("There are no tests in tests/js.")
    shown = ["--test-reporter=spec", "--test-reporter-destination=stdout"]
    counted = ["--test-reporter=junit", f"--test-reporter-destination={report}"]
    return [[node(), "--test", *shown, *counted, *files]]


def pytest(*options: str, default: list[str]) -> Callable[[Path, list[str]], list[list[str]]]:
    """Runs the files that `extra` names, or else those of `default`."""

    def commands(report: Path, extra: list[str]) -> list[list[str]]:
        names_files = any((BASE_DIR / argument.partition("::")[0]).exists() for argument in extra if argument[0] != "-")
        return [[*PYTEST, f"--junitxml={report}", *options, *([] if names_files else default), *extra]]

    return commands


ROOM = "tests/browser/room"


def browser(report: Path, extra: list[str]) -> list[list[str]]:
    install_node_modules()  # axe-core
    return pytest("--on=postgresql", default=[ROOM])(report, extra)


def other_pages(report: Path, extra: list[str]) -> list[list[str]]:
    install_node_modules()
    return pytest("--on=postgresql", default=["tests/browser", f"--ignore={ROOM}"])(report, extra)


PROCESSES = ["tests/system", "tests/tools"]
"""Tests that start servers and commands, and wait for them most of the time."""
REST = ["tests", *(f"--ignore={path}" for path in ["tests/browser", *PROCESSES])]

# The longest come first but for the checks of style and types, so that no part is left to run alone for long.
PARTS = [
    Part("style", "ruff", python_style, has_report=False),
    Part("types", "mypy --strict", python_types, has_report=False),
    Part("js-types", "tsc", javascript_types, has_report=False),
    Part("browser", "the room page, in Chromium", browser),
    Part("pages", "all other pages, in Chromium", other_pages),
    Part("system", "servers and commands, on SQLite", pytest("--on=sqlite", default=PROCESSES)),
    Part("live", "servers and commands, on PostgreSQL and Redis", pytest("--on=postgresql", default=PROCESSES)),
    Part("sqlite", "rules and pages, on SQLite", pytest("--on=sqlite", default=REST)),
    Part("postgresql", "the same, on PostgreSQL and Redis", pytest("--on=postgresql", default=REST)),
    Part("js", "node --test", javascript),
]
GROUPS = {
    "lint": ["style", "types", "js-types"],
    "python": ["sqlite", "system", "postgresql", "live", "browser", "pages"],
}

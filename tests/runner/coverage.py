"""How much of `chat/` the tests of a part run: `bin/test --coverage`. The floor is in pyproject.toml."""

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

from tests.harness.services import BASE_DIR
from tests.runner.parts import Part

COVERED_PART = "sqlite"
COVERAGE = [sys.executable, "-m", "coverage"]


def covered(part: Part) -> Part:
    """The part, measured; it also fails if less than the floor of `chat/` is run."""

    def commands(report: Path, extra: list[str]) -> list[list[str]]:
        [[_python, *tests]] = part.commands(report, extra)
        return [[*COVERAGE, "run", data_file(report), *tests], [*COVERAGE, "report", data_file(report)]]

    return replace(part, commands=commands, remark=total)


def total(report: Path) -> str:
    """The result in a few words, for the summary."""
    command = [*COVERAGE, "report", data_file(report), "--format=total"]
    done = subprocess.run(command, cwd=BASE_DIR, capture_output=True, text=True, check=False)
    figure, *_explanation = done.stdout.split() or ["?"]
    return f"{figure} % of chat/ covered"


def data_file(report: Path) -> str:
    """The option that names the file of the measurements, beside the report."""
    return f"--data-file={report.with_name('coverage')}"

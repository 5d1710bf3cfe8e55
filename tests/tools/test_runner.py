"""`bin/test` and `bin/lint --audit`: what they conclude from what the tools say."""

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.runner.audit import audited, npm_vulnerabilities, python_vulnerabilities
from tests.runner.coverage import covered
from tests.runner.parts import Part
from tests.runner.runner import Runner

pytestmark = pytest.mark.once

PYTHON_REPORT = {
    "dependencies": [
        {"name": "safe", "version": "1.0", "vulns": []},
        {"name": "unsafe", "version": "1.0", "vulns": [{"id": "PYSEC-1", "fix_versions": ["1.1"]}]},
    ]
}
NPM_REPORT = {"vulnerabilities": {"unsafe": {"range": "<2", "severity": "high"}}}
NPM_FAILURE = {"message": "failed", "error": {"summary": "getaddrinfo ENOTFOUND registry.npmjs.org"}}


def tool_that_prints(report: Any) -> list[str]:
    """A command in place of pip-audit or npm."""
    return [sys.executable, "-c", f"print({json.dumps(report)!r})"]


def test_an_audit_passes_if_nothing_is_known() -> None:
    assert audited(
        "pins", tool_that_prints({"dependencies": [PYTHON_REPORT["dependencies"][0]]}), python_vulnerabilities
    )
    assert audited("pins", tool_that_prints({"vulnerabilities": {}}), npm_vulnerabilities)


def test_an_audit_names_what_is_vulnerable(capsys: pytest.CaptureFixture[str]) -> None:
    assert not audited("pins", tool_that_prints(PYTHON_REPORT), python_vulnerabilities)
    assert not audited("lock", tool_that_prints(NPM_REPORT), npm_vulnerabilities)
    assert capsys.readouterr().out.splitlines() == [
        "pins: 1 known vulnerabilities",
        "  unsafe 1.0: PYSEC-1, fixed in 1.1",
        "lock: 1 known vulnerabilities",
        "  unsafe <2: high",
    ]


@pytest.mark.parametrize(
    ("command", "reason"),
    [
        (tool_that_prints(NPM_FAILURE), "getaddrinfo ENOTFOUND registry.npmjs.org"),
        ([sys.executable, "-c", "import sys; sys.exit('Failed to resolve pypi.org')"], "Failed to resolve pypi.org"),
    ],
)
def test_an_audit_without_a_network_fails_and_says_so(
    command: list[str], reason: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert not audited("pins", command, npm_vulnerabilities)
    assert capsys.readouterr().out == (
        f"pins: not audited, because the registry did not answer ({reason}). An audit needs a network.\n"
    )


REPORTING_TESTS = """
import pathlib, sys
pathlib.Path(sys.argv[1]).write_text("<testsuite><testcase/></testsuite>")
report = sys.argv[1]
if not report:
    print("never")
"""
"""Tests that pass and run four of five statements."""


@pytest.mark.parametrize(("floor", "failed"), [(50, 0), (90, 1)])
def test_coverage_below_the_floor_fails_the_part_and_the_summary_shows_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, floor: int, failed: int
) -> None:
    tests, settings = tmp_path / "tests.py", tmp_path / "coveragerc"
    tests.write_text(REPORTING_TESTS)
    settings.write_text(f"[run]\nsource = {tmp_path}\n[report]\nfail_under = {floor}\n")
    monkeypatch.setenv("COVERAGE_RCFILE", str(settings))
    part = Part("sqlite", "tests", lambda report, extra: [[sys.executable, str(tests), str(report)]])
    outcome = Runner().run(covered(part), [])
    assert outcome.failed == failed
    assert "80 % of chat/ covered" in outcome.line()


def test_the_summary_shows_the_cpu_time_of_a_part() -> None:
    busy = [sys.executable, "-c", "import time\nwhile time.process_time() < 0.3: pass"]
    outcome = Runner().run(Part("busy", "work", lambda report, extra: [busy], has_report=False), [])
    assert 0.3 <= outcome.cpu_seconds < 3
    assert f"{outcome.cpu_seconds:.1f} s CPU" in outcome.line()

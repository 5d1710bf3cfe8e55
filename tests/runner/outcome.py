"""How a part went, read from exit codes and from a JUnit report."""

import xml.etree.ElementTree as ET
from dataclasses import dataclass
from pathlib import Path

REASON_CHARS = 240


@dataclass
class Outcome:
    """How a part went, counted in tests; a check that has no tests counts as one."""

    name: str
    passed: int = 0
    failed: int = 0
    skipped: int = 0
    seconds: float = 0.0
    cpu_seconds: float = 0.0
    remark: str = ""

    def line(self) -> str:
        """The part's line in the summary."""
        state = "failed" if self.failed else "ok"
        counts = f"{self.passed} passed, {self.failed} failed" + (f", {self.skipped} skipped" if self.skipped else "")
        times = f"{self.seconds:7.1f} s  {self.cpu_seconds:6.1f} s CPU"
        return f"  {state:8}{self.name:13}{counts:36}{times}  {self.remark}".rstrip()


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

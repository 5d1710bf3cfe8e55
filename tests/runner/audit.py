"""`bin/lint --audit`: known vulnerabilities in the pinned versions, as PyPI and the npm registry report them."""

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from typing import Any

from tests.harness.services import BASE_DIR
from tests.runner.node import npm

TIMEOUT_SECONDS = 300
REQUIREMENTS = ["requirements.txt", "requirements-dev.txt", "requirements-bench.txt"]
LOCKED = [".", "bench/peers"]


class UnansweredError(Exception):
    """A registry gave no answer; says why."""


def python_command(requirements: str) -> list[str]:
    """Asks PyPI about each pinned version; installs and resolves nothing."""
    command = [sys.executable, "-m", "pip_audit", "--disable-pip", "--progress-spinner=off", "--format=json"]
    return [*command, "--require-hashes", "--requirement", requirements]


def npm_command(directory: str) -> list[str]:
    """Asks the npm registry about a package-lock.json."""
    return [*npm(), "audit", "--package-lock-only", "--json", "--prefix", directory]


def answer(command: list[str]) -> dict[str, Any]:
    """What the tool reports, as JSON. Its exit code does not distinguish vulnerabilities from a lack of network."""
    try:
        done = subprocess.run(
            command, cwd=BASE_DIR, capture_output=True, text=True, timeout=TIMEOUT_SECONDS, check=False
        )
        found: dict[str, Any] = json.loads(done.stdout)
    except subprocess.TimeoutExpired:
        raise UnansweredError(f"no answer within {TIMEOUT_SECONDS} s") from None
    except json.JSONDecodeError:
        raise UnansweredError((done.stderr.strip().splitlines() or ["no reason given"])[-1]) from None
    if "error" in found:
        raise UnansweredError(str(found["error"].get("summary") or found.get("message") or found["error"]))
    return found


def python_vulnerabilities(report: dict[str, Any]) -> Iterator[str]:
    """A line for each vulnerability that pip-audit reports."""
    for package in report["dependencies"]:
        for one in package.get("vulns", []):
            fixed = ", ".join(one["fix_versions"]) or "no version yet"
            yield f"{package['name']} {package['version']}: {one['id']}, fixed in {fixed}"


def npm_vulnerabilities(report: dict[str, Any]) -> Iterator[str]:
    """A line for each package that npm reports."""
    for name, one in report["vulnerabilities"].items():
        yield f"{name} {one['range']}: {one['severity']}"


def audited(what: str, command: list[str], lines: Callable[[dict[str, Any]], Iterator[str]]) -> bool:
    """Print what is known about the versions of one file; whether there is nothing."""
    try:
        found = list(lines(answer(command)))
    except UnansweredError as error:
        print(f"{what}: not audited, because the registry did not answer ({error}). An audit needs a network.")
        return False
    print("\n  ".join([f"{what}: {len(found)} known vulnerabilities", *found]))
    return not found


def main() -> int:
    """0 if every pinned version was audited and none is vulnerable."""
    results = [audited(name, python_command(name), python_vulnerabilities) for name in REQUIREMENTS]
    results += [audited(f"{name}/package-lock.json", npm_command(name), npm_vulnerabilities) for name in LOCKED]
    return int(not all(results))


if __name__ == "__main__":
    sys.exit(main())

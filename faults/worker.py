"""A process that does the background work of a site."""

from pathlib import Path
from typing import Any

from tests.harness.services import Process


class Worker(Process):
    """`manage.py work`."""

    name = "The worker"

    def __init__(self, directory: Path, env: dict[str, str], python: str, code: Path) -> None:
        super().__init__(directory)
        self.env = env
        self._command = [python, "manage.py", "work"]
        self._code = code
        self._said = 0

    def command(self) -> list[str]:
        self._said = self.output().count("Working")
        return self._command

    def options(self) -> dict[str, Any]:
        return {"cwd": self._code, "env": self.env}

    def is_ready(self) -> bool:
        return self.output().count("Working") > self._said

    def is_stopped(self) -> bool:
        """Whether it has been frozen."""
        assert self.process is not None
        stat = Path(f"/proc/{self.process.pid}/stat")
        return stat.exists() and stat.read_text().rpartition(")")[2].split()[0] == "T"

"""A site with processes that derive: `manage.py work`, with the deriver of `faults.derived`."""

import dataclasses
from pathlib import Path
from typing import Any

from faults.site import Site
from tests.harness.services import Installation, Process

SETTINGS = {"DJANGO_SETTINGS_MODULE": "faults.derived.settings"}
WORKERS = 2


class Worker(Process):
    """A process that does the background work."""

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


class DerivingSite(Site):
    """A site with WORKERS processes that derive."""

    def __init__(self, directory: Path, *, processes: int) -> None:
        super().__init__(directory, processes=processes)
        self.workers: list[Worker] = []
        self.effects = self.place("effects") / "effects"

    @property
    def services(self) -> list[Process]:
        return [*super().services, *self.workers]

    def logs(self) -> list[str]:
        return [*super().logs(), *(worker.output() for worker in self.workers)]

    async def start_worker(self, worker: Worker, **env: str) -> None:
        """Start a worker, with these additions to its environment for this time only."""
        given = worker.env
        worker.env = given | env
        try:
            await self.call_blocking(worker.start)
        finally:
            worker.env = given

    async def _start(self) -> None:
        await super()._start()
        env = self.installation.env | SETTINGS | {"FAULTS_EFFECTS": str(self.effects)}
        for number in range(1, WORKERS + 1):
            place = self.place(f"worker-{number}")
            self.workers.append(Worker(place, env, self.code.python, self.code.directory))
            await self.start_worker(self.workers[-1])

    def _install(self) -> Installation:
        installation = super()._install()
        deriving = dataclasses.replace(installation, env=installation.env | SETTINGS)
        deriving.manage("migrate", "--verbosity=0", "--skip-checks")
        return installation

    def _stop(self) -> None:
        for worker in self.workers:
            worker.kill()
        super()._stop()

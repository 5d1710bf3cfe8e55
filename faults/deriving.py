"""A site with processes that derive: `manage.py work`, with the deriver of `faults.derived`."""

import dataclasses
from pathlib import Path

from faults.site import Site
from faults.worker import Worker
from tests.harness.services import Installation, Process

SETTINGS = {"DJANGO_SETTINGS_MODULE": "faults.derived.settings"}
WORKERS = 2


class DerivingSite(Site):
    """A site with WORKERS processes that derive."""

    def __init__(self, directory: Path, *, processes: int) -> None:
        super().__init__(directory, processes=processes)
        self.effects = self.place("effects") / "effects"

    @property
    def rewinds(self) -> bool:
        return True

    @property
    def services(self) -> list[Process]:
        return [*super().services, *self.workers]

    async def start_worker(self, worker: Worker, **env: str) -> None:
        """Start a worker, with these additions to its environment for this time only."""
        given = worker.env
        worker.env = given | env
        try:
            await self.call_blocking(worker.start)
        finally:
            worker.env = given

    async def start_workers(self) -> None:
        env = self.installation.env | SETTINGS | {"FAULTS_EFFECTS": str(self.effects)}
        for _number in range(WORKERS):
            await self.add_worker(env)

    def _install(self) -> Installation:
        installation = super()._install()
        deriving = dataclasses.replace(installation, env=installation.env | SETTINGS)
        deriving.manage("migrate", "--verbosity=0", "--skip-checks")
        return installation

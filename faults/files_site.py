"""A site whose files are on two small disks, in a storage that can be slow, and kill the processes that use it."""

import dataclasses
from pathlib import Path

from faults.disk import SmallDisk
from faults.site import Site
from faults.storing.orders import Order
from tests.harness.services import Installation, Process

DISK_BYTES = 320 * 1024 * 1024
SETTINGS = {"DJANGO_SETTINGS_MODULE": "faults.storing.settings"}


class FilesSite(Site):
    """`disks` hold the uploads and the storage. If none can be mounted, there are none, and `problem` is the reason."""

    def __init__(self, directory: Path, *, processes: int) -> None:
        super().__init__(directory, processes=processes)
        self.orders = self.place("orders") / "order"
        self.disks: list[SmallDisk] = []
        self.problem = ""

    async def __aexit__(self, *given: object) -> None:
        await super().__aexit__(*given)
        for disk in self.disks:
            disk.close()

    @property
    def services(self) -> list[Process]:
        return [*super().services, *self.workers]

    @property
    def storage(self) -> Path:
        """Where files are stored."""
        return self.installation.directory / "files"

    @property
    def uploads(self) -> Path:
        """Where the parts of uploads are."""
        return self.installation.directory / "uploads"

    def order(self, order: Order) -> None:
        """Let the storage of all processes do this from now on."""
        order.write(self.orders)

    def _install(self) -> Installation:
        installation = super()._install()
        more = SETTINGS | {"FAULTS_STORAGE": str(self.orders)}
        try:
            for name in ("uploads", "files"):
                place = installation.directory / name
                place.mkdir(mode=0o700)
                self.disks.append(SmallDisk(place, DISK_BYTES))
        except OSError as error:
            self.problem = str(error)
        return dataclasses.replace(installation, env=installation.env | more)

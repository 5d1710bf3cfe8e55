"""A site that starts as an earlier version, and is upgraded to this one while it runs."""

from pathlib import Path

from faults.site import Node, Site
from faults.versions import VersionError, check_out, commit_before
from tests.harness.services import THIS_CODE, Installation

SHORT = 10


class UpgradeSite(Site):
    """Starts with the code and the database of `upgrade_from`, or of the previous version; see `faults.versions`.

    If that is impossible, `problem` gives the reason, and the site runs this version from the start.
    """

    def __init__(self, directory: Path, *, processes: int, upgrade_from: str = "") -> None:
        self.problem = ""
        self.commit = ""
        self._upgrade_from = upgrade_from
        super().__init__(directory, processes=processes)

    def _install(self) -> Installation:
        try:
            self.commit = commit_before(self._upgrade_from)[:SHORT]
            self.code = check_out(self.commit, self.place("version-before"))
        except VersionError as error:
            self.problem = str(error)
        return super()._install()

    async def prepare(self) -> None:
        """Run this version's migrations and collect its static files, as `sarangbang-prepare` does.

        From then on an administrator of this version takes turns with the one of the previous version.
        """
        self.problem = f"the site was upgraded from {self.commit} already"
        self.installation.code = THIS_CODE
        await self.call_blocking(self.installation.manage, "migrate", "--verbosity=0", "--skip-checks")
        await self.call_blocking(
            self.installation.manage, "collectstatic", "--no-input", "--verbosity=0", "--skip-checks"
        )
        await self.start_administrator(THIS_CODE)
        await self.start_workers()

    async def upgrade_server(self, node: Node) -> float:
        """Restart a process with this version. Returns the seconds that the old one took to end."""
        node.server.code = THIS_CODE
        return await self.restart_server(node)

    async def start_workers(self) -> None:
        """Start a worker of this version, once the database is migrated."""
        if self.code == THIS_CODE or self.installation.code == THIS_CODE:
            await self.add_worker(self.installation.env)

    async def stop_administrators_before(self) -> None:
        """Leave only administrators of this version."""
        before = [administrator for administrator in self.administrators if administrator.code != THIS_CODE]
        for administrator in before:
            await self.stop_administrator(administrator)

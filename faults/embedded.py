"""A site as `bin/run` starts it: one process on SQLite, without Redis, on a disk that can be filled."""

import sqlite3
import uuid
from contextlib import closing
from pathlib import Path
from typing import Any

from faults.disk import SmallDisk
from faults.proxy import Proxy
from faults.site import Node, ReportingServer, Site
from tests.harness.services import SQLITE_FILE, Installation, Installations, Process

DISK_BYTES = 160 * 1024 * 1024
NOBODY = 1


class EmbeddedSite(Site):
    """One process on SQLite. `disk` holds its data; None if no disk could be mounted."""

    disk: SmallDisk | None = None

    def __init__(self, directory: Path, *, processes: int) -> None:
        super().__init__(directory, processes=1)

    def _make_services(self) -> None:
        self.problem = ""

    @property
    def services(self) -> list[Process]:
        return []

    async def __aexit__(self, *given: object) -> None:
        await super().__aexit__(*given)
        if self.disk is not None:
            self.disk.close()

    @property
    def derives(self) -> bool:
        """The server does it itself."""
        return True

    async def start_workers(self) -> None:
        """Start none."""

    async def listeners(self, groups: list[str]) -> dict[str, int]:
        """1 for every group: the only process is subscribed to all of its own groups."""
        return dict.fromkeys(groups, 1)

    def _install(self) -> Installation:
        place = self.place("installations")
        try:
            self.disk = SmallDisk(place, DISK_BYTES)
        except OSError as error:
            self.problem = str(error)
        return Installations(place, databases=None, redis_url="").create()

    async def _node(self, number: int) -> Node:
        server = ReportingServer(self.place(f"server-{number}"), self.installation.env)
        links = [await Proxy(port).start() for port in (server.port, NOBODY, NOBODY)]
        return Node(number, server, *links)

    def _rows(self, statement: str, values: tuple[Any, ...]) -> list[dict[str, Any]]:
        """Run the checker's queries, which are written for PostgreSQL, on SQLite."""
        (ids,) = values
        statement = statement.replace("= ANY(%s)", f"IN ({','.join('?' * len(ids))})")
        with closing(sqlite3.connect(self.installation.directory / SQLITE_FILE)) as connection:
            connection.row_factory = sqlite3.Row
            found = [dict(row) for row in connection.execute(statement, ids)]
        return [row | {"key": uuid.UUID(row["key"])} if row.get("key") else row for row in found]

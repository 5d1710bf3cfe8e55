"""A real PostgreSQL and a real Redis for every contender.

They are those of the tests, with two differences for measurements: PostgreSQL waits for the disk as in production, and
Redis counts its commands. They run on the cores of the process that starts them.
"""

import shutil
import tempfile
from pathlib import Path
from typing import Any

import psycopg
import redis

from tests.harness.services import Databases, free_port, make_open_directory
from tests.harness.services import PostgreSQL as TestPostgreSQL
from tests.harness.services import Redis as TestRedis

__all__ = ["PostgreSQL", "Redis", "Services", "free_port"]


class Redis(TestRedis):
    """A redis-server without persistence that counts its commands."""

    def client(self) -> redis.Redis:
        """A connection to the server."""
        return redis.Redis.from_url(self.url, decode_responses=True)

    def calls(self) -> dict[str, int]:
        """The number of calls of each command since the last `reset()`."""
        with self.client() as client:
            stats: dict[str, dict[str, Any]] = client.info("commandstats")
        return {name.removeprefix("cmdstat_"): int(one["calls"]) for name, one in stats.items()}

    def reset(self) -> None:
        """Reset the counts."""
        with self.client() as client:
            client.config_resetstat()

    def forget(self) -> None:
        """Delete all data."""
        with self.client() as client:
            client.flushall()

    def version(self) -> str:
        """The server's version."""
        with self.client() as client:
            return str(client.info("server")["redis_version"])


class PostgreSQL(TestPostgreSQL):
    """A cluster with PostgreSQL's own defaults: a commit is on disk before it is acknowledged."""

    def command(self) -> list[str]:
        return [*super().command(), "-c", "fsync=on", "-c", "full_page_writes=on"]

    def rows(self, statement: str, database: str = "postgres") -> list[tuple[Any, ...]]:
        """Run a statement and return its rows."""
        with psycopg.connect(self.databases.url_of(database), autocommit=True) as connection:
            cursor = connection.execute(statement)
            return cursor.fetchall() if cursor.description else []

    def version(self) -> str:
        """The server's version."""
        return str(self.rows("SHOW server_version")[0][0])


class Services:
    """Both services, in a directory that is deleted with them."""

    def __init__(self) -> None:
        # PostgreSQL may run as another user, who needs access.
        self.directory = Path(tempfile.mkdtemp(prefix="sarangbang-bench-"))
        self.directory.chmod(0o755)
        self.redis = Redis(self._place("redis")).start()
        self.postgresql = PostgreSQL(self._place("postgresql")).start()

    @property
    def databases(self) -> Databases:
        """The databases of the PostgreSQL."""
        return self.postgresql.databases

    def _place(self, name: str) -> Path:
        place = self.directory / name
        make_open_directory(place)
        return place

    def stop(self) -> None:
        """Stop both and delete their data."""
        self.postgresql.stop()
        self.redis.stop()
        shutil.rmtree(self.directory, ignore_errors=True)

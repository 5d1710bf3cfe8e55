"""The file of the index beside SQLite: its tables, and what is written to them.

A table of FTS5 for every BUCKET ids of messages holds tokens without texts and without positions. The cursors of the
deriver are in the same file, so that both are always of the same transaction.
"""

import os
import sqlite3
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote

from django.conf import settings

BUCKET = 100_000
"""Ids of messages in one table: removing the words of a deleted message rewrites the table in which it was."""

BUSY_SECONDS = 5.0

SCHEMA = 2
"""Increased when what is stored changes: the file is then built again."""

TABLES = """
CREATE TABLE meta (only INTEGER PRIMARY KEY CHECK (only = 1), version INTEGER, space TEXT, epoch INTEGER);
CREATE TABLE cursors (room INTEGER PRIMARY KEY, revision INTEGER NOT NULL, position INTEGER NOT NULL);
CREATE TABLE buckets (number INTEGER PRIMARY KEY);
CREATE TABLE stale (message INTEGER PRIMARY KEY);
"""

WORDS = """
CREATE VIRTUAL TABLE words_{bucket}
USING fts5(tokens, content='', detail=none, columnsize=0, tokenize="ascii tokenchars '='")
"""


class Identity(NamedTuple):
    """Of what a file is the index: its version, the epoch of the space, and that of the deriver."""

    version: int
    space: str
    epoch: int


class IndexFile:
    """The file. Each thread has a connection of its own, which notices that the file was replaced."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._own = threading.local()

    # --- connections --------------------------------------------------------------------------------------------------

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """The connection of this thread. Raises sqlite3.OperationalError if there is no file."""
        connection = self._connection()
        try:
            yield connection
        finally:
            connection.set_progress_handler(None, 0)

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """A transaction that writes, and is on disk when it has ended."""
        connection = self._connection()
        connection.execute("BEGIN IMMEDIATE")
        self._own.writing = connection
        try:
            yield connection
        except BaseException:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            raise
        else:
            connection.execute("COMMIT")
        finally:
            self._own.writing = None

    @property
    def writing(self) -> sqlite3.Connection:
        """The connection with the transaction of this thread."""
        connection: sqlite3.Connection = self._own.writing
        return connection

    def _connection(self) -> sqlite3.Connection:
        try:
            inode = self.path.stat().st_ino
        except FileNotFoundError as error:
            raise sqlite3.OperationalError("there is no index") from error
        if getattr(self._own, "inode", None) != inode:
            self.close()
            self._own.connection = _connect(self.path)
            self._own.inode = inode
        connection: sqlite3.Connection = self._own.connection
        return connection

    def close(self) -> None:
        """Close the connection of this thread."""
        connection = getattr(self._own, "connection", None)
        self._own.connection = self._own.inode = None
        if connection is not None:
            connection.close()

    # --- the whole file -----------------------------------------------------------------------------------------------

    def identity(self) -> Identity | None:
        """Of what this is the index; None if there is no file, or one that cannot be read."""
        try:
            with self.reading() as connection:
                row = connection.execute("SELECT version, space, epoch FROM meta").fetchone()
        except sqlite3.Error:
            return None
        return None if row is None else Identity(*row)

    def create(self, identity: Identity) -> None:
        """Replace the file by an empty one."""
        new = self.path.with_name(f"{self.path.name}.new")
        self.path.parent.mkdir(parents=True, exist_ok=True)
        new.unlink(missing_ok=True)
        os.close(os.open(new, os.O_CREAT | os.O_EXCL, 0o600))
        connection = _connect(new)
        connection.executescript(f"BEGIN; {TABLES} COMMIT;")
        connection.execute("INSERT INTO meta VALUES (1, ?, ?, ?)", identity)
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        connection.close()
        self.discard()
        new.rename(self.path)

    def replace_by(self, other: "IndexFile") -> None:
        """Put another file, which is settled, in the place of this one."""
        other.close()
        self.discard()
        other.path.rename(self.path)

    def discard(self) -> None:
        """Remove the file. The deriver notices it, and builds another one."""
        self.close()
        for name in (self.path.name, f"{self.path.name}-wal", f"{self.path.name}-shm"):
            self.path.with_name(name).unlink(missing_ok=True)

    def identify(self, identity: Identity) -> None:
        """Note of what this is the index, in the transaction of this thread."""
        self.writing.execute("UPDATE meta SET version = ?, space = ?, epoch = ?", identity)

    # --- contents -----------------------------------------------------------------------------------------------------

    def buckets(self) -> list[int]:
        """The numbers of the tables, newest first; none without a file."""
        if not self.path.exists():
            return []
        with self.reading() as connection:
            return [number for (number,) in connection.execute("SELECT number FROM buckets ORDER BY number DESC")]

    def cursors(self) -> dict[int, tuple[int, int]]:
        """The revision and the position up to which each room is in the index."""
        with self.reading() as connection:
            rows = connection.execute("SELECT room, revision, position FROM cursors")
            return {room: (revision, position) for room, revision, position in rows}

    def move(self, room: int, revision: int, position: int) -> None:
        """Move the cursor of a room, in the transaction of this thread."""
        self.writing.execute("INSERT OR REPLACE INTO cursors VALUES (?, ?, ?)", [room, revision, position])

    def add(self, tokens: Mapping[int, Iterable[str]]) -> None:
        """Add tokens to messages, in the transaction of this thread. Tokens that they have already stay."""
        by_bucket: dict[int, list[tuple[int, str]]] = {}
        for message, found in tokens.items():
            by_bucket.setdefault(message // BUCKET, []).append((message, " ".join(found)))
        for bucket, rows in by_bucket.items():
            if self.writing.execute("INSERT OR IGNORE INTO buckets VALUES (?)", [bucket]).rowcount:
                self.writing.execute(WORDS.format(bucket=bucket))
            self.writing.executemany(f"INSERT INTO words_{bucket} (rowid, tokens) VALUES (?, ?)", rows)  # noqa: S608

    def with_token(self, token: str, messages: Sequence[int]) -> list[int]:
        """Those of these messages that have a token, in the transaction of this thread."""
        found: list[int] = []
        for bucket in self.buckets() if messages else ():
            name, here = f"words_{bucket}", {pk for pk in messages if pk // BUCKET == bucket}
            if here:
                rows = self.writing.execute(
                    f"SELECT rowid FROM {name} WHERE {name} MATCH ? AND rowid BETWEEN ? AND ?",  # noqa: S608 (a number)
                    [f'"{token}"', min(here), max(here)],
                )
                found += [pk for (pk,) in rows if pk in here]
        return found

    def note_stale(self, messages: Iterable[int]) -> None:
        """Note messages that may have tokens which they should not have, in the transaction of this thread."""
        self.writing.executemany("INSERT OR IGNORE INTO stale VALUES (?)", [(message,) for message in messages])

    def stale(self, most: int) -> list[int]:
        """The newest such messages, all of one table."""
        with self.reading() as connection:
            newest = connection.execute("SELECT max(message) FROM stale").fetchone()[0]
            if newest is None:
                return []
            low = newest // BUCKET * BUCKET
            rows = connection.execute("SELECT message FROM stale WHERE message >= ? LIMIT ?", [low, most])
            return [message for (message,) in rows]

    def forget_room(self, room: int, token: str) -> None:
        """Forget the cursor of a room, and note its messages as stale, in the transaction of this thread."""
        for bucket in self.buckets():
            self.writing.execute(
                f"INSERT OR IGNORE INTO stale SELECT rowid FROM words_{bucket} WHERE words_{bucket} MATCH ?",  # noqa: S608
                [f'"{token}"'],
            )
        self.writing.execute("DELETE FROM cursors WHERE room = ?", [room])

    def replace(self, bucket: int, tokens: Mapping[int, Iterable[str]]) -> None:
        """Give messages of one table exactly these tokens, and leave no trace of others in the file."""
        marks = ",".join("?" * len(tokens))
        connection = self.writing
        connection.execute(
            f"CREATE VIRTUAL TABLE IF NOT EXISTS temp.vocabulary_{bucket} "
            f"USING fts5vocab('main', 'words_{bucket}', 'instance')"
        )
        rows = connection.execute(
            f"SELECT doc, group_concat(term, ' ') FROM temp.vocabulary_{bucket} WHERE doc IN ({marks}) GROUP BY doc",  # noqa: S608
            list(tokens),
        ).fetchall()
        connection.executemany(
            f"INSERT INTO words_{bucket} (words_{bucket}, rowid, tokens) VALUES ('delete', ?, ?)",  # noqa: S608
            rows,
        )
        self.add({message: found for message, found in tokens.items() if found})
        connection.execute(f"INSERT INTO words_{bucket} (words_{bucket}) VALUES ('optimize')")  # noqa: S608
        connection.executemany("DELETE FROM stale WHERE message = ?", [(message,) for message in tokens])

    def optimise(self) -> None:
        """Merge what was added at different times, which makes searches faster."""
        for bucket in self.buckets():
            with self.transaction() as connection:
                connection.execute(f"INSERT INTO words_{bucket} (words_{bucket}) VALUES ('optimize')")  # noqa: S608

    def settle(self) -> None:
        """Move everything from the log into the file, and empty the log."""
        with self.reading() as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def _connect(path: Path) -> sqlite3.Connection:
    address = f"file:{quote(str(path.absolute()))}?mode=rw"  # creates no file
    connection = sqlite3.connect(address, uri=True, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False)
    try:
        # Words of deleted messages are overwritten, not only released.
        for pragma in ("journal_mode = WAL", "synchronous = FULL", "secure_delete = ON", "cache_size = -8000"):
            connection.execute(f"PRAGMA {pragma}")
    except BaseException:
        connection.close()
        raise
    return connection


def is_damage(error: sqlite3.Error) -> bool:
    """Whether an error means that the file is not what it should be, rather than busy or out of space."""
    return isinstance(error, sqlite3.DatabaseError) and not isinstance(
        error, sqlite3.OperationalError | sqlite3.ProgrammingError | sqlite3.InterfaceError
    )


@cache
def _file_at(path: Path) -> IndexFile:
    return IndexFile(path)


def the_file() -> IndexFile:
    """The file of this site."""
    return _file_at(Path(settings.SEARCH_FILE))

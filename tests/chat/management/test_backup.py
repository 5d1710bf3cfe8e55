"""`manage.py backup`: its files can be restored, and only their owner can read them."""

import json
import os
import shutil
import sqlite3
import stat
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest

from tests.harness import services
from tests.harness.services import SQLITE_FILE, Installation

SPACE = """
from chat.services.spaces import create_space
create_space(name="Team", username="mina", display_name="Mina", password="a-password-for-mina")
"""
NOTE_COMMAND_LINE = """#!{python}
import json, os, pathlib, sys
pathlib.Path(os.environ["SEEN"]).write_text(json.dumps([sys.argv, os.environ.get("PGPASSWORD")]))
sys.exit(int(os.environ.get("FAIL", "0")))
"""


@pytest.fixture
def filled(installation: Installation) -> Installation:
    """A site with a person and an upload, with files that an older version left readable."""
    installation.python(SPACE)
    upload = installation.directory / "media" / "avatars" / "mina.png"
    upload.parent.mkdir(parents=True)
    upload.write_bytes(b"mina")
    return installation


def backup_of(site: Installation, into: Path) -> list[Path]:
    """The files of a new backup, the database first."""
    site.manage("backup", str(into))
    return sorted(into.iterdir(), key=lambda path: path.name.endswith(".tar.gz"))


@pytest.mark.once
def test_a_backup_holds_the_database_and_the_uploads_and_is_private(filled: Installation, tmp_path: Path) -> None:
    into = tmp_path / "backups"
    database, media = backup_of(filled, into)
    assert [stat.S_IMODE(path.stat().st_mode) for path in (into, database, media)] == [0o700, 0o600, 0o600]
    with tarfile.open(media) as archive:
        stored = archive.extractfile("media/avatars/mina.png")
        assert stored is not None
        assert stored.read() == b"mina"
    if database.suffix == ".sqlite3":
        with sqlite3.connect(database) as copy:
            assert copy.execute("SELECT username FROM chat_user").fetchall() == [("mina",)]


@pytest.mark.once
def test_a_backup_of_sqlite_can_be_put_in_place(filled: Installation, tmp_path: Path) -> None:
    if filled.env["DATABASE_URL"]:
        pytest.skip("this is of SQLite")
    database, _media = backup_of(filled, tmp_path / "backups")
    filled.python("from chat.models import User; User.objects.update(username='changed')")
    shutil.copy(database, filled.directory / SQLITE_FILE)
    for leftover in filled.directory.glob(f"{SQLITE_FILE}-*"):
        leftover.unlink()
    assert filled.python("from chat.models import User; print(User.objects.get().username)").strip() == "mina"


@pytest.mark.postgresql
def test_a_backup_of_postgresql_can_be_read_by_pg_restore(filled: Installation, tmp_path: Path) -> None:
    programs = services.programs_for(None, tmp_path)
    filled.env["PATH"] = f"{programs}:{os.environ['PATH']}"
    database, _media = backup_of(filled, tmp_path / "backups")
    assert stat.S_IMODE(database.stat().st_mode) == 0o600
    restored = subprocess.run(
        [str(programs / "pg_restore"), "--data-only", "--table=chat_user", "--file=-", str(database)],
        capture_output=True,
        text=True,
        check=True,
    )
    assert "mina" in restored.stdout


@pytest.fixture
def fake_pg_dump(tmp_path: Path) -> dict[str, str]:
    """The environment of a site on PostgreSQL, with a `pg_dump` that records how it was called."""
    program = tmp_path / "bin" / "pg_dump"
    program.parent.mkdir()
    program.write_text(NOTE_COMMAND_LINE.format(python=sys.executable))
    program.chmod(0o755)
    return {
        **os.environ,
        "PATH": f"{program.parent}:{os.environ['PATH']}",
        "SEEN": str(tmp_path / "seen"),
        "SECRET_KEY": "x" * 60,
        "VAR_DIR": str(tmp_path / "var"),
        "DATABASE_URL": "postgres://chat:hunter2-secret@db.example.com:5433/team?sslmode=require",
    }


def on_postgresql(env: dict[str, str], tmp_path: Path) -> Installation:
    return services.Installation(tmp_path, "team", env)


@pytest.mark.once
def test_the_password_of_postgresql_is_on_no_command_line(fake_pg_dump: dict[str, str], tmp_path: Path) -> None:
    on_postgresql(fake_pg_dump, tmp_path).manage("backup", "--skip-checks", str(tmp_path / "backups"))
    arguments, password = json.loads((tmp_path / "seen").read_text())
    assert password == "hunter2-secret"
    assert not [argument for argument in arguments if "hunter2" in argument]
    assert {"db.example.com", "5433", "team", "chat"} <= set(arguments)


@pytest.mark.once
def test_a_backup_that_fails_leaves_nothing_that_looks_like_one(fake_pg_dump: dict[str, str], tmp_path: Path) -> None:
    site = on_postgresql(fake_pg_dump | {"FAIL": "3"}, tmp_path)
    with pytest.raises(RuntimeError, match="exit code 3"):
        site.manage("backup", "--skip-checks", str(tmp_path / "backups"))
    assert list((tmp_path / "backups").iterdir()) == []


@pytest.mark.once
def test_a_missing_pg_dump_is_reported(fake_pg_dump: dict[str, str], tmp_path: Path) -> None:
    site = on_postgresql(fake_pg_dump | {"PATH": str(tmp_path)}, tmp_path)
    with pytest.raises(RuntimeError, match="There is no pg_dump"):
        site.manage("backup", "--skip-checks", str(tmp_path / "backups"))

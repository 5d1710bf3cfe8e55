"""A web of one server, and folders for images."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.harness.pages import Names
from tests.harness.receiver import Receiver


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """A server on this machine."""
    with Receiver() as made:
        yield made


@pytest.fixture
def names(receiver: Receiver) -> Names:
    """The way to it, under any name."""
    return Names(receiver)


@pytest.fixture(autouse=True)
def root(settings: Any, tmp_path: Path) -> Path:
    """A folder of this test alone for images."""
    files = {"BACKEND": "files.folder.FolderStorage", "OPTIONS": {"location": tmp_path / "files"}}
    settings.STORAGES = {**settings.STORAGES, "files": files}
    return tmp_path

"""Files of every kind, examined as uploads are."""

from collections.abc import Callable
from pathlib import Path

import pytest

from files.decoding.facts import Facts
from files.decoding.inspection import inspect

Examine = Callable[..., Facts]


@pytest.fixture
def examine(tmp_path: Path) -> Examine:
    """Examine bytes as a file with a name."""

    def run(data: bytes, name: str = "file") -> Facts:
        path, folder = tmp_path / "given", tmp_path / "made"
        path.write_bytes(data)
        folder.mkdir()
        return inspect(path, name=name, into=folder)

    return run

"""The hub that requests of tests reach, tokens of people, and folders for files."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest


@pytest.fixture
async def hub(space: Any) -> AsyncIterator[Any]:
    """The hub of this process."""
    from chat.live.hub import current_hub
    from tests.harness.inprocess import end

    yield current_hub()
    end(current_hub())


@pytest.fixture(autouse=True)
def roots(settings: Any, tmp_path: Path) -> Path:
    """Folders of this test alone, for uploads and files."""
    settings.UPLOADS_ROOT = tmp_path / "uploads"
    files = {"BACKEND": "files.folder.FolderStorage", "OPTIONS": {"location": tmp_path / "files"}}
    settings.STORAGES = {**settings.STORAGES, "files": files}
    return tmp_path


@pytest.fixture
async def mina_token(mina: Any) -> str:
    from chat.live.reader_pool import run_in_reader
    from tests.harness.tokens import token_of

    return await run_in_reader(token_of, mina)


@pytest.fixture
async def joon_token(joon: Any) -> str:
    from chat.live.reader_pool import run_in_reader
    from tests.harness.tokens import token_of

    return await run_in_reader(token_of, joon)


@pytest.fixture
async def stranger_token(stranger: Any) -> str:
    from chat.live.reader_pool import run_in_reader
    from tests.harness.tokens import token_of

    return await run_in_reader(token_of, stranger)

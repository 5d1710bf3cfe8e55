"""The hub that requests of tests reach."""

from collections.abc import AsyncIterator
from typing import Any

import pytest


@pytest.fixture
async def hub(space: Any) -> AsyncIterator[Any]:
    """The hub of this process."""
    from chat.live.hub import current_hub
    from tests.harness.inprocess import end

    yield current_hub()
    end(current_hub())

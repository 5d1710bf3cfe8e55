"""A table for the rows of the tests' own deriver."""

from collections.abc import Iterator
from typing import Any

import pytest


@pytest.fixture
def table(transactional_db: Any) -> Iterator[None]:
    """The table of `Copies`."""
    from tests.harness.deriving import table_of_copies

    with table_of_copies():
        yield

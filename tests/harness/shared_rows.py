"""Rows that all tests of a module look at."""

import contextlib
from collections.abc import Callable, Iterator
from typing import Any

from django.db import transaction


@contextlib.contextmanager
def shared_rows(blocker: Any, create: Callable[[], None]) -> Iterator[None]:
    """Create rows once, in a transaction of the module; what a test writes besides is undone after the test.

    `blocker` is the fixture `django_db_blocker`. No test of the module may commit, and all of its tests have the rows.
    """
    transaction_of_module = transaction.atomic()
    transaction_of_module._from_testcase = True  # type: ignore[attr-defined]  # as Django's own, for durable blocks
    with blocker.unblock():
        transaction_of_module.__enter__()
    try:
        with blocker.unblock():
            create()
        yield
    finally:
        with blocker.unblock():
            transaction.set_rollback(True)
            transaction_of_module.__exit__(None, None, None)

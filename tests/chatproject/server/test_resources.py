"""chatproject.server.resources."""

import os
from pathlib import Path

import pytest

from chatproject.server.resources import MEMORY_SAMPLE_SECONDS, Budget, Descriptors, Memory, group_budget

pytestmark = pytest.mark.once


@pytest.mark.parametrize(("limit", "reserve"), [(64, 32), (200, 64), (1024, 128), (1_000_000, 1024)])
def test_the_reserve_is_an_eighth_within_bounds(limit: int, reserve: int) -> None:
    descriptors = Descriptors(limit)
    assert descriptors.reserve == reserve
    assert not descriptors.is_in_reserve(limit - reserve - 1)
    assert descriptors.is_in_reserve(limit - reserve)


def test_requests_may_use_half_of_the_reserve() -> None:
    lowest = os.dup(0)
    os.close(lowest)
    assert not Descriptors((lowest + 1) * 8).is_reserve_half_gone()
    assert Descriptors(lowest + 1).is_reserve_half_gone()


def test_memory_is_short_from_nine_tenths_of_any_limit_on() -> None:
    used = {"one": 0, "other": 0}
    now = [0.0]
    memory = Memory([Budget(1000, lambda: used["one"]), Budget(100, lambda: used["other"])], lambda: now[0])
    found = []
    for one, other in ((899, 89), (900, 0), (0, 90), (0, 0)):
        used.update(one=one, other=other)
        now[0] += 2 * MEMORY_SAMPLE_SECONDS
        found.append(memory.is_short())
    assert found == [False, True, True, False]


def test_memory_is_measured_at_most_ten_times_a_second() -> None:
    measured = []

    def used() -> int:
        measured.append(1)
        return 0

    memory = Memory([Budget(1000, used)], lambda: 1.0)
    assert [memory.is_short() for _ in range(100)] == [False] * 100
    assert len(measured) == 1


def test_a_control_group_counts_without_the_file_pages_that_the_kernel_can_take_back(tmp_path: Path) -> None:
    (tmp_path / "memory.max").write_text("1000\n")
    (tmp_path / "memory.current").write_text("900\n")
    (tmp_path / "memory.stat").write_text("anon 200\ninactive_file 400\nactive_file 200\nslab_reclaimable 50\n")
    budget = group_budget(tmp_path)
    assert budget is not None
    assert (budget.limit, budget.used()) == (1000, 250)


def test_a_control_group_without_a_limit_has_no_budget(tmp_path: Path) -> None:
    assert group_budget(tmp_path) is None
    (tmp_path / "memory.max").write_text("max\n")
    assert group_budget(tmp_path) is None

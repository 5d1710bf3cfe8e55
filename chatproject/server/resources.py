"""Measures the file descriptors and memory of this process, and whether they are nearly exhausted."""

import os
import resource
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

RESERVE_SHARE = 8
LEAST_RESERVE, MOST_RESERVE = 64, 1024
"""Descriptors reserved for the database, Redis and files: an eighth of the limit, within these bounds."""

MEMORY_SHARE = 0.9
"""New connections are refused once this share of the limit is in use."""

MEMORY_SAMPLE_SECONDS = 0.1
"""How long a measurement is reused, so that many simultaneous connections do not each cost one."""

MEBIBYTE = 1024 * 1024
PAGE_BYTES = resource.getpagesize()
CGROUPS = Path("/sys/fs/cgroup")


class Descriptors:
    """
    The file descriptors of this process.

    The kernel gives a new socket the lowest free number. Refusing sockets whose number is `limit - reserve` or more
    keeps the last `reserve` numbers free without counting open descriptors.
    """

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.reserve = min(max(LEAST_RESERVE, limit // RESERVE_SHARE), MOST_RESERVE, limit // 2)

    @classmethod
    def as_many_as_allowed(cls) -> "Descriptors":
        """Raise the soft limit of this process to the hard limit."""
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        if soft != hard:
            resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
        return cls(hard)

    def is_in_reserve(self, descriptor: int) -> bool:
        """Whether this descriptor of a new connection belongs to the reserve."""
        return descriptor >= self.limit - self.reserve

    def is_reserve_half_gone(self) -> bool:
        """Whether open sockets may soon find no descriptor left for a database connection."""
        try:
            lowest = os.dup(0)
        except OSError:
            return True
        os.close(lowest)
        return lowest >= self.limit - self.reserve // 2


class Budget(NamedTuple):
    """A memory limit in bytes, and a function that measures the usage counted against it."""

    limit: int
    used: Callable[[], int]


class Memory:
    """The memory of this process, or of the control group it runs in."""

    def __init__(self, budgets: list[Budget], clock: Callable[[], float] = time.monotonic) -> None:
        self._budgets = budgets
        self._clock = clock
        self._is_short = False
        self._measured_at = float("-inf")

    @classmethod
    def of_this_process(cls, megabytes: int) -> "Memory":
        """The memory of this process, limited to `megabytes` (0: unlimited) and by the limits of the system."""
        budgets = [*_control_groups()]
        if megabytes:
            budgets.append(Budget(megabytes * MEBIBYTE, resident_bytes))
        soft, _hard = resource.getrlimit(resource.RLIMIT_AS)
        if soft != resource.RLIM_INFINITY:
            budgets.append(Budget(soft, address_space_bytes))
        return cls(budgets)

    def is_short(self) -> bool:
        """Whether another connection could exceed a limit."""
        now = self._clock()
        if self._budgets and now - self._measured_at >= MEMORY_SAMPLE_SECONDS:
            self._measured_at = now
            self._is_short = any(budget.used() >= budget.limit * MEMORY_SHARE for budget in self._budgets)
        return self._is_short


def address_space_bytes() -> int:
    """Bytes that count against RLIMIT_AS."""
    return int(Path("/proc/self/statm").read_text().split()[0]) * PAGE_BYTES


def resident_bytes() -> int:
    """Bytes of memory in use by this process."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * PAGE_BYTES


def _control_groups() -> list[Budget]:
    """The control groups (version 2) of this process that have a limit."""
    try:
        lines = Path("/proc/self/cgroup").read_text().splitlines()
    except OSError:
        return []
    own = next((line.removeprefix("0::/") for line in lines if line.startswith("0::/")), None)
    if own is None:
        return []
    group = CGROUPS / own
    groups = [group, *(parent for parent in group.parents if parent.is_relative_to(CGROUPS))]
    return [budget for group in groups if (budget := group_budget(group)) is not None]


def group_budget(group: Path) -> Budget | None:
    """The budget of a control group; None if it has no limit."""
    try:
        limit = (group / "memory.max").read_text().strip()
    except OSError:
        return None
    return Budget(int(limit), lambda: _group_bytes(group)) if limit.isdigit() else None


RECLAIMABLE = ("inactive_file", "active_file", "slab_reclaimable")


def _group_bytes(group: Path) -> int:
    """Bytes that the kernel cannot reclaim: everything except file pages and reclaimable kernel memory."""
    try:
        used = int((group / "memory.current").read_text())
        stat = dict(line.split() for line in (group / "memory.stat").read_text().splitlines())
    except (OSError, ValueError):
        return 0
    return used - sum(int(stat.get(name, 0)) for name in RECLAIMABLE)

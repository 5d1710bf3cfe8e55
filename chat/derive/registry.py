"""The derivers and the kinds of due things of this process. Apps register theirs in `AppConfig.ready`."""

from typing import Any

from chat.derive.deriver import Deriver
from chat.derive.due_kind import DueKind

DERIVERS: dict[str, Deriver] = {}
KINDS: dict[str, DueKind[Any]] = {}


def register(deriver: Deriver) -> None:
    """Let this process run a deriver."""
    assert deriver.name not in DERIVERS, deriver.name  # noqa: S101 (a programming error, found at startup)
    DERIVERS[deriver.name] = deriver


def register_kind(kind: DueKind[Any]) -> None:
    """Let this process do due things of a kind."""
    assert kind.name not in KINDS, kind.name  # noqa: S101 (as above)
    KINDS[kind.name] = kind


def has_work() -> bool:
    """Whether anything is registered."""
    return bool(DERIVERS or KINDS)

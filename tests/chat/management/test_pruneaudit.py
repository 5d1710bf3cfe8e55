"""`manage.py pruneaudit`: the only way in which entries of the audit are removed, by age and on the record."""

import io
from datetime import timedelta
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from chat.models import AuditEntry, Space
from chat.models.audit import Action, Way
from chat.protocol.errors import Forbidden
from chat.services import audit_retention
from chat.services.audit_retention import prune_audit
from chat.services.origin import request_from
from tests.harness.services import BASE_DIR
from tests.harness.threads import at_once

HOUR = timedelta(hours=1)


def add_entries(*days: float) -> None:
    """Add an entry for each of these ages in days, an hour older than that."""
    AuditEntry.objects.bulk_create(
        AuditEntry(
            action=Action.ROOM_CREATED,
            actor_name=f"{age}",
            target_kind="room",
            target_id=1,
            way=Way.WEB,
            at=timezone.now() - timedelta(days=age) - HOUR,
        )
        for age in days
    )


def ages() -> list[str]:
    """The entries of `add_entries` that are left, oldest first."""
    entries = AuditEntry.objects.filter(action=Action.ROOM_CREATED)
    return list(entries.order_by("at").values_list("actor_name", flat=True))


def prune(*arguments: str) -> str:
    out = io.StringIO()
    call_command("pruneaudit", *arguments, stdout=out)
    return out.getvalue()


def test_only_entries_that_are_older_than_the_given_days_are_removed(space: Space) -> None:
    add_entries(400, 30, 29, 0)
    assert prune("--keep", "30") == "2 entries older than 30 days were removed.\n"
    assert ages() == ["29", "0"]


def test_a_removal_is_recorded_with_its_number_and_time(space: Space) -> None:
    add_entries(400, 30, 29)
    prune("--keep", "30")
    entry = AuditEntry.objects.get(action=Action.AUDIT_PRUNED)
    assert (entry.actor, entry.way, entry.target_kind, entry.target_name) == (None, Way.COMMAND, "space", "Sarangbang")
    before = parse_datetime(entry.details["before"])
    assert before is not None
    assert entry.details["entries"] == 2
    assert timedelta(days=30) <= entry.at - before < timedelta(days=30) + HOUR


def test_every_batch_is_recorded(space: Space, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audit_retention, "ENTRIES_AT_ONCE", 2)
    add_entries(9, 8, 7, 6, 5)
    assert prune_audit(keep_days=1) == 5
    records = AuditEntry.objects.filter(action=Action.AUDIT_PRUNED).order_by("pk")
    assert [record.details["entries"] for record in records] == [2, 2, 1]


def test_nothing_to_remove_is_not_recorded(space: Space) -> None:
    add_entries(29)
    assert prune("--keep", "30") == "0 entries older than 30 days were removed.\n"
    assert not AuditEntry.objects.filter(action=Action.AUDIT_PRUNED).exists()


@pytest.mark.parametrize("days", ["0", "-1", "1.5", "", "²", "forever", "36501", "9" * 30])
def test_a_number_of_days_that_is_none_is_refused(space: Space, days: str) -> None:
    add_entries(40_000)
    with pytest.raises(CommandError, match="--keep"):
        prune(f"--keep={days}")
    assert ages() == ["40000"]


def test_the_number_of_days_has_no_default(space: Space) -> None:
    with pytest.raises(CommandError, match="--keep"):
        prune()


def test_an_empty_database_is_refused(db: None) -> None:
    with pytest.raises(CommandError, match="no space"):
        prune("--keep", "30")


@pytest.mark.parametrize("way", [way for way in Way if way != Way.COMMAND])
def test_no_request_removes_entries(space: Space, way: Way) -> None:
    add_entries(400)
    with request_from(way, "203.0.113.9"), pytest.raises(Forbidden):
        prune_audit(keep_days=30)
    assert ages() == ["400"]


def test_only_the_command_removes_entries() -> None:
    def users(text: str) -> set[str]:
        files = (BASE_DIR / "chat").rglob("*.py")
        return {str(path.relative_to(BASE_DIR)) for path in files if text in path.read_text()}

    assert users(".prune(") == {"chat/services/audit_retention.py"}
    assert users("prune_audit(") == {"chat/services/audit_retention.py", "chat/management/commands/pruneaudit.py"}


@pytest.mark.django_db(transaction=True)
def test_commands_that_run_at_once_record_each_entry_once(space: Space, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audit_retention, "ENTRIES_AT_ONCE", 10)
    add_entries(*range(100, 160))

    def run() -> Any:
        return prune_audit(keep_days=30)

    removed = at_once(run, run, run)
    records = AuditEntry.objects.filter(action=Action.AUDIT_PRUNED)
    assert sum(removed) == sum(record.details["entries"] for record in records) == 60
    assert ages() == []

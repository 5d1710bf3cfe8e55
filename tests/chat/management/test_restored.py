"""`manage.py restored`, after a backup was restored."""

import io

import pytest
from django.core.management import CommandError, call_command

from chat.models import Space


def test_a_new_epoch_begins(space: Space) -> None:
    before = space.epoch
    call_command("restored", stdout=io.StringIO())
    space.refresh_from_db()
    assert space.epoch != before


def test_an_empty_database_has_no_epoch_to_begin(db: None) -> None:
    with pytest.raises(CommandError, match="no space"):
        call_command("restored")

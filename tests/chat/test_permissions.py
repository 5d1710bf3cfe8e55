"""Who may send which command: the table of docs/protocol.md, tried for every command, person and kind of room."""

import json
from typing import Any

import pytest

from chat.handlers import HANDLERS, handle
from chat.models import User
from chat.protocol.commands import COMMANDS, parse
from tests.harness.permissions import (
    FIELDS,
    MEANINGS,
    PLACES,
    ROOMS,
    create_people,
    create_targets,
    documented,
    outcome_of,
)


def outcome(actor: User, type_: str, fields: dict[str, Any]) -> str:
    command = parse(json.dumps({"type": type_, **fields}))
    return outcome_of(lambda: handle(actor, command))


@pytest.mark.once
def test_every_command_is_in_the_table_and_every_row_is_tried() -> None:
    labels = [row.label for row in documented()]
    assert {row.command for row in documented()} == set(COMMANDS)
    assert sorted(labels) == sorted(FIELDS)
    assert {cell for row in documented() for cell in row.cells.values()} == set(MEANINGS)


def test_a_command_is_carried_out_or_refused_as_the_table_says(space: Any) -> None:
    people = create_people()
    wanted = [(place, kind, state) for place in PLACES for kind, state in ROOMS]
    targets = dict(zip(wanted, create_targets(people, wanted), strict=True))
    tried = [(row, where) for row in documented() if row.command in HANDLERS for where in wanted]
    assert {(row.label, *where): row.expected(*where) for row, where in tried} == {
        (row.label, *where): outcome(people[where[0]], row.command, FIELDS[row.label](targets[where]))
        for row, where in tried
    }

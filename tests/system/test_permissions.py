"""Who may send which command, over real WebSockets: each row of the table for each person, in rooms of all kinds."""

import asyncio
import json
from typing import Any

import pytest

from chat.handlers import HANDLERS
from tests.harness.permissions import FIELDS, OK, PLACES, ROOMS, Target, documented
from tests.harness.services import Installation, Server
from tests.harness.socket_client import ChatClient

pytestmark = pytest.mark.postgresql

CREATE = """
import json
from dataclasses import astuple
from chat.models import Space
from tests.harness.inprocess import sign_in
from tests.harness.permissions import create_people, create_targets

Space.objects.create(name="Sarangbang")
people = create_people()
targets = create_targets(people, json.loads({wanted!r}))
sessions = {{place: sign_in(person) for place, person in people.items()}}
print(json.dumps({{"sessions": sessions, "targets": [astuple(target) for target in targets]}}))
"""

Case = tuple[str, str, str, str]
"""A row of the table, a place, and a kind and state of room."""


def cases() -> list[Case]:
    """Commands of connections in all combinations; others pairwise: each row with each person and kind of room."""
    found: list[Case] = []
    for number, row in enumerate(documented()):
        for turn, place in enumerate(PLACES):
            rooms = ROOMS if row.command not in HANDLERS else [ROOMS[(number + turn) % len(ROOMS)]]
            found += [(row.label, place, kind, state) for kind, state in rooms]
    return found


async def outcomes(server: Server, session: str, tried: list[tuple[Case, dict[str, Any]]]) -> dict[Case, str]:
    """What the server replies to one person, who sends these one after the other."""
    found = {}
    async with ChatClient(server.socket_url, session) as client:
        for case, fields in tried:
            command = case[0].split(" ")[0]
            if command == "typing":
                await client.command("open", room=fields["room"])
            reply = await client.command(command, **fields)
            found[case] = OK if reply["ok"] else reply["error"]["code"]
    return found


async def test_the_server_carries_out_and_refuses_what_the_table_says(installation: Installation) -> None:
    rows = {row.label: row for row in documented()}
    tried = cases()
    wanted = json.dumps([case[1:] for case in tried])
    made = json.loads(installation.python(CREATE.format(wanted=wanted)).splitlines()[-1])
    server = await asyncio.to_thread(installation.start_server)
    by_place: dict[str, list[tuple[Case, dict[str, Any]]]] = {place: [] for place in PLACES}
    for case, target in zip(tried, made["targets"], strict=True):
        by_place[case[1]].append((case, FIELDS[case[0]](Target(*target))))
    answers = await asyncio.gather(*(outcomes(server, made["sessions"][place], of) for place, of in by_place.items()))
    actual = {case: code for answer in answers for case, code in answer.items()}
    assert actual == {case: rows[case[0]].expected(*case[1:]) for case in tried}

"""The OpenAPI document, against the code and against the page about the API."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client

from api import asyncapi
from api.asgi import ENDPOINTS
from api.openapi import document
from api.statuses import STATUS_OF
from chat.handlers import HANDLERS
from chat.models import User
from chat.protocol.commands import COMMANDS
from chat.protocol.events import EVENTS
from chat.protocol.scopes import SCOPE_OF
from tests.api.test_resources import RESOURCES
from tests.harness.services import BASE_DIR

pytestmark = pytest.mark.once

DOC = (BASE_DIR / "docs" / "api.md").read_text()


def test_it_describes_every_path_and_no_other() -> None:
    served = {f"/api/v1{path}" for path in RESOURCES} | {path for path in ENDPOINTS if path.endswith("/commands")}
    assert set(document()["paths"]) == served


def test_it_describes_every_command_that_needs_no_connection() -> None:
    schemas = document()["components"]["schemas"]
    described = {schema["properties"]["type"]["const"] for name, schema in schemas.items() if name.endswith("Command")}
    assert described == set(HANDLERS)


def references(part: Any) -> Iterator[str]:
    """The addresses of all `$ref` in a part of a document."""
    if isinstance(part, dict):
        if "$ref" in part:
            yield part["$ref"]
        for value in part.values():
            yield from references(value)
    elif isinstance(part, list):
        for value in part:
            yield from references(value)


@pytest.mark.parametrize("described", [document(), asyncapi.document()], ids=["openapi", "asyncapi"])
def test_every_reference_in_a_document_leads_somewhere(described: dict[str, Any]) -> None:
    found = set(references(described))
    assert found
    for reference in found:
        part = described
        for name in reference.removeprefix("#/").split("/"):
            part = part[name]
        assert part


def test_the_document_of_the_socket_has_every_command_and_event() -> None:
    messages = asyncapi.document()["components"]["messages"]
    assert set(messages) == {f"command_{name}" for name in COMMANDS} | {f"event_{name}" for name in EVENTS}
    for name, model in (*COMMANDS.items(), *EVENTS.items()):
        kind = "command" if name in COMMANDS and model is COMMANDS[name] else "event"
        payload = messages[f"{kind}_{name}"]["payload"]
        assert name == "reply" or set(payload["properties"]) == set(model.model_fields)


def rows(heading: str) -> list[list[str]]:
    """The cells of the table under a heading of docs/api.md."""
    section = DOC.partition(f"## {heading}\n")[2].partition("\n## ")[0]
    lines = [line for line in section.splitlines() if line.startswith("| ")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[1:]]


def test_the_document_of_the_socket_says_how_a_client_authenticates_and_what_its_token_must_allow() -> None:
    found = asyncapi.document()
    assert set(found["components"]["securitySchemes"]) == {"token", "session"}
    scopes = {name: found["components"]["messages"][f"command_{name}"]["x-scope"] for name in COMMANDS}
    assert scopes == SCOPE_OF


def test_the_page_lists_the_resources() -> None:
    assert {re.sub(r"`GET (.*)`", r"\1", row[0]) for row in rows("Resources")} == set(RESOURCES)


def test_the_page_says_which_scope_each_command_needs() -> None:
    for column, names in ((1, HANDLERS.keys()), (2, COMMANDS.keys() - HANDLERS.keys() - {"presence"})):
        found = {name: row[0].strip("`") for row in rows("Scopes") for name in re.findall(r"`(\w+)`", row[column])}
        assert found == {name: SCOPE_OF[name].value for name in names}


def test_the_page_says_which_status_each_error_has() -> None:
    listed = {code: int(row[0]) for row in rows("Errors") for code in re.findall(r"`(\w+)`", row[1])}
    assert listed == STATUS_OF


@pytest.mark.django_db
def test_the_page_on_the_site_lists_all_of_it(mina: User) -> None:
    client = Client()
    client.force_login(mina)
    page = client.get("/api/")
    assert page.status_code == 200
    shown = page.content.decode()
    for path in document()["paths"]:
        assert path in shown
    for name in HANDLERS:
        assert f"<code>{name}</code>" in shown
    assert client.get("/api/v1/openapi.json").json() == json.loads(json.dumps(document()))
    assert client.get("/api/v1/asyncapi.json").json() == asyncapi.document()

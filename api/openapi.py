"""The OpenAPI document: the resources as django-ninja describes them, and the commands."""

import json
from functools import cache
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from api.commands import COMMANDS_AT_ONCE, KEY_CHARS, KEYED, NDJSON
from api.requests import JSON
from api.resources import api
from api.statuses import STATUS_OF
from chat.handlers import HANDLERS
from chat.protocol.commands import COMMANDS
from chat.protocol.scopes import SCOPE_OF

PROBLEM = {"$ref": "#/components/schemas/Problem"}
REPLY = {
    "type": "object",
    "required": ["type", "ref", "ok"],
    "properties": {
        "type": {"const": "reply"},
        "ref": {"type": ["integer", "string", "null"]},
        "ok": {"type": "boolean"},
        "error": {"$ref": "#/components/schemas/Error"},
    },
}


@cache
def document() -> dict[str, Any]:
    """The whole document."""
    found: dict[str, Any] = dict(api.get_openapi_schema(path_prefix="/api/v1/"))
    schemas = found["components"]["schemas"]
    for name in sorted(HANDLERS):
        schemas.update(_command_schemas(name))
    schemas["Reply"] = REPLY
    for schema in schemas.values():
        schema.pop("additionalProperties", None)  # a later version may have more, which clients ignore
    found["paths"]["/api/v1/commands"] = {"post": _commands_operation()}
    return found


def _command_schemas(name: str) -> dict[str, Any]:
    """The schema of one command, and those that it refers to."""
    schema = COMMANDS[name].model_json_schema(ref_template="#/components/schemas/{model}")
    parts = schema.pop("$defs", {})
    keyed = " The header Idempotency-Key can be its key." if name in KEYED else ""
    schema["description"] = f"{schema.get('description', '')}{keyed} Scope: {SCOPE_OF[name].value}.".strip()
    if keyed:
        schema["required"] = [field for field in schema["required"] if field != "key"]
    return {**parts, _schema_name(name): schema}


def _schema_name(command: str) -> str:
    return f"{''.join(word.capitalize() for word in command.split('_'))}Command"


def _commands_operation() -> dict[str, Any]:
    one = {"oneOf": [{"$ref": f"#/components/schemas/{_schema_name(name)}"} for name in sorted(HANDLERS)]}
    reply = {"$ref": "#/components/schemas/Reply"}
    many = {"type": "array", "items": reply}
    refusal = {"description": "Refused", "content": {JSON: {"schema": {"anyOf": [reply, PROBLEM]}}}}
    return {
        "operationId": "commands",
        "summary": f"Run one command, or up to {COMMANDS_AT_ONCE} in order",
        "parameters": [
            {
                "in": "header",
                "name": "Idempotency-Key",
                "schema": {"type": "string", "minLength": 1, "maxLength": KEY_CHARS},
                "required": False,
                "description": "The key of a message: sending it again with the same key stores nothing twice.",
            }
        ],
        "requestBody": {
            "required": True,
            "content": {
                JSON: {
                    "schema": {
                        "anyOf": [one, {"type": "array", "items": one, "minItems": 1, "maxItems": COMMANDS_AT_ONCE}]
                    }
                },
                NDJSON: {"schema": {"type": "string"}},
            },
        },
        "responses": {
            "200": {
                "description": "The reply, or the replies in the same order",
                "content": {JSON: {"schema": {"anyOf": [reply, many]}}, NDJSON: {"schema": {"type": "string"}}},
            },
            **{str(status): refusal for status in sorted(set(STATUS_OF.values()))},
        },
        "security": [{"Token": []}],
    }


@require_safe
def openapi_json(_request: HttpRequest) -> HttpResponse:
    """The document as JSON."""
    return HttpResponse(json.dumps(document(), ensure_ascii=False), content_type=JSON)


@login_required
@require_safe
def reference(request: HttpRequest) -> HttpResponse:
    """A page on which people read the document."""
    operations = [
        {"method": method.upper(), "path": path, **operation}
        for path, methods in document()["paths"].items()
        for method, operation in methods.items()
    ]
    commands = [
        {"name": name, "scope": SCOPE_OF[name].value, "schema": document()["components"]["schemas"][_schema_name(name)]}
        for name in sorted(HANDLERS)
    ]
    return render(request, "api/reference.html", {"operations": operations, "commands": commands})

"""The AsyncAPI 3 document of the WebSocket: its commands and events."""

import json
from functools import cache
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe
from pydantic import BaseModel

from api.openapi import REPLY
from api.requests import JSON
from chat.protocol import PROTOCOL
from chat.protocol.commands import COMMANDS
from chat.protocol.events import EVENTS
from chat.protocol.scopes import SCOPE_OF

REF = "#/components/schemas/{model}"

SECURITY = {
    "token": {
        "type": "http",
        "scheme": "bearer",
        "description": "A personal token or that of a bot, with the scope `read` and that of each command (`x-scope`).",
    },
    "session": {"type": "httpApiKey", "in": "cookie", "name": settings.SESSION_COOKIE_NAME},
}


@cache
def document() -> dict[str, Any]:
    """The whole document. Clients send commands and receive events, so operations are named from the server's side."""
    schemas: dict[str, Any] = {}
    commands = {
        f"command_{name}": {**_message(model, schemas), "x-scope": SCOPE_OF[name].value}
        for name, model in COMMANDS.items()
    }
    events = {f"event_{name}": _message(model, schemas) for name, model in EVENTS.items()}
    events["event_reply"]["payload"] = REPLY
    messages = {**commands, **events}
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Sarangbang",
            "version": PROTOCOL,
            "description": "The socket. docs/protocol.md says what may be relied on.",
        },
        "defaultContentType": JSON,
        "channels": {
            "socket": {
                "address": "/ws/",
                "messages": {name: {"$ref": f"#/components/messages/{name}"} for name in messages},
            }
        },
        "operations": {
            "commands": _operation("receive", commands),
            "events": _operation("send", events),
        },
        "components": {"messages": messages, "schemas": schemas, "securitySchemes": SECURITY},
    }


def _message(model: type[BaseModel], schemas: dict[str, Any]) -> dict[str, Any]:
    """A message whose payload is this model; adds the schemas to which it refers."""
    payload = model.model_json_schema(ref_template=REF)
    for name, schema in payload.pop("$defs", {}).items():
        schema.pop("additionalProperties", None)
        schemas[name] = schema
    payload.pop("additionalProperties", None)
    return {"summary": str(payload.pop("description", "")).partition("\n")[0], "payload": payload}


def _operation(action: str, messages: dict[str, Any]) -> dict[str, Any]:
    return {
        "action": action,
        "channel": {"$ref": "#/channels/socket"},
        "messages": [{"$ref": f"#/channels/socket/messages/{name}"} for name in messages],
        "security": [{"$ref": f"#/components/securitySchemes/{name}"} for name in SECURITY],
    }


@require_safe
def asyncapi_json(_request: HttpRequest) -> HttpResponse:
    """The document as JSON."""
    return HttpResponse(json.dumps(document(), ensure_ascii=False), content_type=JSON)

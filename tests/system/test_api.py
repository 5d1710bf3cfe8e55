"""The API on a real server, with a client that is not ours."""

import asyncio
import json
import shutil
import subprocess

import pytest

from tests.harness.services import Server
from tests.harness.socket_client import new_key
from tests.harness.team import Team

pytestmark = pytest.mark.skipif(shutil.which("curl") is None, reason="there is no curl")

REVOKE = """
from chat.models import Token, User
from chat.services.tokens import revoke_token
revoke_token(User.objects.get(username="mina"), token_id=Token.objects.get(hint="{hint}").pk)
"""


def curl(server: Server, token: str, path: str, *options: str) -> tuple[int, str]:
    """The status and body that curl gets."""
    command = ["curl", "-s", "-w", "\n%{http_code}", "-H", f"Authorization: Bearer {token}", *options]
    shown = subprocess.run([*command, server.url + path], capture_output=True, text=True, check=True).stdout
    body, _newline, status = shown.rpartition("\n")
    return int(status), body


async def test_what_curl_sends_is_delivered_in_order_until_its_token_is_revoked(team: Team, server: Server) -> None:
    token = team.installation.manage("token", "mina", "--scopes", "read,write").strip()
    bodies = [f"line {number}" for number in range(20)]
    lines = "\n".join(
        json.dumps({"type": "send", "room": team.general, "key": new_key(), "body": body}) for body in bodies
    )
    post = ("-H", "Content-Type: application/x-ndjson", "--data-binary", lines)
    async with team.client(server, "joon") as joon:
        await joon.ok("open", room=team.general)
        status, replies = await asyncio.to_thread(curl, server, token, "/api/v1/commands", *post)
        assert status == 200
        stored = [json.loads(reply)["message"] for reply in replies.splitlines()]
        await joon.position(team.general, stored[-1]["position"])
        seen = [message["body"] for _position, message in sorted(joon.messages(team.general).items())]
        assert [body for body in seen if body.startswith("line")] == bodies
    again = await asyncio.to_thread(curl, server, token, "/api/v1/commands", *post)
    assert again == (200, replies)
    await asyncio.to_thread(team.installation.python, REVOKE.format(hint=token[-4:]))
    for path, options in (("/api/v1/me", ()), ("/api/v1/commands", post)):
        status, body = await asyncio.to_thread(curl, server, token, path, *options)
        assert (status, json.loads(body)["error"]["code"]) == (401, "unauthenticated")

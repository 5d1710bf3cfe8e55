"""A WebSocket library that knows nothing of this site, with a token, against a real server."""

import asyncio
import json

import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import connect as connect_sync
from websockets.typing import Subprotocol

from tests.harness.services import Server
from tests.harness.socket_client import PATIENCE_SECONDS, Frame, new_key
from tests.harness.team import Team

CHAT = Subprotocol("chat.v1")
ID = "from chat.models import Token; print(Token.objects.get(hint={hint!r}).pk)"


def bearer(team: Team, username: str, scopes: str) -> dict[str, str]:
    """The header with a new token."""
    token = team.installation.manage("token", username, "--scopes", scopes).strip()
    return {"Authorization": f"Bearer {token}"}


async def frame(socket: ClientConnection, type_: str, **fields: object) -> Frame:
    """The next frame of a type with these fields; those before it are dropped."""
    while True:
        found: Frame = json.loads(await asyncio.wait_for(socket.recv(), PATIENCE_SECONDS))
        if found["type"] == type_ and all(found.get(name) == value for name, value in fields.items()):
            return found


async def test_it_talks_until_its_token_is_revoked(team: Team, server: Server) -> None:
    headers = await asyncio.to_thread(bearer, team, "mina", "read,write")
    async with (
        connect(server.socket_url, additional_headers=headers, subprotocols=[CHAT]) as mina,
        team.client(server, "joon") as joon,
    ):
        assert mina.subprotocol == CHAT
        assert (await frame(mina, "hello"))["user"]["id"] == team.users["mina"]
        await mina.send(json.dumps({"type": "open", "ref": 1, "room": team.general}))
        assert (await frame(mina, "reply", ref=1))["ok"]
        await mina.send(json.dumps({"type": "send", "ref": 2, "room": team.general, "key": new_key(), "body": "Hi"}))
        said = (await frame(mina, "reply", ref=2))["message"]
        await joon.ok("open", room=team.general)
        answer = await joon.ok("send", room=team.general, key=new_key(), body="Hello, script")
        while answer["message"]["id"] not in [one["id"] for one in (await frame(mina, "changes"))["messages"]]:
            pass
        assert said["author"] == team.users["mina"]
        await mina.send(json.dumps({"type": "leave", "ref": 3, "room": team.general}))
        assert (await frame(mina, "reply", ref=3))["error"]["code"] == "forbidden"
        token = await asyncio.to_thread(team.installation.python, ID.format(hint=headers["Authorization"][-4:]))
        await asyncio.to_thread(team.post, server, "mina", f"/profile/tokens/{token.strip()}/revoke/")
        with pytest.raises(ConnectionClosed) as closed:
            await frame(mina, "nothing")
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == 4401


def test_it_is_told_why_it_may_not_connect(team: Team, server: Server) -> None:
    writing = bearer(team, "mina", "write")
    for headers in ({"Authorization": "Bearer srbp_nonsense"}, writing, {}):
        with connect_sync(server.socket_url, additional_headers=headers) as socket:
            with pytest.raises(ConnectionClosed) as closed:
                socket.recv(PATIENCE_SECONDS)
            assert closed.value.rcvd is not None
            assert closed.value.rcvd.code == 4401


def test_a_token_in_the_address_is_refused_at_the_handshake(team: Team, server: Server) -> None:
    token = bearer(team, "mina", "read")["Authorization"].removeprefix("Bearer ")
    with pytest.raises(InvalidStatus) as refused, connect_sync(f"{server.socket_url}?access_token={token}"):
        pass
    assert refused.value.response.status_code == 403

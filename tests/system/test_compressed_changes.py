"""Which frames of the chat are compressed."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from tests.harness.raw_client import OFFER, RawClient, Recorder
from tests.harness.services import Server
from tests.harness.socket_client import new_key
from tests.harness.team import Team

BODY = "What may be compressed is what everybody in the room may read. " * 5


@contextmanager
def recorded(team: Team, server: Server, who: str) -> Iterator[tuple[RawClient, Recorder]]:
    with RawClient(server.socket_url, session=team.sessions[who], extensions=[OFFER]) as client:
        yield client, Recorder.of(client)


def read_up_to(client: RawClient, is_last: Callable[[dict[str, Any]], bool]) -> list[dict[str, Any]]:
    """All frames that a client got, up to this one."""
    while True:
        frames = [json.loads(bytes(frame.data)) for frame in client.received]
        if any(is_last(frame) for frame in frames):
            return frames
        assert client.read(1)


def bodies(frame: dict[str, Any]) -> list[str]:
    return [message["body"] for message in frame["messages"]] if frame["type"] == "changes" else []


async def test_changes_are_compressed_and_nothing_else_is(team: Team, server: Server) -> None:
    body = f"{BODY} {new_key()}"
    with recorded(team, server, "joon") as (joon, recorder):
        joon.send(json.dumps({"type": "open", "ref": 1, "room": team.general}))
        joon.send(json.dumps({"type": "send", "ref": 2, "room": team.general, "key": new_key(), "body": body}))
        kinds = [frame["type"] for frame in read_up_to(joon, lambda frame: body in bodies(frame))]
        assert {"hello", "rooms", "reply", "changes"} <= set(kinds)
        assert [is_compressed for _, is_compressed in recorder.were_compressed] == [kind == "changes" for kind in kinds]


async def test_everybody_gets_the_same_changes_compressed_or_not(team: Team, server: Server) -> None:
    with recorded(team, server, "joon") as (joon, _):
        async with team.client(server, "mina") as mina:
            await mina.ok("open", room=team.general)
            joon.send(json.dumps({"type": "open", "ref": 1, "room": team.general}))
            read_up_to(joon, lambda frame: frame["type"] == "reply")
            message = await mina.say(team.general, f"{BODY} {new_key()}")
            await mina.position(team.general, message["position"])
            (expected,) = (frame for frame in mina.frames if message["body"] in bodies(frame))
            assert read_up_to(joon, lambda frame: message["body"] in bodies(frame))[-1] == expected

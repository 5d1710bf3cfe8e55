"""Whatever is sent: chat.protocol.commands by itself, and a live port."""

import contextlib
import errno
import http.client
import json
import random
import socket

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from websockets.asyncio.client import connect

from chat.protocol.commands import COMMANDS, BadFrameError, Command, RefusedCommandError, parse
from chat.protocol.errors import ChatError
from chat.protocol.limits import FRAME_BYTES, REF_CHARS
from chat.protocol.shapes import Error
from faults import fuzz_inputs
from tests.system.conftest import StartTeam

EXAMPLES = 150
NONSENSE = 60

values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.integers(2**53 - 2, 2**53 + 2)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text()
    | st.uuids().map(str)
    | st.sampled_from(fuzz_inputs.NASTY_VALUES),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner, max_size=4),
    max_leaves=8,
)
fields = sorted({name for model in COMMANDS.values() for name in model.model_fields} - {"type"})
frames = st.builds(
    lambda kind, given: {**given, "type": kind},
    st.sampled_from([*COMMANDS, *fuzz_inputs.TYPES]) | values,
    st.dictionaries(st.sampled_from(fields) | st.text(max_size=8), values, max_size=6),
)


def understood(text: str) -> Command | RefusedCommandError | BadFrameError:
    """What `parse` makes of a text; anything but these three is a fault."""
    try:
        return parse(text)
    except (RefusedCommandError, BadFrameError) as error:
        return error


@settings(max_examples=EXAMPLES, deadline=None)
@given(st.text())
@example("[" * 100_000)
@example('{"type":"ping","ref":' + "9" * 5000 + "}")
@example('{"type":"ping","ref":1e400}')
@example('{"type":"send","room":1,"key":"00000000-0000-4000-8000-000000000000","body":"\\ud800"}')
def test_any_text_is_a_command_or_refused_or_no_command(text: str) -> None:
    understood(text)


@settings(max_examples=EXAMPLES, deadline=None)
@given(frames)
def test_any_object_is_understood_or_refused_with_an_error_that_can_be_sent(frame: dict[str, object]) -> None:
    result = understood(json.dumps(frame))
    if isinstance(result, RefusedCommandError):
        assert isinstance(result.error, ChatError)
        assert json.loads(Error.of(result.error).encode())["code"] in ("invalid", "unknown_command")
    elif isinstance(result, Command):
        assert result.type == frame["type"]
        json.dumps(result.ref).encode()
        assert not isinstance(result.ref, str) or len(result.ref) <= REF_CHARS


@settings(max_examples=EXAMPLES, deadline=None)
@given(st.sampled_from(sorted(COMMANDS)), st.dictionaries(st.sampled_from(fields), values), st.integers(1, 2**53 - 1))
def test_whatever_the_other_fields_are_the_answer_goes_to_the_ref(
    kind: str, given: dict[str, object], ref: int
) -> None:
    result = understood(json.dumps({**given, "type": kind, "ref": ref}))
    assert isinstance(result, RefusedCommandError | Command)
    assert result.ref == ref


# --- a live port -----------------------------------------------------------------------------------------------------


def ask(port: int, data: bytes, then: bytes = b"") -> bytes:
    """Send bytes, wait for an answer if there is more to send `then`, and end; the answer up to its end, or nothing
    where the server cut us off."""
    answer = b""
    with socket.create_connection(("127.0.0.1", port), timeout=20) as connection, contextlib.suppress(ConnectionError):
        connection.sendall(data)
        if then:
            answer = connection.recv(65536)
            connection.sendall(then)
        try:
            connection.shutdown(socket.SHUT_WR)
        except OSError as error:
            if error.errno != errno.ENOTCONN:  # it has cut us off already, and what it said can still be read
                raise
        while more := connection.recv(65536):
            answer += more
    return answer


def status(answer: bytes) -> int:
    """Of an HTTP answer; 0 where it is none."""
    words = answer.split(b" ", 2)
    return int(words[1]) if words[0].startswith(b"HTTP/") and words[1].isdigit() else 0


@pytest.mark.postgresql
async def test_nonsense_on_a_live_port_gives_no_5xx_no_traceback_and_disturbs_nobody(start_team: StartTeam) -> None:
    team = start_team()
    server = team.installation.start_server()
    rng = random.Random("nonsense")
    cookie = f"sessionid={team.sessions['stranger']}"
    async with team.client(server, "mina") as mina, team.client(server, "joon") as joon:
        await joon.ok("open", room=team.general)
        for number in range(NONSENSE):
            for data in (rng.randbytes(200), fuzz_inputs.request(rng), fuzz_inputs.broken_handshake(rng, cookie)):
                assert status(ask(server.port, data)) in {0, *range(100, 500), 501}, data
            if number % 30 == 0:
                said = await mina.say(team.general, f"still here {number}")
                await joon.position(team.general, said["position"])
    assert "Traceback" not in server.output()


@pytest.mark.postgresql
async def test_broken_frames_end_a_socket_and_no_other(start_team: StartTeam) -> None:
    team = start_team()
    server = team.installation.start_server()
    rng = random.Random("frames")
    cookie = f"sessionid={team.sessions['stranger']}"
    async with team.client(server, "mina") as mina:
        for _ in range(NONSENSE):
            handshake = fuzz_inputs.handshake(fuzz_inputs.handshake_headers(rng, cookie))
            broken = b"".join(fuzz_inputs.broken_frame(rng) for _ in range(3))
            assert status(ask(server.port, handshake, then=broken)) == 101
        assert (await mina.say(team.general, "still here"))["body"] == "still here"
    assert "Traceback" not in server.output()


@pytest.mark.postgresql
async def test_every_nonsensical_command_gets_exactly_one_reply(start_team: StartTeam) -> None:
    team = start_team()
    server = team.installation.start_server()
    rng = random.Random("commands")
    headers = {"Cookie": f"sessionid={team.sessions['joon']}"}
    asked: list[int] = []
    answered: list[int] = []
    async with connect(server.socket_url, additional_headers=headers, max_size=None) as joon:
        for ref in range(10_000, 10_000 + NONSENSE):
            made = fuzz_inputs.command(rng, ref=ref, rooms=[team.general, team.founders, 999])
            text = fuzz_inputs.encoded(rng, {**made, "ref": ref})
            if len(text) <= FRAME_BYTES:
                await joon.send(text, text=True)
                asked.append(ref)
        await joon.send(json.dumps({"type": "ping", "ref": 1}))
        while len(answered) < len(asked):
            frame = json.loads(await joon.recv())
            if frame["type"] == "reply" and frame["ref"] != 1:
                answered.append(frame["ref"])
    assert sorted(answered) == asked
    assert "Traceback" not in server.output()


@pytest.mark.postgresql
def test_many_frames_sent_together_with_a_handshake_do_not_hang(start_team: StartTeam) -> None:
    team = start_team()
    server = team.installation.start_server()
    handshake = fuzz_inputs.handshake(
        fuzz_inputs.handshake_headers(random.Random(1), f"sessionid={team.sessions['mina']}")
    )
    assert status(ask(server.port, handshake + fuzz_inputs.frame(fuzz_inputs.TEXT, b"x" * 70_000))) in (0, 101)
    assert server.output() == ""


@pytest.mark.postgresql
def test_a_handshake_that_is_not_ascii_is_refused_and_not_a_fault(start_team: StartTeam) -> None:
    team = start_team()
    server = team.installation.start_server()
    headers = fuzz_inputs.handshake_headers(random.Random(1), f"sessionid={team.sessions['mina']}")
    headers["Sec-WebSocket-Protocol"] = "방"
    assert status(ask(server.port, fuzz_inputs.handshake(headers))) == 400
    assert server.output() == ""


@pytest.mark.postgresql
def test_a_host_that_is_not_allowed_is_one_line_in_the_log(start_team: StartTeam) -> None:
    server = start_team().installation.start_server()
    client = http.client.HTTPConnection("127.0.0.1", server.port, timeout=20)
    client.request("GET", "/accounts/login/", headers={"Host": "elsewhere.example"})
    assert client.getresponse().status == 400
    client.close()
    assert "Invalid HTTP_HOST header" in server.output()
    assert "Traceback" not in server.output()

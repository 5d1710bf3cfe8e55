"""Invalid input of all kinds on live ports."""

import asyncio
import json
import random
import struct
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

from faults import fuzz_inputs
from faults.raw import Reader, Writer, connection, read_frame
from faults.run import Run, Scenario
from faults.stats import percentile

FUZZ_SECONDS = 40.0
ATTACKERS = 12
ANSWER_SECONDS = 60.0
COMMANDS = 40
NO_COMMAND_SHARE = 0.02
FIRST_REF = 10_000
LAST_REF = 1_000_000
"""Larger than all integers among the hostile values."""

SENSIBLE_SECONDS = 15.0
SLOWER = 2.0
SLACK_SECONDS = 0.1

NOT_IMPLEMENTED = b"501"
FAIR_CODES = {1000, 1002, 1003, 1005, 1007, 1009, 4400, 4401, 4408, 4413, 4429}


async def fuzz(run: Run) -> None:
    """Random bytes, broken HTTP, broken frames and nonsensical commands on live ports, beside ordinary clients.

    Valid requests, connections and commands in the same mixture slow the others, too: nonsense must not slow them more.
    """
    stage = await run.site.do("stage", people=ATTACKERS, rooms=[{"kind": "public", "members": list(range(ATTACKERS))}])
    attackers = [Attacker(run, number, stage) for number in range(ATTACKERS)]
    async with run.during(f"{ATTACKERS} who ask sensible things as fast as they can"):
        sensible = await _p99(run, *(attacker.ask_until(run.now + SENSIBLE_SECONDS) for attacker in attackers))
    connected = sum(attacker.connections for attacker in attackers)
    asked = sum(attacker.commands for attacker in attackers)
    async with run.during(f"{ATTACKERS} attackers"):
        attacked = await _p99(run, *(attacker.attack_until(run.now + FUZZ_SECONDS) for attacker in attackers))
    attacks = sum(attacker.connections for attacker in attackers) - connected
    commands = sum(attacker.commands for attacker in attackers) - asked
    run.note(
        f"{attacks} attacks with {commands} commands, p99 of the others "
        f"{attacked * 1000:.0f} ms; beside {connected / SENSIBLE_SECONDS:.0f} sensible connections with "
        f"{asked / SENSIBLE_SECONDS:.0f} commands a second {sensible * 1000:.0f} ms; "
        f"connections ended without a close frame: {sum(a.cut_off for a in attackers)}"
    )
    run.expect(attacked < sensible * SLOWER + SLACK_SECONDS, "attackers slowed the others down")
    for node in run.site.nodes:
        run.expect(node.server.is_running(), f"server {node.number} is gone")


async def _p99(run: Run, *deeds: Coroutine[Any, Any, None]) -> float:
    """The p99 of the delay of messages seen by others while this was done, in seconds."""
    began = run.now
    await asyncio.gather(*deeds)
    await run.wait(2)  # the last commands may still be running
    return percentile(run.lags(since=began), 0.99)


class Attacker:
    """Sends invalid input, and checks the answers."""

    def __init__(self, run: Run, number: int, stage: dict[str, Any]) -> None:
        self.run = run
        self.rng = random.Random(f"{run.options.seed}/attacker {number}")
        self.cookie = f"{stage['cookie']}={stage['people'][number]['session']}"
        self.rooms = [room["id"] for room in [*stage["rooms"], *run.crowd.stage.rooms]]
        self.connections = self.commands = self.cut_off = 0

    def _port(self) -> int:
        return self.rng.choice(self.run.site.nodes).server.port

    async def ask_until(self, end: float) -> None:
        """Ask sensible things as fast as they are answered: as often as `attack_until` tries the same without sense."""
        kinds = [self.visit, self.connect, self.connect, self.sensible_commands, self.sensible_commands]
        while self.run.now < end:
            ask = self.rng.choice(kinds)
            self.connections += 1
            async with (
                asyncio.timeout(ANSWER_SECONDS),
                connection(self._port()) as streams,
            ):
                await ask(*streams)

    async def visit(self, reader: Reader, writer: Writer) -> None:
        """Read a page without a session."""
        path = self.rng.choice(["/", "/ws/", "/rooms/", "/accounts/login/", "/admin/", "/static/x", "/healthz"])
        asked = f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n".encode()
        await self._ask_once(reader, writer, asked)

    async def connect(self, reader: Reader, writer: Writer) -> None:
        """Connect, and close the socket."""
        await self._shake_hands(reader, writer)
        writer.write(fuzz_inputs.frame(fuzz_inputs.CLOSE, struct.pack("!H", 1000)))
        await reader.read()

    async def sensible_commands(self, reader: Reader, writer: Writer) -> None:
        """Send valid commands, as many as `commands_without_sense`."""
        await self._shake_hands(reader, writer)
        asked = set(range(FIRST_REF, FIRST_REF + self.rng.randint(1, COMMANDS)))
        for ref in asked:
            kinds: list[dict[str, Any]] = [{"type": "open"}, {"type": "history", "before": 9}, {"type": "ping"}]
            command = {**self.rng.choice(kinds), "room": self.rooms[0], "ref": ref}
            writer.write(fuzz_inputs.frame(fuzz_inputs.TEXT, json.dumps(command).encode()))
            self.commands += 1
        await self._answers(reader, asked)

    async def attack_until(self, end: float) -> None:
        """Attack repeatedly. Closing the connection is a valid answer to any attack."""
        commands = self.commands_without_sense
        kinds: list[Callable[[Reader, Writer], Awaitable[None]]] = [
            *(self.noise, self.request, self.handshake, self.frames, commands, commands)
        ]
        while self.run.now < end:
            attack = self.rng.choice(kinds)
            self.connections += 1
            try:
                async with (
                    asyncio.timeout(ANSWER_SECONDS),
                    connection(self._port()) as streams,
                ):
                    await attack(*streams)
            except TimeoutError:  # TimeoutError is an OSError as well
                self.run.expect(False, f"{attack.__name__}: no answer, and no end")
            except (OSError, asyncio.IncompleteReadError):
                continue

    async def noise(self, reader: Reader, writer: Writer) -> None:
        """Send random bytes."""
        await self._ask_once(reader, writer, self.rng.randbytes(self.rng.choice([1, 10, 1000, 20_000])))

    async def request(self, reader: Reader, writer: Writer) -> None:
        """Send an almost valid HTTP request."""
        await self._ask_once(reader, writer, fuzz_inputs.request(self.rng))

    async def handshake(self, reader: Reader, writer: Writer) -> None:
        """Send an almost valid WebSocket handshake."""
        await self._ask_once(reader, writer, fuzz_inputs.broken_handshake(self.rng, self.cookie))

    async def frames(self, reader: Reader, writer: Writer) -> None:
        """Send frames that the RFC forbids."""
        await self._shake_hands(reader, writer)
        for _ in range(self.rng.randint(1, 5)):
            writer.write(fuzz_inputs.broken_frame(self.rng))
        writer.write_eof()
        await reader.read()

    async def commands_without_sense(self, reader: Reader, writer: Writer) -> None:
        """Send nonsensical commands. Every `ref` must get exactly one reply, or the socket is closed with a suitable
        code."""
        await self._shake_hands(reader, writer)
        asked = {LAST_REF}
        for ref in range(FIRST_REF, FIRST_REF + self.rng.randint(1, COMMANDS)):
            writer.write(fuzz_inputs.frame(fuzz_inputs.TEXT, self._command(ref, asked)))
            self.commands += 1
        writer.write(fuzz_inputs.frame(fuzz_inputs.TEXT, json.dumps({"type": "ping", "ref": LAST_REF}).encode()))
        await self._answers(reader, asked)

    def _command(self, ref: int, asked: set[int]) -> bytes:
        """The text of a command. Its ref is added to `asked` if it must be answered."""
        if self.rng.random() < NO_COMMAND_SHARE:
            return self.rng.choice(fuzz_inputs.NO_COMMANDS).encode()
        made = fuzz_inputs.command(self.rng, ref=ref, rooms=self.rooms)
        if type(made["ref"]) is int and made["ref"] == ref:
            asked.add(ref)
        return fuzz_inputs.encoded(self.rng, made)

    async def _answers(self, reader: Reader, asked: set[int]) -> None:
        answered: set[int] = set()
        while asked - answered:
            try:
                opcode, payload = await read_frame(reader)
            except (OSError, asyncio.IncompleteReadError):
                self.cut_off += 1
                raise
            if opcode == fuzz_inputs.CLOSE:
                code = struct.unpack("!H", payload[:2])[0] if payload else 1005
                self.run.expect(code in FAIR_CODES, f"nonsense was answered with close code {code}")
                return
            frame = json.loads(payload) if opcode == fuzz_inputs.TEXT else {}
            ref = frame.get("ref") if frame.get("type") == "reply" else None
            if isinstance(ref, int) and ref in asked:
                self.run.expect(ref not in answered, f"two replies to ref {ref}: {payload[:200]!r}")
                answered.add(ref)

    async def _shake_hands(self, reader: Reader, writer: Writer) -> None:
        writer.write(fuzz_inputs.handshake(fuzz_inputs.handshake_headers(self.rng, self.cookie)))
        head = await reader.readuntil(b"\r\n\r\n")
        self._judge(head, b"a proper handshake")
        if b" 101 " not in head.splitlines()[0]:
            raise ConnectionError(head)

    async def _ask_once(self, reader: Reader, writer: Writer, asked: bytes) -> None:
        """Send data followed by the end of the stream. An answer, if there is one, must not be a server error."""
        writer.write(asked)
        writer.write_eof()
        self._judge(await reader.read(65536), asked)

    def _judge(self, answer: bytes, asked: bytes) -> None:
        status = answer.split(b" ", 2)[1:2] if answer.startswith(b"HTTP/") else []
        is_fault = bool(status) and status[0].startswith(b"5") and status[0] != NOT_IMPLEMENTED
        self.run.expect(not is_fault, f"{asked[:300]!r} was answered with {answer[:60]!r}")


SCENARIOS: list[Scenario] = [fuzz]

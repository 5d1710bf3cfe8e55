"""Attacks on a site, each as intensive as one machine can make it. An attack runs until a given time.

`python -m faults.attacks` runs one of them in a separate process, so that the crowd, whose acks are timed, never waits
for the attackers. It reads an `Order` and writes a `Result`, as JSON.
"""

import asyncio
import contextlib
import json
import random
import sys
import uuid
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from typing import Any, TypedDict

from faults import fuzz_inputs
from faults.raw import ANSWER_SECONDS, Reader, Visitor, Writer, command, connection, read_frame, shake_hands, status_of

MEBIBYTE = 1024 * 1024
HUGE_BODY_BYTES = 100 * MEBIBYTE
UPLOADS_AT_ONCE = 8
HALF_REQUESTS = 200
SOCKETS_OF_ONE_PERSON = 300
SOCKETS_PER_PERSON = 50
"""The value of the setting with this name."""
FLOODING_SOCKETS = 20
COMMANDS_AT_ONCE = 100
ROOMS_AT_ONCE = 20
DRIP_SECONDS = 1.0
HEAD_SECONDS = 13.0
"""`REQUEST_HEADER_SECONDS`, plus what a busy machine adds."""
FRAGMENTS = 64
READ_BYTES = 1 << 16
HELD_SECONDS = 0.2

SLOW_BODIES = [
    "http://" + "xn--a." * 1_600 + "x-",
    "a.b|" * 2_500,
    "a.com/" + "(" * 9_990,
    "http://a." * 1_100,
    "@" * 10_000,
    "a@" * 5_000,
    "<" * 10_000,
    "한." * 5_000,
]
"""Texts of up to 10,000 characters that are expensive to find links in."""

FOREIGN_ORIGINS = ["http://127.0.0.1:1", "https://127.0.0.1:{port}", "http://evil.127.0.0.1:{port}", "null", "http://["]
"""Origins with another port, another scheme, another subdomain, and none."""

WRONG_PASSWORD = "not the password"
LOST = (OSError, asyncio.IncompleteReadError, TimeoutError)


class Order(TypedDict):
    """What to attack, how, and for how long. `stage` is what `faults.admin` returned for `stage`."""

    attack: str
    seed: str
    seconds: float
    ports: list[int]
    stage: dict[str, Any]


class Result(TypedDict):
    """Outcomes of requests by name, and sentences about promises that were broken."""

    counts: dict[str, float]
    violations: list[str]


class Attackers:
    """Hostile members of the site, one session each, and counts of the outcomes of their requests."""

    def __init__(self, order: Order) -> None:
        stage = order["stage"]
        self.rng = random.Random(f"{order['seed']}/{order['attack']}")
        self.ports = order["ports"]
        self.cookie = stage["cookie"]
        self.people = stage["people"]
        self.rooms = [room["id"] for room in stage["rooms"]]
        self.owner = stage["owner"]
        self.counts: Counter[str] = Counter()
        self.violations: list[str] = []

    @property
    def now(self) -> float:
        """Seconds of the event loop's clock."""
        return asyncio.get_running_loop().time()

    def expect(self, is_so: bool, sentence: str) -> None:
        """Note a broken promise, once, unless `is_so`."""
        if not is_so and sentence not in self.violations:
            self.violations.append(sentence)

    def port(self) -> int:
        """The port of one of the server processes."""
        return self.rng.choice(self.ports)

    def address(self) -> str:
        """One of sixty addresses for strangers. Connections from 127.0.0.1 are not limited: it may be a proxy."""
        return f"127.0.{self.rng.randint(1, 3)}.{self.rng.randint(1, 20)}"

    def cookie_of(self, number: int) -> str:
        """The session of one attacker, as a Cookie header."""
        return f"{self.cookie}={self.people[number]['session']}"

    def visitor(self, number: int) -> Visitor:
        """An HTTP client with the session of one attacker."""
        return Visitor(self.port(), {self.cookie: self.people[number]["session"]})

    @contextlib.asynccontextmanager
    async def socket(self, number: int) -> AsyncIterator[tuple[Reader, Writer]]:
        """A WebSocket of one attacker. Raises ConnectionError if it is refused."""
        async with connection(self.port()) as (reader, writer):
            status = await shake_hands(reader, writer, self.rng, self.cookie_of(number))
            self.counts[f"handshake {status}"] += 1
            if status != 101:
                raise ConnectionError(status)
            yield reader, writer

    async def repeat(self, until: float, act: Callable[[], Awaitable[None]]) -> None:
        """Do something repeatedly; a connection that the server closes is an expected outcome."""
        while self.now < until:
            try:
                async with asyncio.timeout(ANSWER_SECONDS):
                    await act()
            except LOST as error:
                self.counts[f"cut off ({type(error).__name__})"] += 1
                await asyncio.sleep(0)


Attack = Callable[[Attackers, float], Coroutine[Any, Any, None]]


async def slow_bodies(attackers: Attackers, until: float) -> None:
    """Members send and edit texts that are expensive to find links in."""

    async def of(number: int) -> None:
        async with attackers.socket(number) as (reader, writer):
            while attackers.now < until:
                body = attackers.rng.choice(SLOW_BODIES)
                writer.write(command(type="send", ref=1, room=attackers.rooms[0], key=str(uuid.uuid4()), body=body))
                attackers.counts["texts"] += 1
                await _reply(reader, 1)

    await asyncio.gather(*(attackers.repeat(until, lambda n=n: of(n)) for n in range(4)))  # type: ignore[misc]


async def huge_bodies(attackers: Attackers, until: float) -> None:
    """Strangers upload 100 MiB to pages, as forms, as files, and in chunks of no announced length."""
    kinds = [b"application/x-www-form-urlencoded", b"multipart/form-data; boundary=x", b"application/json"]

    async def upload() -> None:
        async with connection(attackers.port(), source=attackers.address()) as (reader, writer):
            path = attackers.rng.choice([b"/accounts/login/", b"/healthz", b"/accounts/signup/", b"/nowhere/"])
            chunked = attackers.rng.random() < 0.5
            length = b"Transfer-Encoding: chunked" if chunked else b"Content-Length: %d" % HUGE_BODY_BYTES
            writer.write(
                b"POST %s HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: %s\r\n%s\r\n\r\n"
                % (path, attackers.rng.choice(kinds), length)
            )
            part = b"x" * 65536
            answer = asyncio.ensure_future(reader.readuntil(b"\r\n"))
            for _ in range(HUGE_BODY_BYTES // len(part)):
                if answer.done() or writer.transport.is_closing():
                    break
                writer.write(b"%x\r\n%s\r\n" % (len(part), part) if chunked else part)
                attackers.counts["MiB"] += len(part) / MEBIBYTE  # type: ignore[assignment]
                await writer.drain()
            status = status_of(await answer)
            attackers.counts[f"upload {status}"] += 1
            attackers.expect(status == 413, f"an upload of 100 MiB to {path!r} was answered with {status}")

    await asyncio.gather(*(attackers.repeat(until, upload) for _ in range(UPLOADS_AT_ONCE)))


async def half_requests(attackers: Attackers, until: float) -> None:
    """Strangers send requests and handshakes that never end, one byte a second."""
    beginnings = [
        b"GET / HTTP/1.1\r\nX: ",
        b"POST /accounts/login/ HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 60000\r\n\r\n",
        b"GET /ws/ HTTP/1.1\r\nUpgrade: websocket\r\n",
    ]

    async def drip() -> None:
        async with connection(attackers.port(), source=attackers.address()) as (reader, writer):
            beginning, began = attackers.rng.choice(beginnings), attackers.now
            writer.write(beginning)
            ended = asyncio.ensure_future(reader.read())
            while attackers.now < until and not ended.done():
                writer.write(b"x")
                await asyncio.wait([ended], timeout=DRIP_SECONDS)
            attackers.counts["cut off by the server" if ended.done() else "left open"] += 1
            ended.cancel()
            is_late = attackers.now - began > HEAD_SECONDS and not beginning.startswith(b"POST")
            attackers.expect(not is_late, f"{beginning!r} was left open for {attackers.now - began:.0f} s")

    await asyncio.gather(*(attackers.repeat(until, drip) for _ in range(HALF_REQUESTS)))


async def many_sockets(attackers: Attackers, until: float) -> None:
    """One member opens as many sockets as possible, and keeps them open."""
    greeted: set[int] = set()

    async def hold(number: int) -> None:
        try:
            async with attackers.socket(0) as (reader, _writer), asyncio.timeout_at(until):
                opcode, payload = await read_frame(reader)
                if payload.startswith(b'{"type":"hello"'):
                    greeted.add(number)
                    attackers.counts["most at once"] = max(attackers.counts["most at once"], len(greeted))
                while opcode != fuzz_inputs.CLOSE:
                    opcode, payload = await read_frame(reader)
                await asyncio.sleep(HELD_SECONDS)
        finally:
            greeted.discard(number)

    await asyncio.gather(
        *(attackers.repeat(until, lambda n=n: hold(n)) for n in range(SOCKETS_OF_ONE_PERSON))  # type: ignore[misc]
    )
    most = SOCKETS_PER_PERSON * len(attackers.ports)
    attackers.expect(0 < attackers.counts["most at once"] <= most, f"one person had more than {most} sockets")


async def command_floods(attackers: Attackers, until: float) -> None:
    """One member sends commands on twenty sockets, without waiting for answers or obeying refusals."""
    kinds: list[dict[str, Any]] = [
        *({"type": "open"}, {"type": "history", "before": 1_000, "limit": 100}, {"type": "read", "position": 1}),
        *({"type": "join"}, {"type": "typing", "on": True}, {"type": "ping"}),
    ]
    commands = [command(room=attackers.rooms[0], ref=1, **kind) for kind in kinds]
    flood_of_commands = b"".join(attackers.rng.choices(commands, k=COMMANDS_AT_ONCE))

    async def flood() -> None:
        async with attackers.socket(1) as (reader, writer):
            reading = asyncio.ensure_future(_discard(reader))
            while attackers.now < until and not reading.done():
                writer.write(flood_of_commands)
                attackers.counts["commands"] += COMMANDS_AT_ONCE
                await writer.drain()
                await asyncio.sleep(HELD_SECONDS)
            reading.cancel()

    await asyncio.gather(*(attackers.repeat(until, flood) for _ in range(FLOODING_SOCKETS)))


async def foreign_pages(attackers: Attackers, until: float) -> None:
    """Pages of other sites open sockets with a member's cookies."""

    async def visit() -> None:
        port = attackers.port()
        origin = attackers.rng.choice(FOREIGN_ORIGINS).format(port=port)
        async with connection(port) as (reader, writer):
            status = await shake_hands(reader, writer, attackers.rng, attackers.cookie_of(2), origin=origin)
        attackers.counts[f"handshake {status}"] += 1
        attackers.expect(status in (400, 403), f"a page of {origin} got {status} for its handshake")

    await asyncio.gather(*(attackers.repeat(until, visit) for _ in range(4)))


async def bloat(attackers: Attackers, until: float) -> None:
    """A member creates rooms, adds a victim to all of them, and repeatedly joins and leaves a public one."""

    async def make_rooms() -> None:
        visitor = attackers.visitor(3)
        await visitor.get("/rooms/new/")
        for number in range(ROOMS_AT_ONCE):
            if attackers.now > until:
                return
            status, _text = await visitor.post("/rooms/new/", name=f"bloat {uuid.uuid4()}", topic="", kind="private")
            attackers.counts[f"room {status}"] += 1
            attackers.expect(status < 500, f"creating room {number} was answered with {status}")

    async def come_and_go() -> None:
        async with attackers.socket(4) as (reader, writer):
            while attackers.now < until:
                for ref, kind in enumerate(("leave", "join")):
                    writer.write(command(type=kind, ref=ref, room=attackers.rooms[0]))
                    attackers.counts[await _reply(reader, ref)] += 1

    await asyncio.gather(
        *(attackers.repeat(until, make_rooms) for _ in range(3)),
        *(attackers.repeat(until, come_and_go) for _ in range(3)),
    )


async def guesses(attackers: Attackers, until: float) -> None:
    """Strangers at many addresses guess the owner's password, while the owner signs in."""

    async def guess() -> None:
        stranger = Visitor(attackers.port(), source=attackers.address())
        await stranger.get("/accounts/login/")
        status, _text = await stranger.post("/accounts/login/", login=attackers.owner["login"], password=WRONG_PASSWORD)
        attackers.counts[f"guess {status}"] += 1

    await asyncio.gather(*(attackers.repeat(until, guess) for _ in range(2)))
    owner = Visitor(attackers.port(), source="127.0.0.9")
    await owner.get("/accounts/login/")
    status, _text = await owner.post("/accounts/login/", **attackers.owner)
    attackers.expect(status == 302, f"the owner could not sign in beside the guesses: {status}")


async def oversized_frames(attackers: Attackers, until: float) -> None:
    """Members send frames over the limit, whole and as endless fragments."""

    async def send() -> None:
        async with attackers.socket(5) as (reader, writer):
            reading = asyncio.ensure_future(_read_all(reader))
            if attackers.rng.random() < 0.5:
                writer.write(fuzz_inputs.frame(fuzz_inputs.TEXT, b"x" * 2 * MEBIBYTE))
            opcode = fuzz_inputs.TEXT
            for _ in range(FRAGMENTS):
                if reading.done():
                    break
                writer.write(fuzz_inputs.frame(opcode, b"x" * 32_768, final=False))
                opcode = fuzz_inputs.CONTINUATION
                await writer.drain()
            attackers.counts["messages"] += 1
            await reading

    await asyncio.gather(*(attackers.repeat(until, send) for _ in range(4)))


async def made_up_sessions(attackers: Attackers, until: float) -> None:
    """Strangers ask for sockets with sessions that do not exist, and at paths without a socket."""

    async def knock() -> None:
        async with connection(attackers.port()) as (reader, writer):
            if attackers.rng.random() < 0.2:
                headers = fuzz_inputs.handshake_headers(attackers.rng, "")
                writer.write(fuzz_inputs.handshake(headers).replace(b"/ws/", b"/ws/x"))
                status = status_of(await reader.readuntil(b"\r\n"))
            else:
                cookie = f"{attackers.cookie}={uuid.uuid4().hex}"
                status = await shake_hands(reader, writer, attackers.rng, cookie)
            attackers.counts[f"handshake {status}"] += 1
            attackers.expect(status < 500, f"a stranger's handshake was answered with {status}")

    await asyncio.gather(*(attackers.repeat(until, knock) for _ in range(8)))


ATTACKS: list[Attack] = [
    *(slow_bodies, huge_bodies, half_requests, many_sockets, command_floods, foreign_pages, bloat, guesses),
    *(oversized_frames, made_up_sessions),
]


async def _reply(reader: Reader, ref: int) -> str:
    """The outcome of the command with this `ref`. Raises ConnectionError if the socket is closed instead."""
    while True:
        opcode, payload = await read_frame(reader)
        if opcode == fuzz_inputs.CLOSE:
            raise ConnectionResetError(payload)
        if payload.startswith(b'{"type":"reply","ref":%d,' % ref):
            return "done" if b'"ok":true' in payload else "refused"


async def _read_all(reader: Reader) -> None:
    with contextlib.suppress(*LOST):
        while (await read_frame(reader))[0] != fuzz_inputs.CLOSE:
            pass


async def _discard(reader: Reader) -> None:
    with contextlib.suppress(*LOST):
        while await reader.read(READ_BYTES):
            pass


async def _attack(order: Order) -> Result:
    attackers = Attackers(order)
    attack = next(attack for attack in ATTACKS if attack.__name__ == order["attack"])
    await attack(attackers, attackers.now + order["seconds"])
    return {"counts": dict(attackers.counts), "violations": attackers.violations}


if __name__ == "__main__":
    print(json.dumps(asyncio.run(_attack(json.load(sys.stdin)))))

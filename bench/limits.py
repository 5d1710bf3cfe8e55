"""Compares the figures of a run with the limits of the machine."""

from bench.results import Results
from bench.scenarios.fanout import SOCKETS
from bench.sections import table
from bench.stats import compact, milliseconds, percent

MERGED = 16
"""Frames of at least this many messages are compared with large frames."""
MESSAGE_BYTES = 500
"""The approximate size of a message of 100 characters in a frame of this site."""


def limits(results: Results) -> str:
    """The text about the two limits, and each figure compared with its limit."""
    return "\n\n".join(part for part in (_frames(results), _commits(results), _how_close(results)) if part)


def _ceilings(results: Results) -> list[float]:
    """The frames per second between a server and a client that do nothing else: small frames, large frames."""
    rates = (results.value("headroom", load, "blaster", "frames_per_second") for load in results.loads("headroom"))
    return [rate for rate in rates if rate]


def _frames(results: Results) -> str:
    ceilings = _ceilings(results)
    if len(ceilings) < 2:
        return ""
    small, large = ceilings
    rows = []
    for load in ("4 senders", "64 senders"):
        for name, title in (("ours", "Daphne"), ("ours-uvicorn", "uvicorn"), ("ws", "plain ws")):
            frames = results.value("fanout", load, name, "frames_per_second")
            deliveries = results.value("fanout", load, name, "deliveries_per_second")
            if not frames or not deliveries:
                continue
            merged = deliveries / frames
            kind, ceiling = ("large", large) if merged >= MERGED else ("small", small)
            share = percent(frames / ceiling)
            rows.append([f"{title}, {load}", compact(frames), compact(merged), f"{kind}, {compact(ceiling)}/s", share])
    if not rows:
        return ""
    said = (
        "A Python loop that only calls `send`, together with the load generator that received its frames, reached "
        f"{compact(small)} small frames (128 bytes) a second, and {compact(large)} large ones (16 KiB): "
        f"{_cores(results)}. This is the ceiling of both together: a server alone might send more. A message takes "
        f"some {MESSAGE_BYTES} bytes in this site's frames: frames that merge {MERGED} or more are compared with large "
        "ones, all others with small ones, although the ceiling for frames of 4 messages is somewhat lower."
    )
    return f"{said}\n\n{table(['', 'frames/s', 'messages per frame', 'ceiling', 'share'], rows)}"


def _cores(results: Results) -> str:
    """The utilisation of both cores, for each size of frame."""
    said = []
    for size, load in zip(("small", "large"), results.loads("headroom"), strict=True):
        generator = percent(results.value("headroom", load, "blaster", "generator_busy"))
        sender = results.value("headroom", load, "blaster", "server_busy")
        beside = "" if sender is None else f", and the sender {percent(sender)} of its own"
        said.append(f"with {size} frames, the generator used {generator} of its core{beside}")
    return "; ".join(said)


def _commits(results: Results) -> str:
    commit = results.about.get("commit_seconds")
    rate = results.value("durable", "saturated", "ours", "messages_per_second")
    share = results.value("durable", "saturated", "ours", "commits_per_message")
    if not commit or not rate or not share:
        return ""
    return (
        f"A transaction of one small row took {milliseconds(commit)} on this disk. A consumer that stores one message "
        f"at a time therefore cannot exceed {compact(1 / commit)} a second on one connection. This site stored "
        f"{compact(rate)} a second in {compact(rate * share)} transactions a second, with {compact(1 / share)} "
        "messages in each."
    )


def _how_close(results: Results) -> str:
    rows = [*_latencies(results), *_stored(results), *_sign_ins(results)]
    if not rows:
        return ""
    said = "The other figures of this site on Daphne, compared with their limits:"
    return f"{said}\n\n{table(['', 'measured', 'limit', 'comparison'], rows)}"


def _latencies(results: Results) -> list[list[str]]:
    """Latencies, compared with the shortest possible."""
    commit = results.about.get("commit_seconds")
    ceilings = _ceilings(results)
    if not commit:
        return []
    found = []
    if ceilings:
        floor = commit + SOCKETS / 2 / ceilings[0]
        name = f"even pace, p50: one commit and half of {SOCKETS:,} sends of small frames"
        found.append((name, results.value("fanout", "paced", "ours", "p50"), floor))
    found.append(("half rate, ack p50: one commit", results.value("durable", "half", "ours", "ack_p50"), commit))
    return [
        [name, milliseconds(value), milliseconds(floor), f"{compact(value / floor)} × as long"]
        for name, value, floor in found
        if value
    ]


def _stored(results: Results) -> list[list[str]]:
    """Stored messages, compared with the cores: there is no other limit to compare with."""

    def get(item: str) -> float | None:
        return results.value("durable", "saturated", "ours", item)

    if get("messages_per_second") is None:
        return []
    name = "stored messages: core of the server / of the load generator, without PostgreSQL and Redis"
    close = f"{percent(get('server_busy'))} / {percent(get('generator_busy'))} busy"
    return [[name, f"{compact(get('messages_per_second'))}/s", "the cores", close]]


def _sign_ins(results: Results) -> list[list[str]]:
    """Sign-ins, compared with the cost of the password hash."""
    check = results.value("http", "password hash", "ours", "seconds")
    rows = []
    for load in ("sign-in, 16 clients", "sign-in, 1 client"):
        rate = results.value("http", load, "ours", "per_second")
        if check and rate:
            name = f"{load}: a password check takes {milliseconds(check)} of a core"
            rows.append([name, f"{compact(rate)}/s", f"{compact(1 / check)}/s", f"{percent(rate * check)} of it"])
    return rows

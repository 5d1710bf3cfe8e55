"""How close the figures are to what the machine allows, and what many more people would need: arithmetic on a run."""

from bench.results import Results
from bench.sections import microseconds, table
from bench.stats import compact, milliseconds

PEOPLE = 100_000
MESSAGES_PER_PERSON_AND_HOUR = 12
PEOPLE_IN_A_ROOM = 50
HEARTBEAT_SECONDS = 25
SHARE_OF_A_CORE = 0.5


def limits(results: Results) -> str:
    """The two limits, and how far each figure is from its own."""
    return "\n\n".join(part for part in (_frames(results), _commits(results)) if part)


def _frames(results: Results) -> str:
    small = next(iter(results.loads("headroom")), None)
    ceiling = results.value("headroom", small, "blaster", "frames_per_second") if small else None
    if ceiling is None:
        return ""
    rows = []
    for load in ("4 senders", "64 senders"):
        for name, title in (("ours", "Daphne"), ("ours-uvicorn", "uvicorn"), ("ws", "plain ws")):
            frames = results.value("fanout", load, name, "frames_per_second")
            deliveries = results.value("fanout", load, name, "deliveries_per_second")
            if frames and deliveries:
                rows.append(
                    [
                        f"{title}, {load}",
                        compact(frames),
                        f"{frames / ceiling:.0%}",
                        compact(deliveries / frames),
                    ]
                )
    said = (
        f"A frame costs at least one system call. A loop of Python that does nothing but `send` wrote "
        f"{compact(ceiling)} small frames a second here. Of that:"
    )
    return f"{said}\n\n{table(['', 'frames/s', 'of the limit', 'messages in a frame'], rows)}"


def _commits(results: Results) -> str:
    commit = results.about.get("commit_seconds")
    rate = results.value("durable", "saturated", "ours", "messages_per_second")
    share = results.value("durable", "saturated", "ours", "commits_per_message")
    if not commit or not rate or not share:
        return ""
    return (
        f"A transaction of one small row took {milliseconds(commit)} on this disk, so a consumer that stores message "
        f"after message cannot pass {compact(1 / commit)} a second. This site stored {compact(rate)} a second in "
        f"{compact(rate * share)} transactions a second, {compact(1 / share)} messages in each."
    )


def many(results: Results) -> str:
    """What PEOPLE connected people would need, from the costs measured in this run; empty where one is missing."""
    each = results.value("connections", "memory", "ours", "bytes_per_connection") or 0
    base = results.value("connections", "memory", "ours", "base_bytes") or 0
    beat = results.value("connections", "heartbeat", "ours", "processor") or 0
    delivery = results.value("fanout", "paced", "ours", "processor_per_delivery") or 0
    message = results.value("durable", "saturated", "ours", "processor_per_message") or 0
    if not all((each, base, beat, delivery, message)):
        return ""
    beats = PEOPLE / HEARTBEAT_SECONDS
    messages = PEOPLE * MESSAGES_PER_PERSON_AND_HOUR / 3600
    deliveries = messages * PEOPLE_IN_A_ROOM
    cores = beats * beat + messages * message + deliveries * delivery
    processes = max(1, -(-cores // SHARE_OF_A_CORE))
    memory = (PEOPLE * each + processes * base) / 2**30
    rows = [
        ["heartbeats", f"{compact(beats)}/s", microseconds(beat), f"{beats * beat:.2f}"],
        ["messages stored", f"{compact(messages)}/s", microseconds(message), f"{messages * message:.2f}"],
        ["deliveries", f"{compact(deliveries)}/s", microseconds(delivery), f"{deliveries * delivery:.2f}"],
        ["together", "", "", f"{cores:.2f}"],
    ]
    assumed = (
        f"Arithmetic, not a measurement. Assume {PEOPLE:,} people connected at once, each of whom says "
        f"{MESSAGES_PER_PERSON_AND_HOUR} things an hour, in rooms with {PEOPLE_IN_A_ROOM} people connected, with a "
        f"heartbeat every {HEARTBEAT_SECONDS} s. With what things cost in this run:"
    )
    needed = (
        f"With half of each core kept free for bursts, that is {processes:.0f} server processes and {memory:.1f} GiB "
        f"of memory. Redis takes at most {compact(messages)} publishes a second and passes each on to the processes "
        f"that have the room open; PostgreSQL stores {compact(messages)} messages a second in fewer transactions. A "
        "process holds as many sockets as `ulimit -n` lets it, and when one restarts, its share of the people comes "
        "back, spread over some seconds by their clients."
    )
    return f"{assumed}\n\n{table(['', 'how many', 'processor each', 'cores'], rows)}\n\n{needed}"

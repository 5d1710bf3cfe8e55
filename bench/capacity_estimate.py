"""What many more people would need than were measured: arithmetic on a run."""

import math
from dataclasses import dataclass
from typing import Self

from bench.results import Results
from bench.scenarios.connections import SOCKETS
from bench.sections import microseconds, table
from bench.stats import compact, milliseconds

PEOPLE = 100_000
MESSAGES_PER_PERSON_AND_HOUR = 12
PEOPLE_IN_A_ROOM = 50
HEARTBEAT_SECONDS = 25
SHARE_OF_A_CORE = 0.5
BACK_SECONDS = 20
"""Within this time all people of one restarted process are to be back."""

HEARTBEATS = PEOPLE / HEARTBEAT_SECONDS
MESSAGES = PEOPLE * MESSAGES_PER_PERSON_AND_HOUR / 3600
DELIVERIES = MESSAGES * PEOPLE_IN_A_ROOM
"""Per second."""

ASSUMED = (
    f"Arithmetic, not a measurement. Assume {PEOPLE:,} people connected at once, each of whom says "
    f"{MESSAGES_PER_PERSON_AND_HOUR} things an hour, in rooms with {PEOPLE_IN_A_ROOM} people connected, with a "
    f"heartbeat every {HEARTBEAT_SECONDS} s. With what things cost in this run:"
)


@dataclass(frozen=True)
class Costs:
    """What this site on Daphne needed in a run: bytes of a connection and of a process without any, processor seconds
    of a heartbeat, a stored message and a delivery, and the seconds until SOCKETS people were back."""

    connection: float
    process: float
    heartbeat: float
    message: float
    delivery: float
    back: float

    @classmethod
    def of(cls, results: Results) -> Self | None:
        """None where a run has not measured one of them."""
        found = [
            results.value(scenario, load, "ours", item)
            for scenario, load, item in (
                ("connections", "memory", "bytes_per_connection"),
                ("connections", "memory", "base_bytes"),
                ("connections", "heartbeat", "processor"),
                ("durable", "saturated", "processor_per_message"),
                ("fanout", "paced", "processor_per_delivery"),
                ("connections", "resume", "seconds"),
            )
        ]
        known = [value for value in found if value]
        return cls(*known) if len(known) == len(found) else None

    @property
    def cores(self) -> float:
        """Of the servers alone, for all that PEOPLE do."""
        return HEARTBEATS * self.heartbeat + MESSAGES * self.message + DELIVERIES * self.delivery


def many(results: Results) -> str:
    """What PEOPLE connected people would need, from the costs measured in this run; empty where one is missing."""
    costs = Costs.of(results)
    if costs is None:
        return ""
    processes = max(processes_for_work(costs.cores), processes_for_restart(costs.back))
    return "\n\n".join([ASSUMED, _work(costs), _processes(costs, processes), _left_out(processes)])


def processes_for_work(cores: float) -> int:
    """The number of processes for this many cores of work, each busy for SHARE_OF_A_CORE at most."""
    return max(1, math.ceil(cores / SHARE_OF_A_CORE))


def processes_for_restart(seconds: float) -> int:
    """Processes for PEOPLE, if those of one reconnect within BACK_SECONDS, as SOCKETS did in `seconds`."""
    return math.ceil(PEOPLE * seconds / SOCKETS / BACK_SECONDS)


def _work(costs: Costs) -> str:
    rows = [
        [what, f"{compact(rate)}/s", microseconds(cost), f"{rate * cost:.2f}"]
        for what, rate, cost in (
            ("heartbeats", HEARTBEATS, costs.heartbeat),
            ("messages stored", MESSAGES, costs.message),
            ("deliveries", DELIVERIES, costs.delivery),
        )
    ]
    return table(["", "how many", "processor each", "cores"], [*rows, ["together", "", "", f"{costs.cores:.2f}"]])


def _processes(costs: Costs, processes: int) -> str:
    by_work, by_restart = processes_for_work(costs.cores), processes_for_restart(costs.back)
    back, people = milliseconds(costs.back), compact(BACK_SECONDS / costs.back * SOCKETS)
    memory = (PEOPLE * costs.connection + processes * costs.process) / 2**30
    return (
        f"*By work*: with half of each core kept free for bursts, {costs.cores:.2f} ÷ {SHARE_OF_A_CORE:g}, rounded up, "
        f"is {by_work}, the number of processes for the work. *By restart*: {SOCKETS:,} people of a restarted process "
        f"were all back {back} after it listened. If that grows in proportion, {BACK_SECONDS} s ÷ {back} × {SOCKETS:,} "
        f"= {people} people of a process are back within {BACK_SECONDS} s, and {PEOPLE:,} ÷ {people}, rounded up, is "
        f"{by_restart} processes. The larger number counts: {processes}, with {compact(PEOPLE / processes)} people "
        f"each. Their memory is {PEOPLE:,} × {costs.connection / 1024:.1f} KiB + {processes} × "
        f"{costs.process / 2**20:.0f} MiB = {memory:.1f} GiB. Redis takes at most {compact(MESSAGES)} publishes a "
        f"second and passes each on to the processes that have the room open; PostgreSQL stores {compact(MESSAGES)} "
        "messages a second in fewer transactions. A process holds as many sockets as `ulimit -n` lets it."
    )


def _left_out(processes: int) -> str:
    together = compact(PEOPLE_IN_A_ROOM / processes, 2)
    return (
        "What is not in it: page loads and sign-ins after a restart; notices to people who have other rooms open; the "
        "check of everybody's access every 30 s; TLS; what the kernel keeps for each socket; the cores that PostgreSQL "
        "and Redis use. And a delivery was measured with 1,000 sockets of one process that share a frame, while here "
        f"{together} people of a room are on the same process: what a message costs each process before it is "
        "delivered is shared by so few, so that a delivery costs more than the table says."
    )

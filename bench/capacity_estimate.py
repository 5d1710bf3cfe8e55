"""Estimates what many more people than were measured would need, by arithmetic on the results of a run."""

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
"""All people of one restarted process should be back within this time."""

HEARTBEATS = PEOPLE / HEARTBEAT_SECONDS
MESSAGES = PEOPLE * MESSAGES_PER_PERSON_AND_HOUR / 3600
DELIVERIES = MESSAGES * PEOPLE_IN_A_ROOM
"""Per second."""

ASSUMED = (
    f"This is arithmetic, not a measurement. Assume that {PEOPLE:,} people are connected at once, that each of them "
    f"sends {MESSAGES_PER_PERSON_AND_HOUR} messages an hour and a heartbeat every {HEARTBEAT_SECONDS} s, and that "
    f"{PEOPLE_IN_A_ROOM} people of each room are connected. With the costs measured in this run:"
)


@dataclass(frozen=True)
class Costs:
    """The costs of this site on Daphne in a run: bytes per connection, bytes of a process without connections,
    processor seconds per heartbeat, stored message and delivery, and the seconds until SOCKETS people were back."""

    connection: float
    process: float
    heartbeat: float
    message: float
    delivery: float
    back: float

    @classmethod
    def of(cls, results: Results) -> Self | None:
        """The costs in these results; None if one of them was not measured."""
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
        """The number of cores that the servers alone need for PEOPLE."""
        return HEARTBEATS * self.heartbeat + MESSAGES * self.message + DELIVERIES * self.delivery


def many(results: Results) -> str:
    """The text of the estimate for PEOPLE connected people; empty if a cost was not measured."""
    costs = Costs.of(results)
    if costs is None:
        return ""
    processes = max(processes_for_work(costs.cores), processes_for_restart(costs.back))
    return "\n\n".join([ASSUMED, _work(costs), _processes(costs, processes), _left_out(processes)])


def processes_for_work(cores: float) -> int:
    """The number of processes for work of `cores` cores, if each process uses at most SHARE_OF_A_CORE."""
    return max(1, math.ceil(cores / SHARE_OF_A_CORE))


def processes_for_restart(seconds: float) -> int:
    """The number of processes for PEOPLE if those of one reconnect within BACK_SECONDS. SOCKETS took `seconds`."""
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
    return table(["", "rate", "CPU time each", "cores"], [*rows, ["total", "", "", f"{costs.cores:.2f}"]])


def _processes(costs: Costs, processes: int) -> str:
    by_work, by_restart = processes_for_work(costs.cores), processes_for_restart(costs.back)
    back, people = milliseconds(costs.back), compact(BACK_SECONDS / costs.back * SOCKETS)
    memory = (PEOPLE * costs.connection + processes * costs.process) / 2**30
    return (
        f"*By work*: half of each core is kept free for bursts, so {costs.cores:.2f} ÷ {SHARE_OF_A_CORE:g}, rounded "
        f"up, gives {by_work} as the number of processes. *By restart*: {SOCKETS:,} people of a restarted process were "
        f"all back {back} after it listened. If this time grows in proportion, {BACK_SECONDS} s ÷ {back} × {SOCKETS:,} "
        f"= {people} people of one process are back within {BACK_SECONDS} s, and {PEOPLE:,} ÷ {people}, rounded up, "
        f"gives {by_restart}. The larger number counts: {processes}, with {compact(PEOPLE / processes)} people per "
        f"process. Together they use {PEOPLE:,} × {costs.connection / 1024:.1f} KiB + {processes} × "
        f"{costs.process / 2**20:.0f} MiB = {memory:.1f} GiB of memory. Redis receives at most {compact(MESSAGES)} "
        "publishes a second, and passes each on to the processes that have the room open; PostgreSQL stores "
        f"{compact(MESSAGES)} messages a second in fewer transactions. `ulimit -n` limits the sockets of a process."
    )


def _left_out(processes: int) -> str:
    together = compact(PEOPLE_IN_A_ROOM / processes, 2)
    return (
        "The estimate does not include page loads and sign-ins after a restart, `activity` for people who have other "
        "rooms open, the check of everybody's access every 30 s, TLS, the kernel's memory for each socket, and the "
        "cores that PostgreSQL and Redis use. Also, deliveries were measured with 1,000 sockets of one process that "
        f"share a frame, whereas here {together} people of a room are on the same process: so few share the cost of a "
        "message to each process before it is delivered that a delivery costs more than the table says."
    )

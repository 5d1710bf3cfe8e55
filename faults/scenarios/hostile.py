"""Attacks while honest people talk."""

import asyncio
import json
import signal
import sys
from pathlib import Path
from typing import Any

from faults.attacks import ATTACKS, Order, Result
from faults.raw import Visitor
from faults.run import Run, Scenario
from faults.server import PAGE_BYTES
from faults.site import Node
from faults.stats import percentile
from tests.harness.services import BASE_DIR, dies_with_parent

ATTACKERS = 8
ATTACK_SECONDS = 20.0
BRIEF_ATTACK_SECONDS = 1.0
PAUSE_SECONDS = 0.3

ACK_SECONDS = 0.25
BRIEF_ACK_SECONDS = 2.0
"""p99 of honest people's acks during each attack. The brief run has few acks, and shares a busy machine."""

MEMORY_BYTES = 64 * 1024 * 1024
"""How much a process may grow during the attacks: by full caches, and buffers for the crowd."""

TERM_SECONDS = 10.0
PASSWORD = "the floor is warm"


async def hostile(run: Run) -> None:
    """Ten attacks at full strength, one after another for 20 s each, while honest people talk."""
    await _attacked(run, ATTACK_SECONDS, ACK_SECONDS)


async def hostile_brief(run: Run) -> None:
    """The attacks of `hostile`, very briefly, for the tests."""
    await _attacked(run, BRIEF_ATTACK_SECONDS, BRIEF_ACK_SECONDS)


async def _attacked(run: Run, seconds: float, within: float) -> None:
    everybody = list(range(ATTACKERS))
    stage = await run.site.do("stage", people=ATTACKERS, rooms=[{"kind": "public", "members": everybody}])
    stage["owner"] = {"login": "owner", "password": PASSWORD}
    before = [memory_of(node) for node in run.site.nodes]
    for attack in ATTACKS:
        await _one(run, attack.__name__, stage, seconds, within)
    for node, bytes_before in zip(run.site.nodes, before, strict=True):
        grown = memory_of(node) - bytes_before
        run.note(f"server {node.number} holds {grown / 2**20:+.1f} MiB")
        run.expect(grown <= MEMORY_BYTES, f"server {node.number} has grown by {grown / 2**20:.0f} MiB")
    await _restarted_under_attack(run, stage, seconds)


async def _attack(run: Run, name: str, stage: dict[str, Any], seconds: float) -> Result:
    """Attack from a process of its own."""
    ports = [node.server.port for node in run.site.nodes]
    order: Order = {"attack": name, "seed": run.options.seed, "seconds": seconds, "ports": ports, "stage": stage}
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "faults.attacks"),
        cwd=BASE_DIR,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        preexec_fn=dies_with_parent(signal.SIGTERM),
    )
    output, _ = await process.communicate(json.dumps(order).encode())
    result: Result = json.loads(output)
    for sentence in result["violations"]:
        run.expect(False, f"{name}: {sentence}")
    return result


async def _one(run: Run, name: str, stage: dict[str, Any], seconds: float, within: float) -> None:
    """Attack, and check that honest people's acks stay within the limit."""
    began = run.now
    async with run.during(name):
        result = await _attack(run, name, stage, seconds)
    acks = [took for at, took in run.crowd.stats.acks if at > began]
    took = percentile(acks, 0.99)
    counts = ", ".join(f"{what} {count:.0f}" for what, count in sorted(result["counts"].items()))
    run.note(f"{name}: ack p99 {took * 1000:.0f} ms of {len(acks)}; {counts}")
    run.expect(bool(acks), f"{name}: nobody got an ack")
    run.expect(took <= within, f"{name}: acks took {took:.2f} s")
    for node in run.site.nodes:
        run.expect(await _is_well(node), f"{name}: server {node.number} does not answer afterwards")
    await run.wait(PAUSE_SECONDS)


async def _is_well(node: Node) -> bool:
    try:
        status, _text = await Visitor(node.server.port).get("/healthz")
    except (OSError, asyncio.IncompleteReadError):  # TimeoutError is an OSError
        return False
    return status == 200


async def _restarted_under_attack(run: Run, stage: dict[str, Any], seconds: float) -> None:
    """During the most expensive attack, every process still ends in time after SIGTERM."""
    async with run.during("restarts under attack"), asyncio.TaskGroup() as group:
        group.create_task(_attack(run, "slow_bodies", stage, seconds))
        for node in run.site.nodes:
            took = await run.site.restart_server(node)
            run.note(f"server {node.number} ended {took:.1f} s after SIGTERM")
            run.expect(took <= TERM_SECONDS, f"server {node.number} took {took:.1f} s to end")


def memory_of(node: Node) -> int:
    """Bytes of memory in use by a server process."""
    return int(Path(f"/proc/{node.pid}/statm").read_text().split()[1]) * PAGE_BYTES


hostile_brief.clients = 12  # type: ignore[attr-defined]

SCENARIOS: list[Scenario] = [hostile, hostile_brief]

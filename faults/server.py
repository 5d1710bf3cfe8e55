"""The site's server with additions for the fault suite.

On SIGUSR1 it writes what it holds to the file FAULTS_REPORT, as JSON. With FAIL_POINT=n it is killed, as by a power
cut, when it is about to publish its nth change, which is then committed but neither acked nor published.
"""

import asyncio
import gc
import json
import os
import signal
import sys
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")


def holdings() -> dict[str, Any]:
    """What this process holds now, after a garbage collection."""
    gc.collect()
    held: dict[str, Any] = {
        "tasks": len(asyncio.all_tasks()),
        "threads": threading.active_count(),
        "files": len(list(Path("/proc/self/fd").iterdir())),
        "memory": int(Path("/proc/self/statm").read_text().split()[1]) * PAGE_BYTES,
        "objects": len(gc.get_objects()),
    }
    hub = sys.modules.get("chat.live.hub")
    if hub is not None:
        registry = hub.current_hub().registry
        held |= {"people": len(registry.people), "rooms": len(registry.rooms), "connections": len(registry.connections)}
    return held


def write_report(*_: object) -> None:
    """Write the report atomically."""
    report = Path(os.environ["FAULTS_REPORT"])
    half = report.with_suffix(".half")
    half.write_text(json.dumps(holdings()))
    half.replace(report)


def fail_at_change(number: int) -> None:
    """Kill this process when it is about to publish the change with this number."""
    from chat.bus.bus import Bus
    from chat.bus.events import Event, RoomChanged

    publish_here, published = Bus.publish_here, 0

    def publish_or_die(self: Bus, events: Sequence[Event]) -> None:
        nonlocal published
        published += sum(isinstance(event, RoomChanged) for event in events)
        if published >= number:
            os.kill(os.getpid(), signal.SIGKILL)
        publish_here(self, events)

    Bus.publish_here = publish_or_die  # type: ignore[method-assign]


def main() -> None:
    """Serve, with a report at SIGUSR1 and a fail point if there is one."""
    signal.signal(signal.SIGUSR1, write_report)
    from chatproject.server.server import main as serve

    if fail_point := int(os.environ.get("FAIL_POINT", "0")):
        fail_at_change(fail_point)

    serve()


if __name__ == "__main__":
    main()

"""The server of the site, which tells what it holds: on SIGUSR1 it writes that to the file FAULTS_REPORT, as JSON."""

import asyncio
import gc
import json
import os
import signal
import sys
import threading
from pathlib import Path
from typing import Any

PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")


def holdings() -> dict[str, Any]:
    """What this process holds now, after a collection of garbage."""
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


def tell(*_: object) -> None:
    """Write it down, whole or not at all."""
    report = Path(os.environ["FAULTS_REPORT"])
    half = report.with_suffix(".half")
    half.write_text(json.dumps(holdings()))
    half.replace(report)


def main() -> None:
    """Serve, and tell when asked to."""
    signal.signal(signal.SIGUSR1, tell)
    from chatproject.server.server import main as serve

    serve()


if __name__ == "__main__":
    main()

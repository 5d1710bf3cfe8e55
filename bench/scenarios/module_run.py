"""Runs a module of the benchmark that starts services and processes of its own."""

import json
import os
import subprocess
import sys
from typing import Any

from bench.contenders import ROOT
from bench.servers import Bench


def run_module(bench: Bench, name: str, *arguments: str) -> Any:
    """Run `python -m bench.NAME … --json` on all cores, and return what it printed. Raises RuntimeError."""
    cores = {bench.server_core, bench.load_core}
    done = subprocess.run(
        [sys.executable, "-m", f"bench.{name}", *arguments, "--json"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        preexec_fn=lambda: os.sched_setaffinity(0, cores),
    )
    if done.returncode:
        raise RuntimeError(f"bench.{name} failed:\n{done.stderr[-3000:]}")
    return json.loads(done.stdout)

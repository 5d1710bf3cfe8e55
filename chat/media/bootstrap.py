"""Limits this process, then runs a script: `bootstrap.py SCRIPT CPU_SECONDS MEMORY_BYTES OUTPUT_BYTES ARGUMENT…`."""

import os
import resource
import runpy
import sys

NICENESS = 10
"""The server, which answers people, comes first."""


def limit(kind: int, most: int) -> None:
    """Lower a limit for good."""
    _soft, hard = resource.getrlimit(kind)
    most = most if hard == resource.RLIM_INFINITY else min(most, hard)
    resource.setrlimit(kind, (most, most))


if __name__ == "__main__":
    script, cpu_seconds, memory_bytes, output_bytes = sys.argv[1:5]
    sys.argv[:] = [script, *sys.argv[5:]]
    os.nice(NICENESS)
    limit(resource.RLIMIT_CORE, 0)
    limit(resource.RLIMIT_CPU, int(cpu_seconds))
    limit(resource.RLIMIT_FSIZE, int(output_bytes))
    if sys.platform == "linux":  # other systems refuse to limit the address space
        limit(resource.RLIMIT_AS, int(memory_bytes))
    runpy.run_path(script, run_name="__main__")

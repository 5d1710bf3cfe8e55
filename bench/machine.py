"""Describes the machine and the versions of the software, for the report."""

import os
import platform
import re
import subprocess
import sys
import time
from importlib.metadata import version
from pathlib import Path
from typing import Any

import psycopg

from bench.contenders import PEERS, node
from bench.servers import Bench
from bench.stats import median

COMMITS = 200

PACKAGES = (
    "Django", "channels", "channels-redis", "daphne", "uvicorn", "uvloop", "websockets", "psycopg", "redis",
    "python-socketio", "picows",
)  # fmt: skip
NODE_PACKAGES = ("socket.io", "@socket.io/redis-adapter", "redis", "ws")


def about(bench: Bench) -> dict[str, Any]:
    """The machine, its cores, and the versions of all software involved."""
    return {
        "processor": processor(),
        "cores": os.cpu_count(),
        "memory_gib": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30),
        "system": f"{platform.system()} {platform.release()}",
        "server_core": bench.server_core,
        "load_core": bench.load_core,
        "load_average": os.getloadavg()[0],
        "commit_seconds": commit_seconds(bench),
        "versions": {
            "Python": platform.python_version(),
            "PostgreSQL": bench.postgresql.version(),
            "Redis": bench.redis.version(),
            "Node": node_version(),
            **{name: version(name) for name in PACKAGES},
            **{f"{name} (npm)": node_package(name) for name in NODE_PACKAGES},
        },
        "revision": revision(),
    }


def commit_seconds(bench: Bench) -> float:
    """The median time of a transaction of one small row on this disk."""
    with psycopg.connect(bench.services.databases.url, autocommit=True) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS probe (n int)")
        bench.settle_disk()
        times = []
        for number in range(COMMITS):
            began = time.perf_counter()
            connection.execute("INSERT INTO probe VALUES (%s)", (number,))
            times.append(time.perf_counter() - began)
        connection.execute("DROP TABLE probe")
    return median(times)


def processor() -> str:
    """The processor's name, as reported by Linux."""
    info = Path("/proc/cpuinfo")
    found = re.search(r"model name\s*: (.+)", info.read_text()) if info.exists() else None
    return found[1] if found else platform.processor() or sys.platform


def node_version() -> str:
    """Node's version; "–" if there is no Node."""
    program = node()
    if program is None:
        return "–"
    return subprocess.run([program, "--version"], capture_output=True, text=True, check=True).stdout.strip().lstrip("v")


def node_package(name: str) -> str:
    """The version of an installed package of the Node peers."""
    manifest = PEERS / "node_modules" / name / "package.json"
    found = re.search(r'"version": "([^"]+)"', manifest.read_text()) if manifest.exists() else None
    return found[1] if found else "–"


def revision() -> str:
    """The measured commit, followed by "+" if the working tree has changes."""
    described = subprocess.run(
        ["git", "describe", "--always", "--dirty=+"], capture_output=True, text=True, check=False
    )
    return described.stdout.strip() or "?"

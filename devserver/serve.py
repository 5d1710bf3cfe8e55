"""One server process of `bin/dev`, started before it is needed.

Loading the libraries takes longer than loading the site, and no change in the source affects them. So this process
loads them, waits for a line on its standard input, and only then loads and serves the site: at once for `serve`, with
the database brought up to date for `prepare`. Each further line is a change to announce to the browsers; the end of the
input ends the process.
"""

import importlib
import os
import signal
import sys
import threading
import traceback
from html import escape
from typing import Any

SERVE = "serve"
PREPARE = "prepare"

LIBRARIES = [
    *("daphne.server", "daphne.cli", "autobahn.twisted.websocket"),
    *("channels.routing", "channels.db", "channels.layers", "channels.generic.websocket"),
    *("django.conf.urls", "django.contrib.admin", "django.contrib.auth.hashers", "django.contrib.staticfiles.finders"),
    *("django.core.handlers.asgi", "django.core.management", "django.db.backends.sqlite3.base", "django.db.models"),
    *("django.forms", "django.template.engine", "django.test.signals", "django.urls", "django.views.debug"),
    *("environ", "markdown_it", "PIL.Image", "psycopg_pool", "pydantic.fields", "redis.asyncio"),
    "whitenoise.middleware",
]
"""Modules that can be imported before there are settings, and are slow to import."""

FAILED_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>The site did not start</title></head>
<body><h1>The site did not start</h1><pre>{trace}</pre>{script}</body></html>
"""


def main() -> None:
    """Prepare, wait, and serve on the listening socket whose descriptor is the only argument."""
    descriptor = sys.argv[1]
    for library in LIBRARIES:
        importlib.import_module(library)
    order = sys.stdin.readline().strip()
    if not order:
        return
    try:
        serve_site(descriptor, prepares=order == PREPARE)
    except Exception:
        trace = traceback.format_exc()
        sys.stderr.write(trace)
        serve_failure(descriptor, trace)


def serve_site(descriptor: str, *, prepares: bool) -> None:
    """Serve until a signal; raises whatever the site raises while it is loaded."""
    from devserver.browsers import Browsers
    from devserver.prepare import prepare

    if prepares:
        prepare()
    asgi: Any = importlib.import_module("chatproject.asgi")
    server: Any = importlib.import_module("chatproject.server.server")
    browsers = Browsers(asgi.application)
    asgi.application = browsers
    listen_to_supervisor(browsers)
    server.ChatCommandLine().run(["--fd", descriptor])


def serve_failure(descriptor: str, trace: str) -> None:
    """Answer every request with the traceback, with a server that needs nothing of the site."""
    from daphne.server import Server

    from devserver.browsers import SCRIPT_TAG, Browsers, respond

    page = FAILED_PAGE.format(trace=escape(trace), script=SCRIPT_TAG.decode()).encode()

    async def failed(scope: dict[str, Any], receive: Any, send: Any) -> None:
        if scope["type"] == "http":
            await respond(send, 500, b"text/html; charset=utf-8", page)
        else:
            await send({"type": "websocket.close"})

    browsers = Browsers(failed)
    listen_to_supervisor(browsers)
    Server(application=browsers, endpoints=[f"fd:fileno={descriptor}"]).run()


def listen_to_supervisor(browsers: Any) -> None:
    """Announce what arrives on standard input, in a thread that does not keep the process alive."""
    threading.Thread(target=forward_changes, args=[browsers], daemon=True).start()


def forward_changes(browsers: Any) -> None:
    """Forward each line to the browsers. At the end of the input `bin/dev` is gone, and this process ends as well."""
    from twisted.internet import reactor

    for line in sys.stdin:
        reactor.callFromThread(browsers.announce, line.strip())
    os.kill(os.getpid(), signal.SIGTERM)


if __name__ == "__main__":
    main()

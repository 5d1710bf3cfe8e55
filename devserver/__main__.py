"""`bin/dev`: the site from its source, on this machine only, reloaded at every change."""

import argparse
import os
import secrets
import socket
import sys
from pathlib import Path

from devserver.changes import BASE_DIR
from devserver.supervisor import Supervisor

HOST = "127.0.0.1"
PORT = 8001
BACKLOG = 128

# Settings that a shell may contain for another site. `bin/dev` always uses SQLite and one process.
FOREIGN = (
    *("DATABASE_URL", "REDIS_URL", "EMAIL_URL", "STATIC_DIR", "SECRET_KEY"),
    "WORK_IN_SERVER",
    *("ALLOWED_HOSTS", "CSRF_TRUSTED_ORIGINS", "SITE_URL", "TLS", "TRUSTED_PROXIES"),
)


def arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(
        prog="bin/dev",
        description="Serves the site from its source with demo data, and reloads it when a file changes.",
    )
    parser.add_argument("--port", type=int, default=PORT, help=f"serve on this port ({PORT})")
    parser.add_argument("--data", type=Path, default=BASE_DIR / "var" / "dev", help="keep all data here (var/dev)")
    return parser.parse_args()


def environment(data: Path) -> dict[str, str]:
    """The environment of the site's processes, with the secret key that `data` keeps."""
    key = data / "secret-key"
    if not key.exists():
        key.touch(mode=0o600)
        key.write_text(secrets.token_urlsafe(50))
    inherited = {name: value for name, value in os.environ.items() if name not in FOREIGN}
    return inherited | {"DJANGO_SETTINGS_MODULE": "devserver.settings", "VAR_DIR": str(data)}


def listening(port: int) -> socket.socket:
    """A socket that listens on the port; ends the program with a sentence if that is impossible."""
    try:
        return socket.create_server((HOST, port), backlog=BACKLOG)
    except (OSError, OverflowError) as error:
        sys.exit(f"dev: cannot serve on port {port}: {error}. Choose another: bin/dev --port {PORT + 1}")


def main() -> None:
    """Serve until Ctrl-C."""
    options = arguments()
    os.umask(0o077)
    with listening(options.port) as listener:
        data = options.data.resolve()
        data.mkdir(parents=True, exist_ok=True)
        sys.stderr.write(f"Sarangbang is at http://{HOST}:{listener.getsockname()[1]}/ (Ctrl-C stops it)\n")
        Supervisor(listener, environment(data)).run()


if __name__ == "__main__":
    main()

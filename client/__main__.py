"""Sends a message: `python -m client SITE USERNAME ROOM TEXT`, with the password on standard input."""

import argparse
import getpass
import sys

from .blocking_client import BlockingClient
from .errors import ClientError
from .sign_in import sign_in


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(prog="python -m client", description="Say something in a room.")
    parser.add_argument("site", help="its address, such as https://chat.example")
    parser.add_argument("username")
    parser.add_argument("room", help="the last part of the room's address")
    parser.add_argument("text")
    given = parser.parse_args()
    password = getpass.getpass() if sys.stdin.isatty() else sys.stdin.readline().rstrip("\n")
    try:
        with BlockingClient(given.site, sign_in(given.site, given.username, password)) as chat:
            message = chat.say(chat.room(given.room), given.text)
    except (ClientError, OSError) as error:
        sys.exit(str(error))
    sys.stdout.write(f"Stored at position {message.position}.\n")


if __name__ == "__main__":
    main()

"""Examines the file on standard input: `worker.py examine NAME` or `worker.py thumbnail`.

Run by `inspection` in a limited subprocess, in a folder into which it writes pictures; never import it. Writes what it
found out to standard output, as JSON.
"""

import json
import sys
from pathlib import Path


def main() -> None:
    """Answer on standard output."""
    sys.path.append(str(Path(__file__).resolve().parents[2]))
    from files.decoding.examining import examine, thumbnail

    task, *names = sys.argv[1:]
    file, folder = sys.stdin.buffer, Path.cwd()
    answer = examine(file, folder, name=names[0]) if task == "examine" else thumbnail(file, folder)
    sys.stdout.write(json.dumps(answer))


if __name__ == "__main__":
    main()

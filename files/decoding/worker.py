"""Examines the file on standard input: `worker.py examine NAME`, `worker.py thumbnail` or `worker.py poster TYPE`.

Run by `inspection` in a limited subprocess, in a folder into which it writes pictures; never import it. Writes what it
found out to standard output, as JSON.
"""

import json
import sys
from pathlib import Path


def main() -> None:
    """Answer on standard output."""
    sys.path.append(str(Path(__file__).resolve().parents[2]))
    from files.decoding.examining import examine, poster, thumbnail

    file, folder = sys.stdin.buffer, Path.cwd()
    match sys.argv[1:]:
        case ["examine", name]:
            answer = examine(file, folder, name=name)
        case ["poster", media_type]:
            answer = poster(file, folder, media_type=media_type)
        case _:
            answer = thumbnail(file, folder)
    sys.stdout.write(json.dumps(answer))


if __name__ == "__main__":
    main()

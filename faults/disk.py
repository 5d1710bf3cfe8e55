"""A disk that can be filled: a small tmpfs, if this machine allows mounting one."""

import errno
import io
import os
import subprocess
from pathlib import Path

CHUNK_BYTES = 1024 * 1024


class SmallDisk:
    """A disk of this size, mounted at `place` until `close`. Raises OSError if none can be mounted."""

    def __init__(self, place: Path, size: int) -> None:
        self.place = place
        self._filler = place / "filler"
        mounted = subprocess.run(
            ["mount", "-t", "tmpfs", "-o", f"size={size},mode=755", "sarangbang-faults", str(place)],
            capture_output=True,
            text=True,
            check=False,
        )
        if mounted.returncode != 0:
            raise OSError(f"no small disk can be mounted here: {mounted.stderr.strip()}")

    def fill(self) -> None:
        """Use all free space."""
        with self._filler.open("ab", buffering=0) as filler:
            for size in (CHUNK_BYTES, 4096, 1):
                while _write(filler, size):
                    pass

    def free(self) -> None:
        """Delete what `fill` wrote."""
        self._filler.unlink(missing_ok=True)

    @property
    def free_bytes(self) -> int:
        """Free space in bytes."""
        found = os.statvfs(self.place)
        return found.f_bavail * found.f_frsize

    def close(self) -> None:
        """Unmount the disk, even from processes that still use it."""
        subprocess.run(["umount", "--lazy", str(self.place)], check=True)


def _write(file: io.FileIO, size: int) -> bool:
    """Write this many bytes, or some of them; False if there is no space for one."""
    try:
        return bool(file.write(b"\0" * size))
    except OSError as error:
        if error.errno != errno.ENOSPC:
            raise
        return False

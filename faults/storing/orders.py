"""What the storage of the fault suite does at the moment: a file that its processes read at each call."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal, Self

Role = Literal["", "server", "work"]


@dataclass(frozen=True)
class Order:
    """Each call takes `delay` seconds; a process of the role `dies` is killed in its call with the number `at_call`."""

    delay: float = 0.0
    dies: Role = ""
    at_call: int = 0

    @classmethod
    def read(cls, path: Path) -> Self:
        """The order in a file; that of a storage without faults if there is none."""
        try:
            return cls(**json.loads(path.read_text()))
        except FileNotFoundError:
            return cls()

    def write(self, path: Path) -> None:
        """Put the order into a file, atomically."""
        half = path.with_suffix(".half")
        half.write_text(json.dumps(asdict(self)))
        half.replace(path)

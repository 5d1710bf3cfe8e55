"""Determines what the change of a file requires: a restart, a new spare process, or only a reload in the browsers."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from watchfiles import DefaultFilter

BASE_DIR = Path(__file__).resolve().parent.parent

WATCHED = [
    BASE_DIR / name
    for name in (
        "chat",
        "notify",
        "api",
        "webhooks",
        "files",
        "search",
        "previews",
        "outbound",
        "chatproject",
        "devserver",
        "locale",
        "templates",
    )
]
READ_AT_START = {".py", ".mo", ".txt", ".gz"}
STATIC = "static"
TEMPLATES = "templates"
MIGRATIONS = "migrations"


@dataclass
class Demand:
    """What is required after some files have changed."""

    restarts: bool = False
    discards_spare: bool = False
    """The prepared process has loaded the changed file already."""
    migrates: bool = False
    announcements: set[str] = field(default_factory=set)
    """What the browsers receive: see `Browsers.announce`."""


def demand_of(paths: Iterable[str]) -> Demand:
    """What the changes of these files require together."""
    demand = Demand()
    for path in paths:
        _add(demand, Path(path).relative_to(BASE_DIR))
    return demand


def _add(demand: Demand, path: Path) -> None:
    if STATIC in path.parts and path.suffix == ".css":
        demand.announcements.add(f"style {'/'.join(path.parts[path.parts.index(STATIC) + 1 :])}")
    elif STATIC in path.parts or TEMPLATES in path.parts or path.suffix == ".js":
        demand.announcements.add("page")
    elif path.suffix in READ_AT_START:
        demand.restarts = True
        demand.migrates |= MIGRATIONS in path.parts
        demand.discards_spare |= path.parts[0] == "devserver"


class SourceFilter(DefaultFilter):
    """Ignores files that editors, caches and version control write beside the source."""

    ignore_entity_patterns = (*DefaultFilter.ignore_entity_patterns, r"^4913$")  # Vim's test file

"""Everything that the site has stored, to find out that something is not there any more."""

from pathlib import Path

from django.conf import settings
from django.db import connection


def everything_stored() -> str:
    """The contents of all tables, as text: whatever their models are."""
    return "\n".join(f"{table}: {row}" for table, rows in _tables().items() for row in rows)


def tables_with(text: str) -> set[str]:
    """The tables of which a row contains a text."""
    return {table for table, rows in _tables().items() if any(text in row for row in rows)}


def uploads_with(text: str) -> list[Path]:
    """The files of people that contain a text, in their names or otherwise."""
    return [path for root in (settings.MEDIA_ROOT, settings.FILES_ROOT) for path in files_with(text, Path(root))]


def files_with(text: str, root: Path) -> list[Path]:
    """The files in a folder that contain a text, in their names or otherwise."""
    files = [path for path in root.rglob("*") if path.is_file()]
    return [path for path in files if text in path.name or text.encode() in path.read_bytes()]


def index_files_with(text: str) -> list[Path]:
    """The files of the search index that contain a text."""
    place = Path(settings.SEARCH_FILE)
    return [path for path in place.parent.glob(f"{place.name}*") if text.encode() in path.read_bytes()]


def _tables() -> dict[str, list[str]]:
    found = {}
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")
            found[table] = [repr(row) for row in cursor.fetchall()]
    return found

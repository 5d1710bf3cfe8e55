"""How each database takes a list, or a table, as one parameter: then a statement has one text for any number of values,
and is parsed and planned once."""

import json
from collections.abc import Collection, Mapping, Sequence
from typing import Any


class SQLite:
    """Lists and tables travel as JSON."""

    def among(self, _kind: str) -> str:
        """SQL that stands behind a column: is one of a list."""
        return "IN (SELECT value FROM json_each(%s))"

    def lists(self, *lists: Collection[object]) -> list[str]:
        """The parameters of so many `among`."""
        return [json.dumps(list(values)) for values in lists]

    def table(self, columns: Mapping[str, str]) -> str:
        """SQL: a table with the name "new" and these columns, of these types of PostgreSQL."""
        cells = ", ".join(f"json_extract(value, '$[{number}]') AS {name}" for number, name in enumerate(columns))
        return f"(SELECT {cells} FROM json_each(%s)) AS new"  # noqa: S608

    def rows(self, rows: Sequence[Sequence[object]]) -> list[str]:
        """The parameter of one `table`."""
        return [json.dumps(rows)]


class PostgreSQL(SQLite):
    """Lists travel as arrays, tables as JSON."""

    def among(self, kind: str) -> str:
        """SQL that stands behind a column: is one of a list."""
        return f"= ANY(%s::{kind}[])"

    def lists(self, *lists: Collection[object]) -> list[str]:
        """The parameters of so many `among`."""
        return [f"{{{text[1:-1]}}}" for text in super().lists(*lists)]

    def table(self, columns: Mapping[str, str]) -> str:
        """SQL: a table with the name "new" and these columns."""
        cells = ", ".join(f"(r->>{number})::{kind} AS {name}" for number, (name, kind) in enumerate(columns.items()))
        return f"(SELECT {cells} FROM jsonb_array_elements(%s::jsonb) AS r) AS new"  # noqa: S608


def parameters_of(connection: Any) -> SQLite:
    """The way of the database of a connection."""
    return PostgreSQL() if connection.vendor == "postgresql" else SQLite()

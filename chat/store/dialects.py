"""How each database takes a list, or a table, as one parameter: then a statement has one text for any number of values,
and is parsed and planned once."""

import json
from collections.abc import Collection, Mapping, Sequence
from typing import Any


class Dialect:
    """SQLite's. Lists and tables travel as JSON."""

    def among(self, _kind: str) -> str:
        """SQL that stands behind a column: is one of a list."""
        return "IN (SELECT value FROM json_each(%s))"

    def values(self, values: Collection[object]) -> list[str]:
        """The parameter of one `among`."""
        return [json.dumps(list(values))]

    def table(self, columns: Mapping[str, str]) -> str:
        """SQL: a table with the name "new" and these columns, of these types of PostgreSQL."""
        cells = ", ".join(f"json_extract(value, '$[{number}]') AS {name}" for number, name in enumerate(columns))
        return f"(SELECT {cells} FROM json_each(%s)) AS new"  # noqa: S608

    def rows(self, rows: Sequence[Sequence[object]]) -> list[str]:
        """The parameter of one `table`."""
        return [json.dumps(rows)]

    def at_most_one(self, table: str, name: str, condition: str) -> str:
        """SQL that joins to each row the one of a table that meets a condition, if there is one.

        An index finds it: the number of rows that are looked at does not grow with the table.
        """
        return f"LEFT JOIN {table} AS {name} ON {condition}"

    def next_id(self, _table: str) -> str:
        """SQL: an id for a new row of a table, or NULL where only inserting it gives one."""
        return "NULL"


class PostgreSQL(Dialect):
    """Lists travel as arrays, tables as JSON."""

    def among(self, kind: str) -> str:
        """SQL that stands behind a column: is one of a list."""
        return f"= ANY(%s::{kind}[])"

    def values(self, values: Collection[object]) -> list[str]:
        """The parameter of one `among`."""
        return [f"{{{super().values(values)[0][1:-1]}}}"]

    def table(self, columns: Mapping[str, str]) -> str:
        """SQL: a table with the name "new" and these columns."""
        cells = ", ".join(f"(r->>{number})::{kind} AS {name}" for number, (name, kind) in enumerate(columns.items()))
        return f"(SELECT {cells} FROM jsonb_array_elements(%s::jsonb) AS r) AS new"  # noqa: S608

    def at_most_one(self, table: str, name: str, condition: str) -> str:
        """SQL that joins at most one row.

        The LIMIT keeps the planner from joining whole tables: it does not know how few rows a parameter holds.
        """
        found = f"SELECT * FROM {table} AS {name} WHERE {condition} LIMIT 1"  # noqa: S608
        return f"LEFT JOIN LATERAL ({found}) AS {name} ON true"

    def next_id(self, table: str) -> str:
        """SQL: an id for a new row of a table."""
        return f"nextval((SELECT pg_get_serial_sequence('{table}', 'id')::regclass))"


_SQLITE, _POSTGRESQL = Dialect(), PostgreSQL()


def dialect_of(connection: Any) -> Dialect:
    """The way of the database of a connection."""
    return _POSTGRESQL if connection.vendor == "postgresql" else _SQLITE

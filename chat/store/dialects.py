"""Passes a list or a table to the database as one parameter.

A statement then has the same text for any number of values, and is parsed and planned once.
"""

import json
from collections.abc import Collection, Mapping, Sequence
from typing import Any


class SQLiteDialect:
    """Passes lists and tables as JSON."""

    json_true = "json('true')"
    _json_object = "json_object"

    def in_list(self, _kind: str) -> str:
        """SQL that follows a column and tests whether its value is in a list."""
        return "IN (SELECT value FROM json_each(%s))"

    def values(self, values: Collection[object]) -> list[str]:
        """The parameter of an `in_list`."""
        return [json.dumps(list(values))]

    def table(self, columns: Mapping[str, str]) -> str:
        """SQL of a table named "new" with these columns. `columns` maps their names to PostgreSQL types."""
        cells = ", ".join(f"json_extract(value, '$[{number}]') AS {name}" for number, name in enumerate(columns))
        return f"(SELECT {cells} FROM json_each(%s)) AS new"  # noqa: S608

    def rows(self, rows: Sequence[Sequence[object]]) -> list[str]:
        """The parameter of a `table`."""
        return [json.dumps(rows)]

    def json_object(self, **members: str) -> str:
        """SQL of a JSON object with these members, given as SQL."""
        parts = ", ".join(f"'{name}', {value}" for name, value in members.items())
        return f"{self._json_object}({parts})"

    def json_has(self, column: str, member: str) -> str:
        """SQL that tests whether a JSON object has a member, which is never null."""
        return f"json_extract({column}, '$.{member}') IS NOT NULL"

    def json_length(self, column: str, member: str) -> str:
        """SQL of the length of an array that is a member of a JSON object."""
        return f"json_array_length({column}, '$.{member}')"

    def json_merged(self, first: str, second: str) -> str:
        """SQL of a JSON object with the members of both, null if one of them is null."""
        return f"json_patch({first}, {second})"

    def left_join_one(self, table: str, name: str, condition: str) -> str:
        """SQL that joins each row with the one row of a table that meets a condition, if there is one.

        The condition must be backed by an index, so that the number of rows read does not grow with the table.
        """
        return f"LEFT JOIN {table} AS {name} ON {condition}"

    def seconds_after(self, time: str, seconds: str) -> str:
        """SQL of the time this many seconds after another one."""
        return f"django_format_dtdelta('+', {time}, {seconds} * 1000000)"  # a function of Django, in microseconds

    def next_id(self, _table: str) -> str:
        """SQL of an id for a new row of a table, or NULL if ids are assigned only on insert."""
        return "NULL"


class PostgreSQLDialect(SQLiteDialect):
    """Passes lists as arrays, tables as JSON."""

    json_true = "true"
    _json_object = "jsonb_build_object"

    def in_list(self, kind: str) -> str:
        """SQL that follows a column and tests whether its value is in a list."""
        return f"= ANY(%s::{kind}[])"

    def values(self, values: Collection[object]) -> list[str]:
        """The parameter of an `in_list`."""
        return [f"{{{super().values(values)[0][1:-1]}}}"]

    def table(self, columns: Mapping[str, str]) -> str:
        """SQL of a table named "new" with these columns."""
        cells = ", ".join(f"(r->>{number})::{kind} AS {name}" for number, (name, kind) in enumerate(columns.items()))
        return f"(SELECT {cells} FROM jsonb_array_elements(%s::jsonb) AS r) AS new"  # noqa: S608

    def json_has(self, column: str, member: str) -> str:
        """SQL that tests whether a JSON object has a member, which is never null."""
        return f"({column} -> '{member}') IS NOT NULL"

    def json_length(self, column: str, member: str) -> str:
        """SQL of the length of an array that is a member of a JSON object."""
        return f"jsonb_array_length({column} -> '{member}')"

    def json_merged(self, first: str, second: str) -> str:
        """SQL of a JSON object with the members of both, null if one of them is null."""
        return f"({first} || {second})"

    def left_join_one(self, table: str, name: str, condition: str) -> str:
        """SQL that joins at most one row.

        The LIMIT keeps the planner, which does not know how few rows the parameter holds, from joining whole tables.
        """
        found = f"SELECT * FROM {table} AS {name} WHERE {condition} LIMIT 1"  # noqa: S608
        return f"LEFT JOIN LATERAL ({found}) AS {name} ON true"

    def seconds_after(self, time: str, seconds: str) -> str:
        """SQL of the time this many seconds after another one."""
        return f"({time} + make_interval(secs => {seconds}))"

    def next_id(self, table: str) -> str:
        """SQL of an id for a new row of a table."""
        return f"nextval((SELECT pg_get_serial_sequence('{table}', 'id')::regclass))"


_SQLITE, _POSTGRESQL = SQLiteDialect(), PostgreSQLDialect()


def dialect_of(connection: Any) -> SQLiteDialect:
    """The SQL dialect of a connection."""
    return _POSTGRESQL if connection.vendor == "postgresql" else _SQLITE

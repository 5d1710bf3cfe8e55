"""How the database is emptied after a test that commits."""

from functools import cache

from django.db import connection, transaction

KEPT = {"django_content_type", "auth_permission"}
"""Tables that `migrate` fills with what follows from the code."""


def empty() -> None:
    """Delete all rows but those that are KEPT.

    Django's `flush` truncates all tables, which takes PostgreSQL long, and then fills those that are kept here again.
    After most tests only few tables have rows, and few of them.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_which_have_rows())
        for (table,) in cursor.fetchall():
            cursor.execute(f"DELETE FROM {connection.ops.quote_name(table)}")


@cache
def _which_have_rows() -> str:
    """The query for the names of the tables to empty."""
    tables = connection.introspection.django_table_names(only_existing=True, include_views=False)
    return " UNION ALL ".join(
        f"SELECT '{table}' WHERE EXISTS (SELECT 1 FROM {connection.ops.quote_name(table)})"
        for table in sorted(set(tables) - KEPT)
    )

"""Writing a few columns of many rows at once."""

from collections.abc import Sequence

from django.db import connections, models, router


def write_columns(rows: Sequence[models.Model], *fields: str) -> None:
    """Store these fields of these rows of one model: one statement, run for all of them in one round trip.

    `bulk_update` builds one large CASE expression instead, which costs more time in Python than a whole group commit
    does in the database (measured: 20 of 38 ms for 64 messages in 50 rooms).
    """
    if not rows:
        return
    meta = type(rows[0])._meta
    connection = connections[router.db_for_write(type(rows[0]))]
    quote = connection.ops.quote_name
    names = [meta.get_field(field).attname for field in fields]
    assignments = ", ".join(f"{quote(meta.get_field(field).column)} = %s" for field in fields)
    statement = f"UPDATE {quote(meta.db_table)} SET {assignments} WHERE {quote(meta.pk.column)} = %s"  # noqa: S608
    with connection.cursor() as cursor:
        cursor.executemany(statement, [(*(getattr(row, name) for name in names), row.pk) for row in rows])

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
    columns = {field.attname: str(field.column) for field in meta.concrete_fields}
    names = [*fields, meta.pk.attname]
    *values, key = [f"{connection.ops.quote_name(columns[name])} = %s" for name in names]
    table = connection.ops.quote_name(meta.db_table)
    statement = f"UPDATE {table} SET {', '.join(values)} WHERE {key}"  # noqa: S608 (all names are ours)
    with connection.cursor() as cursor:
        cursor.executemany(statement, [[getattr(row, name) for name in names] for row in rows])

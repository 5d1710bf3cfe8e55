"""Compares what is derived with a rebuild: all rows of a site before all derivers are rewound, and after."""

from faults.site import Site

OPERATIONAL = {
    *("chat_derivercursor", "chat_derivedroom", "chat_deriverstate", "chat_lease", "chat_due", "chat_auditentry"),
    *("django_session", "django_admin_log", "faults_before"),
}
"""Tables that a rewind itself changes, or that change without one."""

BEHIND = """
SELECT count(*) AS n FROM chat_room room CROSS JOIN chat_deriverstate state
LEFT JOIN chat_derivercursor reached
    ON reached.room_id = room.id AND reached.name = state.name AND reached.epoch = state.epoch
WHERE room.deleted_at IS NULL AND room.revision > coalesce(reached.revision, 0)
"""

TABLES = "SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY tablename"

DIFFERENT = """
WITH after AS ({rows}),
gone AS (SELECT * FROM faults_before EXCEPT ALL SELECT * FROM after),
added AS (SELECT * FROM after EXCEPT ALL SELECT * FROM faults_before)
SELECT place, count(*) AS n FROM (SELECT * FROM gone UNION ALL SELECT * FROM added) AS different GROUP BY place
"""


async def is_behind(site: Site) -> bool:
    """Whether a deriver has not caught up with a room."""
    return bool((await site.rows(BEHIND))[0]["n"])


async def derivers(site: Site) -> list[str]:
    """The names of the derivers that have run."""
    return [row["name"] for row in await site.rows("SELECT name FROM chat_deriverstate ORDER BY name")]


async def remember(site: Site) -> None:
    """Keep all rows, to be compared by `differences`."""
    await site.rows("DROP TABLE IF EXISTS faults_before")
    await site.rows(f"CREATE TABLE faults_before AS {await _all_rows(site)}")


async def differences(site: Site) -> list[str]:
    """A sentence for each table whose rows are not those that were remembered."""
    found = await site.rows(DIFFERENT.format(rows=await _all_rows(site)))
    return [f"{row['n']} rows of {row['place']} differ from a rebuild" for row in found]


async def _all_rows(site: Site) -> str:
    """SQL of all rows as JSON, without their ids and revisions: rows that were replaced have new ones."""
    tables = [row["tablename"] for row in await site.rows(TABLES) if row["tablename"] not in OPERATIONAL]
    numbers = "'{id,revision,settings_revision,text_revision}'::text[]"
    return " UNION ALL ".join(
        f"SELECT '{table}'::text AS place, to_jsonb(one) - {numbers} AS content FROM {table} AS one" for table in tables
    )

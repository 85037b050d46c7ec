"""Which long work still has its process: each holds a lock for as long as its connection lives."""

from django.db import connection

# The first of the two numbers of an advisory lock: long work. The second is the work's own.
LOCKS = 7102
_ALIVE = """
SELECT objid::bigint FROM pg_locks
WHERE locktype = 'advisory' AND classid = %s AND objsubid = 2 AND granted
  AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
"""


def alive() -> set[int]:
    """Numbers of long work whose process is there."""
    with connection.cursor() as cursor:
        cursor.execute(_ALIVE, [LOCKS])
        return {row[0] for row in cursor.fetchall()}

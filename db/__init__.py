"""PostgreSQL, and nothing but: rows, unit of work, queue, event log, migrations."""

"""Alembic's entry: the connection is given by whoever migrates; nothing is read from a file."""

from alembic import context
from sqlalchemy import Connection

from db import drift_rows, payment_rows, rows, unlock_rows, webhook_rows, wire_rows
from db.base import Row

#: Imported so that every table is known to the metadata.
_TABLES = (drift_rows, payment_rows, rows, unlock_rows, webhook_rows, wire_rows)


def _run(connection: Connection) -> None:
    context.configure(
        connection=connection,
        target_metadata=Row.metadata,
        transaction_per_migration=True,
        compare_type=True,
    )
    with context.begin_transaction():
        context.run_migrations()


_run(context.config.attributes["connection"])

"""Runs migrations: in one transaction, so that what fails half way leaves nothing behind."""

from alembic import context
from flask import current_app
from sqlalchemy import text

# Any number, as long as everything that changes this schema uses the same.
SCHEMA_LOCK = 5000

with current_app.extensions["migrate"].db.engine.connect() as connection:
    context.configure(connection=connection)
    with context.begin_transaction():
        # Of two at once, one waits, and finds nothing left to do.
        connection.execute(text("SET LOCAL lock_timeout = '60s'"))
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": SCHEMA_LOCK})
        connection.execute(text("SET LOCAL lock_timeout = '5s'"))
        context.run_migrations()

"""The database: a pool of connections to the writer, and one to the reader."""

import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from psycopg import Connection
from psycopg.rows import DictRow, dict_row
from psycopg_pool import ConnectionPool

# How long a request waits for a connection before it is answered with 503.
TIMEOUT_SECONDS = int(os.environ.get("DB_TIMEOUT_SECONDS", "3"))

CONNECTION: dict[str, Any] = {
    "port": os.environ["DB_PORT"],
    "dbname": os.environ["DB_NAME"],
    "user": os.environ["DB_USER"],
    "password": os.environ["DB_PASSWORD"],
    "application_name": "flask-api",
    # "require" encrypts, but does not check that it is the database who answers.
    # "verify-full" does, and needs the certificates of RDS in the image: see README.md.
    "sslmode": os.environ.get("DB_SSLMODE", "require"),
    "connect_timeout": TIMEOUT_SECONDS,
    # A failed host does not close its connections; the kernel would wait for minutes.
    "tcp_user_timeout": TIMEOUT_SECONDS * 1000,
    "options": "-c statement_timeout=5s",
    "autocommit": True,
    "row_factory": dict_row,
}

# Any number, as long as everything that creates this table uses the same.
SCHEMA_LOCK = 5000


def create_table(connection: Connection[DictRow]) -> None:
    """Create the table unless it exists, which a login that may not create any finds, too.

    Asking first is not enough, and neither is IF NOT EXISTS: of two tasks that start at once
    both may find that the table does not exist, and one of them fails.
    """
    if connection.execute("SELECT FROM pg_class WHERE oid = to_regclass('products')").rowcount:
        return
    with connection.transaction():
        connection.execute("SELECT pg_advisory_xact_lock(%s)", [SCHEMA_LOCK])
        connection.execute(
            """
            CREATE TABLE IF NOT EXISTS products (
                id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
                name text NOT NULL,
                price_cents integer NOT NULL
            )
            """
        )


def check_writable(connection: Connection[DictRow]) -> None:
    """Refuse an instance that a failover has made a reader; the pool then connects anew."""
    row = connection.execute("SHOW transaction_read_only").fetchone()
    if row != {"transaction_read_only": "off"}:
        raise psycopg.OperationalError("the writer has become a reader")


class Pool(ConnectionPool[Connection[DictRow]]):
    """Connections to a host, made in the background: the API starts without a database.

    Every worker of every task has two pools. 10 tasks, twice as many during a deployment,
    with 2 workers and 4 connections each are 160 connections to an instance; a db.t3.medium
    takes about 400.
    """

    # How many requests may hold or wait for a connection. The others are refused at once, or
    # else those that wait for a database would take every thread, and /health would wait, too.
    # The pool's own max_waiting is no help: it counts those who have gone, and after an outage
    # refuses everybody.
    MAX_REQUESTS = 28

    def __init__(
        self,
        host: str,
        check: Callable[[Connection[DictRow]], None],
        configure: Callable[[Connection[DictRow]], None] | None = None,
    ) -> None:
        def check_or_drain(connection: Connection[DictRow]) -> None:
            try:
                check(connection)
            except psycopg.Error:
                # After a failover the others are broken, too. Trying one after the other, with
                # the pool's pauses, would take longer than a request waits.
                self.drain()
                raise

        self.places = threading.Semaphore(self.MAX_REQUESTS)
        super().__init__(
            kwargs=CONNECTION | {"host": host},
            check=check_or_drain,
            configure=configure,
            open=True,
            min_size=1,
            max_size=4,
            timeout=TIMEOUT_SECONDS,
            # Give up with the request; otherwise the next one waits for an attempt that is
            # backing off.
            reconnect_timeout=TIMEOUT_SECONDS,
            # A reader that was added gets connections as others reach their end.
            max_lifetime=600,
        )

    @contextmanager
    def connection(self, timeout: float | None = None) -> Iterator[Connection[DictRow]]:
        if not self.places.acquire(blocking=False):
            raise psycopg.OperationalError("too many requests wait for a connection")
        try:
            with super().connection(timeout) as connection:
                yield connection
        finally:
            self.places.release()


writer = Pool(
    os.environ["DB_HOST"],
    check=check_writable,
    configure=create_table,
)

reader = Pool(os.environ["DB_READER_HOST"], check=ConnectionPool.check_connection)

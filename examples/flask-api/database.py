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

import login

# How long a request waits for a connection before it is answered with 503.
TIMEOUT_SECONDS = int(os.environ.get("DB_TIMEOUT_SECONDS", "3"))

CONNECTION: dict[str, Any] = {
    "port": os.environ["DB_PORT"],
    "dbname": os.environ["DB_NAME"],
    "user": os.environ["DB_USER"],
    "application_name": "flask-api",
    "sslmode": login.SSLMODE,
    "connect_timeout": TIMEOUT_SECONDS,
    # A failed host does not close its connections; the kernel would wait for minutes.
    "tcp_user_timeout": TIMEOUT_SECONDS * 1000,
    "options": "-c statement_timeout=5s",
    "autocommit": True,
    "row_factory": dict_row,
}


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

    def __init__(self, host: str, check: Callable[[Connection[DictRow]], None]) -> None:
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
            # Asked for each connection.
            kwargs=lambda: CONNECTION | {"host": host, "password": login.secret_for(host)},
            check=check_or_drain,
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


# check_writable refuses a reader, which is where the writer's name leads until DNS follows a
# failover.
writer = Pool(os.environ["DB_HOST"], check=check_writable)

reader = Pool(os.environ["DB_READER_HOST"], check=ConnectionPool.check_connection)

"""Counts the orders of yesterday: `python nightly.py`, the command of a job.

Run again, it counts the same. Another day is its argument: `python nightly.py 2030-01-31`.
"""

import datetime
import sys

import database


def count(day: datetime.date) -> int:
    with database.writer.connection(timeout=30) as connection:
        row = connection.execute(
            """
            INSERT INTO daily_orders (day, orders)
            SELECT %(day)s, count(*) FROM orders
            WHERE placed_at >= %(day)s AND placed_at < %(day)s + interval '1 day'
            ON CONFLICT (day) DO UPDATE SET orders = excluded.orders
            RETURNING orders
            """,
            {"day": datetime.datetime.combine(day, datetime.time(), datetime.UTC)},
        ).fetchone()
    assert row
    return int(row["orders"])


if __name__ == "__main__":
    yesterday = datetime.datetime.now(datetime.UTC).date() - datetime.timedelta(days=1)
    day = datetime.date.fromisoformat(sys.argv[1]) if sys.argv[1:] else yesterday
    print(f"{day}: {count(day)} orders")

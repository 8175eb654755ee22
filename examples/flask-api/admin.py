"""The orders, for those who work in the shop: `gunicorn admin:app`, a service of its own."""

import hmac
import os

from flask import Flask, request
from flask.typing import ResponseReturnValue

import database

NEWEST = 100

app = Flask(__name__)


@app.before_request
def require_token() -> ResponseReturnValue | None:
    """Refuse whoever does not know ADMIN_TOKEN: the load balancer lets everybody in."""
    expected = os.environ.get("ADMIN_TOKEN", "")
    if request.endpoint == "health":
        return None
    given = request.authorization.token if request.authorization else None
    if not expected or not hmac.compare_digest((given or "").encode(), expected.encode()):
        return {"error": "the token of the staff is missing"}, 401, {"WWW-Authenticate": "Bearer"}
    return None


@app.get("/health")
def health() -> ResponseReturnValue:
    return {"status": "ok"}


@app.get("/orders")
def list_orders() -> ResponseReturnValue:
    with database.reader.connection() as connection:
        rows = connection.execute(
            """
            SELECT id, product_id, quantity, state, placed_at FROM orders
            ORDER BY placed_at DESC LIMIT %s
            """,
            [NEWEST],
        ).fetchall()
    return {"orders": rows}

"""The newest orders, for those who have the token: a service of its own, with the API's image."""

import hmac
import os

from flask import Flask, request
from flask.typing import ResponseReturnValue

import database

TOKEN = os.environ["ADMIN_TOKEN"].encode()

app = Flask(__name__)


@app.get("/health")
def health() -> ResponseReturnValue:
    return {"status": "ok"}


@app.get("/orders")
def list_orders() -> ResponseReturnValue:
    """Whoever may reach the API may reach this, too."""
    given = request.headers.get("Authorization", "").encode()
    if not hmac.compare_digest(given, b"Bearer " + TOKEN):
        return {"error": "the token is missing or wrong"}, 401, {"WWW-Authenticate": "Bearer"}
    with database.reader.connection() as connection:
        return connection.execute(
            """
            SELECT id, product_id, quantity, state, placed_at FROM orders
            ORDER BY placed_at DESC LIMIT 100
            """
        ).fetchall()

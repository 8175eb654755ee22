"""A catalogue of products: it writes to the database's writer and reads from its reader."""

import json
from typing import Any

import psycopg
from botocore.exceptions import BotoCoreError, ClientError
from flask import Flask, abort, request, url_for
from flask.typing import ResponseReturnValue
from psycopg.rows import DictRow
from werkzeug.exceptions import HTTPException
from werkzeug.middleware.proxy_fix import ProxyFix

import database
import orders
import schema
import tracing

MAX_NAME_LENGTH = 200
MAX_PRICE_CENTS = 2**31 - 1  # what an integer of PostgreSQL holds

app = Flask(__name__)
tracing.trace(app)
schema.add_commands(app)
app.register_blueprint(orders.blueprint)
# AWS WAF, where it is on, refuses larger bodies, too.
app.config["MAX_CONTENT_LENGTH"] = 8 * 1024
# The load balancer is the only proxy: what it adds to X-Forwarded-* is true, and what was
# there before is what a client claims.
app.wsgi_app = ProxyFix(app.wsgi_app, x_for=1, x_proto=1)  # type: ignore[method-assign]


@app.get("/health")
def health() -> ResponseReturnValue:
    """Answer that this task can serve, without asking the database.

    If it did ask, an outage of the database would make every task unhealthy, and the load
    balancer and ECS would replace tasks that are all right.
    """
    return {"status": "ok"}


@app.post("/products")
def create_product() -> ResponseReturnValue:
    product = request.get_json()
    if not isinstance(product, dict):
        abort(400, "the body must be a JSON object with name and price_cents")
    if problems := invalid_fields(product):
        return {"error": "the product is not valid", "fields": problems}, 400
    with database.writer.connection() as connection:
        created = connection.execute(
            """
            INSERT INTO products (name, price_cents) VALUES (%(name)s, %(price_cents)s)
            RETURNING id, name, price_cents
            """,
            product,
        ).fetchone()
    assert created
    # The answer holds the product, because the reader follows the writer with a delay.
    location = url_for("get_product", product_id=created["id"], _external=True)
    return created, 201, {"Location": location}


@app.get("/products")
def list_products() -> ResponseReturnValue:
    """The newest 100 products."""
    return read("SELECT id, name, price_cents FROM products ORDER BY id DESC LIMIT 100")


@app.get("/products/<int:product_id>")
def get_product(product_id: int) -> ResponseReturnValue:
    found = read("SELECT id, name, price_cents FROM products WHERE id = %s", product_id)
    if not found:
        abort(404, f"there is no product {product_id}")
    return found[0]


def read(query: str, *parameters: Any) -> list[DictRow]:
    with database.reader.connection() as connection:
        return connection.execute(query, parameters).fetchall()


def invalid_fields(product: dict[str, Any]) -> dict[str, str]:
    """Say of each field that is wrong what it is and what is allowed."""
    name, price = product.get("name"), product.get("price_cents")
    problems = {}
    # Some characters that are not printable are ones that PostgreSQL cannot store.
    if not (
        isinstance(name, str)
        and name.strip()
        and len(name) <= MAX_NAME_LENGTH
        and name.isprintable()
    ):
        problems["name"] = f"{json.dumps(name)} is not 1 to {MAX_NAME_LENGTH} printable characters"
    if type(price) is not int or not 0 <= price <= MAX_PRICE_CENTS:
        problems["price_cents"] = (
            f"{json.dumps(price)} is not a whole number from 0 to {MAX_PRICE_CENTS}"
        )
    return problems


@app.errorhandler(psycopg.OperationalError)
def database_unavailable(error: psycopg.OperationalError) -> ResponseReturnValue:
    app.logger.warning("the database is not available: %s", error)
    return {"error": "the database is not available"}, 503, {"Retry-After": "5"}


@app.errorhandler(BotoCoreError)
@app.errorhandler(ClientError)
def queue_unavailable(error: Exception) -> ResponseReturnValue:
    app.logger.warning("the queue is not available: %s", error)
    return {"error": "the queue is not available"}, 503, {"Retry-After": "5"}


@app.errorhandler(psycopg.errors.UndefinedTable)
def schema_missing(error: psycopg.errors.UndefinedTable) -> ResponseReturnValue:
    app.logger.warning("the migrations have not run: %s", error)
    return {"error": "the database has no tables yet"}, 503, {"Retry-After": "5"}


@app.errorhandler(RecursionError)
def nested_too_deeply(_: RecursionError) -> ResponseReturnValue:
    return {"error": "the body is nested too deeply"}, 400


@app.errorhandler(HTTPException)
def as_json(error: HTTPException) -> ResponseReturnValue:
    response = error.get_response()
    response.set_data(app.json.dumps({"error": error.description}))
    response.content_type = "application/json"
    return response

"""Orders and pictures of products, which a worker sees to."""

import uuid
from typing import Any

from flask import Blueprint, abort, request, url_for
from flask.typing import ResponseReturnValue

import database
import messages

MAX_QUANTITY = 1000
MAX_PICTURE_BYTES = 5 * 1024 * 1024
UPLOAD_SECONDS = 600

blueprint = Blueprint("orders", __name__)


@blueprint.before_request
def require_queue() -> None:
    if not (messages.QUEUE and messages.BUCKET):
        abort(501, "this environment has no queue orders and no bucket uploads")


@blueprint.post("/orders")
def place_order() -> ResponseReturnValue:
    """Take an order once, however often it is sent with the same Idempotency-Key.

    The message is sent before the order is written. If one of the two fails, the client is not
    told that there is an order; a message without an order does nothing. No connection to the
    database is held meanwhile: a slow queue must not keep other requests from theirs.
    """
    wanted = valid(request.get_json())
    if before := order(wanted["id"]):
        return repeated(before, wanted)
    with database.writer.connection() as connection:
        product = connection.execute(
            "SELECT FROM products WHERE id = %(product_id)s", wanted
        ).fetchone()
    if product is None:
        abort(404, f"there is no product {wanted['product_id']}")
    messages.send({"order": str(wanted["id"])})
    with database.writer.connection() as connection:
        placed = connection.execute(
            """
            INSERT INTO orders (id, product_id, quantity)
            VALUES (%(id)s, %(product_id)s, %(quantity)s) ON CONFLICT DO NOTHING RETURNING id
            """,
            wanted,
        ).fetchone()
    if not placed:
        return repeated(order(wanted["id"]), wanted)
    return wanted, 201, {"Location": url_for(".get_order", order_id=wanted["id"])}


def order(order_id: uuid.UUID) -> dict[str, Any] | None:
    with database.writer.connection() as connection:
        return connection.execute(
            "SELECT id, product_id, quantity FROM orders WHERE id = %s", [order_id]
        ).fetchone()


def repeated(before: dict[str, Any] | None, wanted: dict[str, Any]) -> ResponseReturnValue:
    if before != wanted:
        abort(409, "this Idempotency-Key is that of another order")
    return wanted, 200


def valid(body: Any) -> dict[str, Any]:
    if not isinstance(body, dict):
        abort(400, "the body must be a JSON object with product_id and quantity")
    product, quantity = body.get("product_id"), body.get("quantity")
    if type(product) is not int or not 0 < product < 2**63:
        abort(400, "product_id is not the number of a product")
    if type(quantity) is not int or not 1 <= quantity <= MAX_QUANTITY:
        abort(400, f"quantity is not a whole number from 1 to {MAX_QUANTITY}")
    try:
        key = uuid.UUID(request.headers.get("Idempotency-Key") or str(uuid.uuid4()))
    except ValueError:
        abort(400, "the Idempotency-Key is not a UUID")
    return {"id": key, "product_id": product, "quantity": quantity}


@blueprint.get("/orders/<uuid:order_id>")
def get_order(order_id: uuid.UUID) -> ResponseReturnValue:
    with database.reader.connection() as connection:
        found = connection.execute(
            """
            SELECT id, product_id, quantity, state,
                (SELECT count(*) FROM shipments WHERE order_id = orders.id) AS shipments
            FROM orders WHERE id = %s
            """,
            [order_id],
        ).fetchone()
    if not found:
        abort(404, f"there is no order {order_id}")
    return found


@blueprint.post("/products/<int:product_id>/picture")
def upload_picture(product_id: int) -> ResponseReturnValue:
    """Say where a form with the file may be sent: to the bucket, and not through the API."""
    return messages.s3.generate_presigned_post(
        messages.BUCKET,
        messages.picture(product_id),
        Conditions=[["content-length-range", 1, MAX_PICTURE_BYTES]],
        ExpiresIn=UPLOAD_SECONDS,
    )


@blueprint.put("/products/<int:product_id>/thumbnail")
def make_thumbnail(product_id: int) -> ResponseReturnValue:
    """Have a thumbnail made of the picture, once it is uploaded."""
    messages.send({"picture": product_id})
    return {"status": "the thumbnail is being made"}, 202


@blueprint.get("/products/<int:product_id>/thumbnail")
def get_thumbnail(product_id: int) -> ResponseReturnValue:
    parameters = {"Bucket": messages.BUCKET, "Key": messages.thumbnail(product_id)}
    url: str = messages.s3.generate_presigned_url("get_object", Params=parameters)
    return {"url": url}, 302, {"Location": url}

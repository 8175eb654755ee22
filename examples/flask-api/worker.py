"""Sees to what the API left in the queue: `python worker.py`, the command of a worker.

SQS delivers a message at least once. It is deleted when its work is done, so that none is
lost with a worker, and the work of one that comes again is not done again.
"""

import io
import json
import logging
import signal
import sys
import threading
from typing import Any

from PIL import Image

import database
import messages

# Shorter than messages.py has requests wait, and than a worker may take to stop.
WAIT_SECONDS = 10
# A message may come before its order is written, and an order may never be.
MAX_MISSES = 3
THUMBNAIL_PIXELS = (256, 256)

log = logging.getLogger("worker")
stopping = threading.Event()


class UnknownOrder(Exception):
    """An order that is not written yet, or never was."""


def confirm(order_id: str) -> None:
    """Ship the order, in the transaction that says so."""
    with database.writer.connection() as connection, connection.transaction():
        new = connection.execute(
            "UPDATE orders SET state = 'confirmed' WHERE id = %s AND state = 'new' RETURNING id",
            [order_id],
        ).fetchone()
        if new:
            connection.execute("INSERT INTO shipments (order_id) VALUES (%s)", [order_id])
            return
        known = connection.execute("SELECT 1 FROM orders WHERE id = %s", [order_id]).fetchone()
    if not known:
        raise UnknownOrder(f"there is no order {order_id} yet")
    log.info("order %s came again", order_id)


def draw(product_id: int) -> None:
    """Make the thumbnail: made again, it is the same one."""
    stored = messages.s3.get_object(Bucket=messages.BUCKET, Key=messages.picture(product_id))
    with Image.open(stored["Body"], formats=("JPEG", "PNG", "WEBP")) as picture:
        picture.thumbnail(THUMBNAIL_PIXELS)
        thumbnail = io.BytesIO()
        picture.convert("RGB").save(thumbnail, "JPEG")
    messages.s3.put_object(
        Bucket=messages.BUCKET,
        Key=messages.thumbnail(product_id),
        Body=thumbnail.getvalue(),
        ContentType="image/jpeg",
    )


WORK: dict[str, Any] = {"order": confirm, "picture": draw}


def see_to(message: dict[str, Any]) -> None:
    """Do the work and delete the message; what fails comes again, and at last is dead."""
    try:
        [(kind, what)] = json.loads(message["Body"]).items()
        WORK[kind](what)
    except UnknownOrder as problem:
        if int(message["Attributes"]["ApproximateReceiveCount"]) < MAX_MISSES:
            log.info("%s", problem)
            return
        log.warning("%s, and there will not be", problem)
    except Exception:
        log.exception("the message %s failed", message["Body"])
        return
    messages.sqs.delete_message(QueueUrl=messages.QUEUE, ReceiptHandle=message["ReceiptHandle"])


def give_back(message: dict[str, Any]) -> None:
    """Let another worker have the message at once."""
    messages.sqs.change_message_visibility(
        QueueUrl=messages.QUEUE, ReceiptHandle=message["ReceiptHandle"], VisibilityTimeout=0
    )


def main() -> None:
    logging.basicConfig(level=logging.INFO, stream=sys.stderr, format="%(message)s")
    signal.signal(signal.SIGTERM, lambda *_: stopping.set())
    while not stopping.is_set():
        received = messages.sqs.receive_message(
            QueueUrl=messages.QUEUE,
            MaxNumberOfMessages=10,
            WaitTimeSeconds=WAIT_SECONDS,
            MessageSystemAttributeNames=["ApproximateReceiveCount"],
        )
        for message in received.get("Messages", []):
            if stopping.is_set():
                give_back(message)
            else:
                see_to(message)
    log.info("stopped, with no message in hand")


if __name__ == "__main__":
    main()

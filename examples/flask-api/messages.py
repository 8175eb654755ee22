"""What the API leaves to the worker: messages in a queue, and pictures in a bucket."""

import json
import os
import re
from typing import Any

DELAY_SECONDS = 2

# Of the platform's `Queues` and `Buckets`, where it has some.
QUEUE = os.environ.get("QUEUE_ORDERS_URL")
BUCKET = os.environ.get("BUCKET_UPLOADS")

if QUEUE and BUCKET:
    import boto3  # Only here: it takes memory, and time to start.
    from botocore.config import Config

    # All of a platform is in one region, which the address of its queue names.
    host = re.match(r"https://sqs\.([a-z0-9-]+)\.", QUEUE)
    # A request must not hold its connection to the database for as long as boto3 would try.
    patience = Config(
        region_name=host and host[1],
        connect_timeout=1,
        read_timeout=15,  # Longer than a worker waits for messages.
        retries={"total_max_attempts": 2},
        s3={"addressing_style": "virtual"} if host else {},
    )
    sqs = boto3.client("sqs", config=patience)
    # In some regions boto3 signs addresses for others in a way that S3 takes for no object
    # which a key of KMS encrypts.
    s3 = boto3.client("s3", config=patience.merge(Config(signature_version="s3v4")))


def send(body: dict[str, Any]) -> None:
    """Send a message, which no worker sees before what it is about is written."""
    sqs.send_message(QueueUrl=QUEUE, MessageBody=json.dumps(body), DelaySeconds=DELAY_SECONDS)


def picture(product_id: int) -> str:
    """Where a product's picture is, as somebody uploaded it."""
    return f"pictures/{product_id}"


def thumbnail(product_id: int) -> str:
    return f"thumbnails/{product_id}.jpeg"

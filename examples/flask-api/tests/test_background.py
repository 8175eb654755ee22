"""Orders and pictures, from the API by way of the queue to a worker, and what a job counts."""

import datetime
import io
import json
import signal
import subprocess
import time
import urllib.request
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import boto3
import pytest
from conftest import Start
from image import API, Image, eventually
from moto.server import ThreadedMotoServer
from PIL import Image as Picture
from postgres import Server

# Messages come again soon, and the third time is the last.
VISIBILITY_SECONDS = 3
MAX_RECEIVES = 3


class AWS:
    """A queue with its dead letters, and a bucket, as the platform has them."""

    def __init__(self, endpoint: str) -> None:
        self.variables = {
            "AWS_ENDPOINT_URL": endpoint,
            "AWS_DEFAULT_REGION": "eu-south-1",
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
        }
        session = boto3.Session("test", "test", region_name="eu-south-1")
        self.sqs = session.client("sqs", endpoint_url=endpoint)
        self.s3 = session.client("s3", endpoint_url=endpoint)
        self.dead = self.sqs.create_queue(QueueName="dead")["QueueUrl"]
        arn = self.attributes(self.dead)["QueueArn"]
        redrive = json.dumps({"deadLetterTargetArn": arn, "maxReceiveCount": MAX_RECEIVES})
        attributes = {"VisibilityTimeout": str(VISIBILITY_SECONDS), "RedrivePolicy": redrive}
        self.queue = self.sqs.create_queue(QueueName="orders", Attributes=attributes)["QueueUrl"]
        constraint = {"LocationConstraint": "eu-south-1"}
        self.s3.create_bucket(Bucket="uploads", CreateBucketConfiguration=constraint)
        self.variables |= {"QUEUE_ORDERS_URL": self.queue, "BUCKET_UPLOADS": "uploads"}

    def attributes(self, queue: str) -> dict[str, str]:
        found = self.sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["All"])
        attributes: dict[str, str] = found["Attributes"]
        return attributes

    def left(self, queue: str) -> int:
        """How many messages the queue has, with those that somebody received."""
        a = self.attributes(queue)
        names = ("", "NotVisible", "Delayed")
        return sum(int(a["ApproximateNumberOfMessages" + name]) for name in names)

    def send(self, body: str) -> None:
        self.sqs.send_message(QueueUrl=self.queue, MessageBody=body)


@pytest.fixture(scope="module")
def aws() -> Iterator[AWS]:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield AWS(f"http://{host}:{port}")
    server.stop()


@pytest.fixture(scope="module")
def shop(aws: AWS, start_api: Start) -> API:
    return start_api(options="", **aws.variables)


@pytest.fixture(scope="module")
def pen(shop: API) -> int:
    created: int = shop.post("/products", {"name": "Pen", "price_cents": 250}).body["id"]
    return created


class Workers:
    """Processes of the worker's command."""

    def __init__(self, image: Image, environment: dict[str, str]) -> None:
        self.image, self.environment = image, environment
        self.running: list[subprocess.Popen[str]] = []

    def start(self) -> "subprocess.Popen[str]":
        process = self.image.start("python", "worker.py", environment=self.environment)
        self.running.append(process)
        return process

    def stop(self, process: "subprocess.Popen[str]", how: int = signal.SIGTERM) -> str:
        """End a worker, and return what it logged."""
        self.running.remove(process)
        process.send_signal(how)
        return process.communicate(timeout=30)[1]


@pytest.fixture
def workers(image: Image, platform: dict[str, str], aws: AWS) -> Iterator[Workers]:
    aws.sqs.purge_queue(QueueUrl=aws.queue)
    aws.sqs.purge_queue(QueueUrl=aws.dead)
    workers = Workers(image, platform | aws.variables)
    yield workers
    for process in list(workers.running):
        workers.stop(process, signal.SIGKILL)


def order(shop: API, pen: int, key: str | None = None) -> Any:
    headers = {"Idempotency-Key": key} if key else {}
    return shop.post("/orders", {"product_id": pen, "quantity": 2}, **headers)


def shipments(writer: Server, ids: list[str]) -> list[int]:
    """How often each order was shipped."""
    counted = dict(
        writer.execute("SELECT order_id::text, count(*) FROM shipments GROUP BY order_id")
    )
    return [counted.get(i, 0) for i in ids]


def test_an_order_is_confirmed_by_a_worker(
    shop: API, pen: int, workers: Workers, writer: Server, aws: AWS
) -> None:
    placed = order(shop, pen)
    assert placed.status == 201
    path = f"/orders/{placed.body['id']}"
    eventually(lambda: shop.get(path).body.get("state") == "new")
    workers.start()
    eventually(lambda: shop.get(path).body["state"] == "confirmed")
    eventually(lambda: shop.get(path).body["shipments"] == 1)
    assert shipments(writer, [placed.body["id"]]) == [1]
    eventually(lambda: aws.left(aws.queue) == 0)


def test_an_order_that_is_sent_again_is_the_same_one(
    shop: API, pen: int, workers: Workers, writer: Server, aws: AWS
) -> None:
    key = str(uuid.uuid4())
    with ThreadPoolExecutor(8) as clients:
        answers = list(clients.map(lambda _: order(shop, pen, key), range(8)))
    assert sorted(a.status for a in answers) == [200] * 7 + [201]
    assert {a.body["id"] for a in answers} == {key}
    worker = workers.start()
    eventually(lambda: shipments(writer, [key]) == [1])
    eventually(lambda: aws.left(aws.queue) == 0)
    workers.stop(worker)
    assert shipments(writer, [key]) == [1]
    other = shop.post("/orders", {"product_id": pen, "quantity": 3}, **{"Idempotency-Key": key})
    assert other.status == 409


def test_a_message_that_comes_again_ships_nothing_again(
    shop: API, pen: int, workers: Workers, writer: Server, aws: AWS
) -> None:
    placed = order(shop, pen).body["id"]
    for _ in range(4):
        aws.send(json.dumps({"order": placed}))
    worker = workers.start()
    eventually(lambda: aws.left(aws.queue) == 0)
    assert shipments(writer, [placed]) == [1]
    assert workers.stop(worker).count(f"order {placed} came again") == 4


def test_workers_that_are_stopped_and_killed_lose_nothing(
    shop: API, pen: int, workers: Workers, writer: Server, aws: AWS
) -> None:
    ids = [order(shop, pen).body["id"] for _ in range(60)]
    for how in (signal.SIGTERM, signal.SIGKILL, signal.SIGTERM):
        worker = workers.start()
        before = sum(shipments(writer, ids))
        eventually(lambda before=before: sum(shipments(writer, ids)) > before)  # type: ignore[misc]
        started = time.monotonic()
        log = workers.stop(worker, how)
        if how == signal.SIGTERM:
            assert worker.returncode == 0
            assert time.monotonic() - started < 12
            assert "stopped, with no message in hand" in log
    workers.start()
    eventually(lambda: shipments(writer, ids) == [1] * len(ids), seconds=30)
    eventually(lambda: aws.left(aws.queue) == 0)
    assert aws.left(aws.dead) == 0


def test_what_cannot_be_done_is_kept_as_dead(workers: Workers, aws: AWS) -> None:
    aws.s3.put_object(Bucket="uploads", Key="pictures/77", Body=b"no picture")
    for body in ('{"picture": 77}', '{"parcel": 1}', "no JSON"):
        aws.send(body)
    workers.start()
    eventually(lambda: aws.left(aws.dead) == 3, seconds=30)
    assert aws.left(aws.queue) == 0


def test_a_message_without_an_order_is_dropped(workers: Workers, aws: AWS) -> None:
    aws.send(json.dumps({"order": str(uuid.uuid4())}))
    workers.start()
    eventually(lambda: aws.left(aws.queue) == 0, seconds=30)
    assert aws.left(aws.dead) == 0


def test_without_the_queue_there_is_no_order(
    start_api: Start, pen: int, aws: AWS, writer: Server
) -> None:
    away = {"QUEUE_ORDERS_URL": aws.queue + "-gone"}
    api = start_api(**aws.variables | away)
    key = str(uuid.uuid4())
    answer = order(api, pen, key)
    assert (answer.status, answer.body) == (503, {"error": "the queue is not available"})
    assert writer.execute(f"SELECT count(*) FROM orders WHERE id = '{key}'") == [(0,)]


def test_an_environment_without_queues_says_so(api: API) -> None:
    assert order(api, 1).status == 501


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ([], 400),
        ({"product_id": "1", "quantity": 1}, 400),
        ({"product_id": 2**63, "quantity": 1}, 400),
        ({"product_id": 1, "quantity": 0}, 400),
        ({"product_id": 2**62, "quantity": 1}, 404),
    ],
)
def test_orders_that_are_refused(shop: API, aws: AWS, body: Any, status: int) -> None:
    before = aws.left(aws.queue)
    assert shop.post("/orders", body).status == status
    assert aws.left(aws.queue) == before


def test_a_picture_becomes_a_thumbnail(shop: API, pen: int, workers: Workers, aws: AWS) -> None:
    form = shop.post(f"/products/{pen}/picture", {}).body
    assert form["url"].endswith("uploads")
    assert form["fields"]["key"] == f"pictures/{pen}"
    file = io.BytesIO()
    Picture.new("RGBA", (1000, 500), "red").save(file, "PNG")
    aws.s3.put_object(Bucket="uploads", Key=f"pictures/{pen}", Body=file.getvalue())
    assert shop.request("PUT", f"/products/{pen}/thumbnail", None, {}).status == 202
    workers.start()
    eventually(lambda: aws.left(aws.queue) == 0)
    answer = shop.get(f"/products/{pen}/thumbnail")
    assert answer.status == 302
    with urllib.request.urlopen(answer.headers["Location"]) as stored:
        thumbnail = Picture.open(io.BytesIO(stored.read()))
    assert (thumbnail.format, thumbnail.size) == ("JPEG", (256, 128))


def test_a_job_counts_the_orders_of_a_day(
    shop: API, pen: int, image: Image, platform: dict[str, str], writer: Server
) -> None:
    ids = [order(shop, pen).body["id"] for _ in range(3)]
    days = ("2030-01-30 23:59:59.9+00", "2030-01-31 00:00+00", "2030-01-31 23:59+00")
    for i, day in zip(ids, days, strict=True):
        writer.execute(f"UPDATE orders SET placed_at = '{day}' WHERE id = '{i}'")
    for _ in range(2):
        job = image.release(platform, "python", "nightly.py", "2030-01-31")
        assert (job.returncode, job.stdout) == (0, "2030-01-31: 2 orders\n")
    assert writer.execute("SELECT * FROM daily_orders WHERE day = '2030-01-31'") == [
        (datetime.date(2030, 1, 31), 2)
    ]


@pytest.mark.parametrize("region", ["eu-south-1", "us-east-1"])
def test_addresses_are_signed_for_encrypted_objects(
    image: Image, platform: dict[str, str], region: str
) -> None:
    """In the region's own host, because others redirect, and by version 4, which KMS wants."""
    program = (
        "import messages; sign = messages.s3.generate_presigned_url;"
        "print(sign('get_object', Params={'Bucket': 'uploads', 'Key': 'x'}));"
        "print(messages.s3.generate_presigned_post('uploads', 'x'))"
    )
    variables = {
        "QUEUE_ORDERS_URL": f"https://sqs.{region}.amazonaws.com/123456789012/orders",
        "BUCKET_UPLOADS": "uploads",
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
    }
    process = image.start("python", "-c", program, environment=platform | variables)
    url, form = process.communicate(timeout=30)[0].splitlines()
    assert "X-Amz-Algorithm=AWS4-HMAC-SHA256" in url
    assert "x-amz-algorithm" in form
    host = "uploads.s3.amazonaws.com" if region == "us-east-1" else f"uploads.s3.{region}."
    assert host in url

"""The service beside the API, which shows its orders."""

import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from image import API, Image
from postgres import Server, free_port

TOKEN = "only-for-the-staff"


@pytest.fixture
def started(
    image: Image, platform: dict[str, str], released: None, tmp_path: Path
) -> Iterator[list[API]]:
    running: list[API] = []
    for token in (TOKEN, ""):
        variables = platform | ({"ADMIN_TOKEN": token} if token else {})
        command = ("gunicorn", "admin:app")
        running.append(
            image.run(tmp_path / f"log-{len(running)}", free_port(), variables, command=command)
        )
    for service in running:
        service.wait_until_healthy()
    yield running
    for service in running:
        service.process.terminate()
        service.process.wait()


def test_orders_are_for_those_who_know_the_token(
    started: list[API], writer: Server, api: API
) -> None:
    pen = api.post("/products", {"name": "Pen", "price_cents": 250}).body["id"]
    order = str(uuid.uuid4())
    writer.execute(
        f"INSERT INTO orders (id, product_id, quantity) VALUES ('{order}', {pen}, 2)"
    )
    admin, without_token = started
    for given in ({}, {"Authorization": "Bearer guess"}, {"Authorization": "Basic c2VjcmV0Og=="}):
        assert admin.get("/orders", **given).status == 401
        assert without_token.get("/orders", **given).status == 401
    assert without_token.get("/orders", Authorization="Bearer ").status == 401
    answer = admin.get("/orders", Authorization=f"Bearer {TOKEN}")
    assert answer.status == 200
    assert order in [shown["id"] for shown in answer.body["orders"]]

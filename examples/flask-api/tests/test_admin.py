"""The admin service, which runs another command in the API's image."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from image import API, Image, eventually
from postgres import Server, free_port

TOKEN = "Bearer a-long-token"


@pytest.fixture(scope="module")
def admin(
    image: Image, platform: dict[str, str], released: None, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[API]:
    variables = platform | {"ADMIN_TOKEN": TOKEN.removeprefix("Bearer ")}
    log: Path = tmp_path_factory.mktemp("admin") / "log"
    service = image.run(log, free_port(), variables, "", ["gunicorn", "admin:app"])
    service.wait_until_healthy()
    yield service
    service.process.terminate()
    service.process.wait()


def test_orders_are_for_those_who_have_the_token(admin: API) -> None:
    assert admin.get("/health").status == 200
    for given in ("", "Bearer another", "Bearer \xfc"):
        assert admin.get("/orders", Authorization=given).status == 401
    assert admin.get("/orders", Authorization=TOKEN).status == 200


def test_the_newest_order_comes_first(admin: API, writer: Server) -> None:
    placed = writer.execute(
        """
        WITH product AS (INSERT INTO products (name, price_cents) VALUES ('Pen', 250) RETURNING id)
        INSERT INTO orders (id, product_id, quantity, placed_at)
        SELECT gen_random_uuid(), id, quantity, now() + quantity * interval '1 hour'
        FROM product, generate_series(1, 2) AS quantity RETURNING id::text
        """
    )
    first, second = (row[0] for row in placed)

    def newest() -> list[str]:
        orders = admin.get("/orders", Authorization=TOKEN).body
        return [order["id"] for order in orders[:2]]

    eventually(lambda: newest() == [second, first])  # The reader follows the writer.

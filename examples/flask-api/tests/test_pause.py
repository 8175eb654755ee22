"""What the API does with a database that pauses: dev's variables, with shorter times."""

import time
from concurrent.futures import ThreadPoolExecutor

from conftest import Start
from image import Image, eventually
from pausing import Pausing
from postgres import Server

PEN = {"name": "Pen", "price_cents": 250}
RESUME_SECONDS = 2
LETS_GO = {"DB_POOL_MIN_SIZE": "0", "DB_POOL_IDLE_SECONDS": "0.5"}
PATIENT = LETS_GO | {"DB_TIMEOUT_SECONDS": "5"}


def test_the_first_requests_after_a_pause_wait_for_it(start_api: Start, writer: Server) -> None:
    with Pausing(writer, RESUME_SECONDS) as database:
        api = start_api(**database.variables() | PATIENT)
        assert not database.connections, "the start of a task wakes nothing"
        for _ in range(2):
            start = time.monotonic()
            with ThreadPoolExecutor() as executor:
                posts = [executor.submit(api.post, "/products", PEN) for _ in range(8)]
                gets = [executor.submit(api.get, "/products") for _ in range(8)]
                assert api.get("/health").status == 200
                assert time.monotonic() - start < RESUME_SECONDS, "/health waits for nothing"
                assert {post.result().status for post in posts} == {201}
                assert {get.result().status for get in gets} == {200}
            assert time.monotonic() - start >= RESUME_SECONDS
            eventually(lambda: not database.connections)
            database.pause()


def test_who_does_not_wait_is_told_to_come_back(start_api: Start, writer: Server) -> None:
    with Pausing(writer, RESUME_SECONDS) as database:
        api = start_api(**database.variables() | LETS_GO | {"DB_TIMEOUT_SECONDS": "1"})
        answer = api.post("/products", PEN)
        assert (answer.status, answer.headers["Retry-After"]) == (503, "5")
        eventually(lambda: api.post("/products", PEN).status == 201)


def test_a_pool_that_keeps_connections_keeps_it_awake(start_api: Start, writer: Server) -> None:
    with Pausing(writer, 0) as database:
        start_api(**database.variables() | PATIENT | {"DB_POOL_MIN_SIZE": "1"})
        eventually(lambda: len(database.connections) == 2)
        time.sleep(1.5)
        assert len(database.connections) == 2


def test_a_release_waits_for_it(image: Image, platform: dict[str, str], writer: Server) -> None:
    with Pausing(writer, RESUME_SECONDS) as database:
        release = image.release(platform | database.variables())
        assert release.returncode == 0, release.stderr

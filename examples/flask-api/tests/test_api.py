"""What the API does with its database, and without it."""

import json
import runpy
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest
from conftest import Start
from image import API, SOURCE, Image, eventually
from postgres import Server

PEN = {"name": "Pen", "price_cents": 250}

# What the platform does unless it is configured.
LOAD_BALANCER_IDLE_TIMEOUT_SECONDS = 60
STOP_TIMEOUT_SECONDS = 30


@contextmanager
def setting(server: Server, name: str, value: str) -> Iterator[None]:
    """Change a setting of a server while it runs."""
    server.execute(f"ALTER SYSTEM SET {name} = {value}")
    server.execute("SELECT pg_reload_conf()")
    eventually(lambda: server.execute(f"SHOW {name}") == [(value,)])
    try:
        yield
    finally:
        server.execute(f"ALTER SYSTEM RESET {name}")
        server.execute("SELECT pg_reload_conf()")


@contextmanager
def locked(server: Server, table: str, mode: str = "ACCESS EXCLUSIVE") -> Iterator[None]:
    """Let whoever needs the table wait."""
    with server.connect(autocommit=False) as connection:
        connection.execute(f"LOCK TABLE {table} IN {mode} MODE")
        yield


def connections(server: Server) -> set[tuple[str, bool]]:
    """Which connections of the API a server has, and whether they are encrypted."""
    return set(
        server.execute(
            "SELECT application_name, ssl FROM pg_stat_ssl JOIN pg_stat_activity USING (pid)"
            " WHERE application_name = 'flask-api'"
        )
    )


def test_what_is_written_can_be_read(api: API) -> None:
    created = api.post("/products", PEN)
    assert (created.status, created.body) == (201, PEN | {"id": created.body["id"]})
    path = f"/products/{created.body['id']}"
    eventually(lambda: api.get(path).status == 200)
    assert api.get(path).body == created.body
    assert created.body in api.get("/products").body


def test_reads_go_to_the_reader(api: API, reader: Server) -> None:
    reader.execute("SELECT pg_wal_replay_pause()")
    try:
        eventually(
            lambda: reader.execute("SELECT pg_get_wal_replay_pause_state()") == [("paused",)]
        )
        path = f"/products/{api.post('/products', PEN).body['id']}"
        assert api.get(path).status == 404
    finally:
        reader.execute("SELECT pg_wal_replay_resume()")
    eventually(lambda: api.get(path).status == 200)


@pytest.mark.parametrize(
    ("field", "value", "allowed"),
    [
        ("name", None, "1 to 200 printable characters"),
        ("name", 7, "1 to 200 printable characters"),
        ("name", " ", "1 to 200 printable characters"),
        ("name", "x" * 201, "1 to 200 printable characters"),
        ("name", "\0", "1 to 200 printable characters"),
        ("name", "\ud800", "1 to 200 printable characters"),
        ("price_cents", None, "a whole number from 0 to 2147483647"),
        ("price_cents", "250", "a whole number from 0 to 2147483647"),
        ("price_cents", True, "a whole number from 0 to 2147483647"),
        ("price_cents", 2.5, "a whole number from 0 to 2147483647"),
        ("price_cents", float("nan"), "a whole number from 0 to 2147483647"),
        ("price_cents", -1, "a whole number from 0 to 2147483647"),
        ("price_cents", 2**31, "a whole number from 0 to 2147483647"),
    ],
)
def test_a_field_that_is_wrong_is_named(api: API, field: str, value: object, allowed: str) -> None:
    answer = api.post("/products", PEN | {field: value})
    assert answer.status == 400
    assert answer.body["fields"] == {field: f"{json.dumps(value)} is not {allowed}"}


def test_every_field_that_is_wrong_is_named(api: API) -> None:
    assert api.post("/products", {}).body["fields"].keys() == {"name", "price_cents"}


@pytest.mark.parametrize(
    ("body", "status"),
    [("[]", 400), ("{", 400), ("[" * 5000, 400), ('"' + "x" * 8192 + '"', 413)],
    ids=["not an object", "not JSON", "nested deeply", "too large"],
)
def test_a_body_that_is_wrong_is_refused(api: API, body: str, status: int) -> None:
    answer = api.post("/products", body)
    assert answer.status == status
    assert answer.body.keys() == {"error"}


def test_numbers_can_be_as_large_as_those_of_postgresql(api: API) -> None:
    assert api.post("/products", {"name": "x" * 200, "price_cents": 2**31 - 1}).status == 201
    assert api.get(f"/products/{10**100}").status == 404


def test_the_load_balancer_is_the_only_proxy(api: API) -> None:
    headers = {
        "X-Forwarded-For": "198.51.100.1, 203.0.113.7",
        "X-Forwarded-Proto": "https",
        "X-Forwarded-Host": "attacker.example",
        "Host": "api.example.com",
    }
    created = api.post("/products", PEN, **headers)
    assert created.headers["Location"] == f"https://api.example.com/products/{created.body['id']}"
    eventually(lambda: '198.51.100.1, 203.0.113.7 "POST /products' in api.log.read_text())


def test_connections_are_encrypted(api: API, writer: Server, reader: Server) -> None:
    api.post("/products", PEN)
    api.get("/products")
    assert connections(writer) == connections(reader) == {("flask-api", True)}


def test_a_database_without_tls_is_refused(api: API, writer: Server) -> None:
    with setting(writer, "ssl", "off"):
        writer.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE application_name = 'flask-api'"
        )
        assert api.post("/products", PEN).status == 503
    eventually(lambda: api.post("/products", PEN).status == 201)


def test_certificates_are_verified_where_wanted(start_api: Start, writer: Server) -> None:
    certificate = writer.folder / "server.crt"
    api = start_api(DB_SSLMODE="verify-full", PGSSLROOTCERT=str(certificate))
    assert api.post("/products", PEN).status == 201
    # The reader has the certificate of the writer, with another name in it.
    assert api.get("/products").status == 503


def test_a_writer_that_became_a_reader_is_left(api: API, writer: Server) -> None:
    with setting(writer, "default_transaction_read_only", "on"):
        answer = api.post("/products", PEN)
    assert answer.status == 503
    eventually(lambda: api.post("/products", PEN).status == 201)


def test_a_short_outage_costs_no_request(api: API, writer: Server) -> None:
    with ThreadPoolExecutor(20) as executor, locked(writer, "products"):
        # Enough at once for every worker to have all the connections that it may have.
        for _ in range(20):
            executor.submit(api.post, "/products", PEN)
        time.sleep(0.3)
    writer.stop()
    writer.start()
    assert {api.post("/products", PEN).status for _ in range(10)} == {201}


def test_it_serves_what_it_can_during_an_outage(api: API, writer: Server) -> None:
    expected = api.get("/products").body
    writer.stop()
    try:
        # More requests than there are threads wait for the writer; nothing else waits for them.
        with ThreadPoolExecutor(300) as executor:
            posts = [executor.submit(api.post, "/products", PEN) for _ in range(300)]
            time.sleep(0.5)
            start = time.monotonic()
            assert api.get("/health").status == 200
            assert api.get("/products").body == expected
            assert time.monotonic() - start < 1
        assert {post.result().status for post in posts} == {503}
        assert posts[0].result().body == {"error": "the database is not available"}
        assert time.monotonic() - start < 5
    finally:
        writer.start()
    eventually(lambda: api.post("/products", PEN).status == 201)


def test_it_starts_without_a_database(start_api: Start, writer: Server, reader: Server) -> None:
    writer.stop()
    reader.stop()
    try:
        api = start_api()
        with ThreadPoolExecutor() as executor:
            get = executor.submit(api.get, "/products")
            assert api.post("/products", PEN).status == 503
            assert get.result().status == 503
        assert api.get("/health").status == 200
    finally:
        writer.start()
        reader.start()
    eventually(lambda: api.get("/products").status == 200)
    eventually(lambda: api.post("/products", PEN).status == 201)


def test_a_request_is_finished_before_the_container_stops(start_api: Start, writer: Server) -> None:
    api = start_api()
    with ThreadPoolExecutor() as executor:
        with locked(writer, "products"):
            post = executor.submit(api.post, "/products", PEN)
            time.sleep(0.2)
            api.process.terminate()
            time.sleep(0.3)
        assert post.result().status == 201
    assert api.process.wait(STOP_TIMEOUT_SECONDS) == 0


def test_the_settings_fit_the_platform() -> None:
    settings = runpy.run_path(str(SOURCE / "gunicorn.conf.py"))
    assert settings["bind"] == "0.0.0.0:5000"
    assert settings["keepalive"] > LOAD_BALANCER_IDLE_TIMEOUT_SECONDS
    assert settings["graceful_timeout"] < STOP_TIMEOUT_SECONDS


def test_nothing_is_written_beside_tmp(api: API, image: Image) -> None:
    eventually(lambda: api.post("/products", PEN).status == 201)
    eventually(lambda: api.get("/products").status == 200)
    assert image.files() == image.files_at_start

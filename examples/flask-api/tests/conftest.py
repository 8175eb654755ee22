"""A writer, a reader and the API, started once for all tests."""

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from image import API, Image
from postgres import (
    DATABASE,
    PASSWORD,
    USER,
    Server,
    account,
    create_reader,
    create_writer,
    find_programs,
    free_port,
)


def pytest_configure() -> None:
    if not find_programs():
        pytest.exit(
            "the tests of the sample API need the server of PostgreSQL: apt-get install postgresql",
            returncode=1 if os.environ.get("CI") else 0,
        )


@pytest.fixture(scope="session")
def servers() -> Iterator[tuple[Server, Server]]:
    # Not one of pytest's folders, which only their owner may enter.
    folder = Path(tempfile.mkdtemp())
    os.chown(folder, account().pw_uid, account().pw_gid)
    started: list[Server] = []
    try:
        writer = create_writer(folder, free_port())
        writer.start()
        started.append(writer)
        reader = create_reader(writer)
        reader.start()
        started.append(reader)
        yield writer, reader
    finally:
        for server in started:
            server.stop()
        shutil.rmtree(folder)


@pytest.fixture(scope="session")
def writer(servers: tuple[Server, Server]) -> Server:
    return servers[0]


@pytest.fixture(scope="session")
def reader(servers: tuple[Server, Server]) -> Server:
    return servers[1]


@pytest.fixture(scope="session")
def image(tmp_path_factory: pytest.TempPathFactory) -> Image:
    return Image(tmp_path_factory.mktemp("image"))


Start = Callable[..., API]


@pytest.fixture(scope="session")
def platform(writer: Server, reader: Server) -> dict[str, str]:
    """The variables that a container gets."""
    return {
        "DB_HOST": writer.host,
        "DB_READER_HOST": reader.host,
        "DB_PORT": str(writer.port),
        "DB_NAME": DATABASE,
        "DB_USER": USER,
        "DB_PASSWORD": PASSWORD,
        # For quick tests.
        "DB_TIMEOUT_SECONDS": "1",
    }


@pytest.fixture(scope="session")
def released(image: Image, platform: dict[str, str]) -> None:
    """The schema, which is there before the first task."""
    release = image.release(platform)
    assert release.returncode == 0, release.stderr


@pytest.fixture(scope="session")
def start_api(
    image: Image,
    platform: dict[str, str],
    released: None,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Start]:
    """Starts an API with the variables of the platform, others, and options of gunicorn."""
    started: list[API] = []

    def start(options: str = "--workers 1", **environment: str) -> API:
        log = tmp_path_factory.mktemp("api") / "log"
        api = image.run(log, free_port(), platform | environment, options)
        started.append(api)
        api.wait_until_healthy()
        return api

    yield start
    for api in started:
        api.process.terminate()
    for api in started:
        api.process.wait()


@pytest.fixture(scope="session")
def api(start_api: Start) -> API:
    return start_api(options="")

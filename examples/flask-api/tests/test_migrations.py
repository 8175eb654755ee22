"""What the release command does with the schema, and what the API does meanwhile."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from alembic.script import ScriptDirectory
from conftest import Start
from image import RELEASE, SOURCE, Image, eventually
from postgres import Server

PEN = {"name": "Pen", "price_cents": 250}

SCRIPTS = ScriptDirectory(str(SOURCE / "migrations"))
HEAD = SCRIPTS.get_current_head()
FIRST, *LATER = reversed(list(SCRIPTS.walk_revisions()))

HALF_WAY = f"""
from alembic import op

revision = "half way"
down_revision = "{HEAD}"


def upgrade() -> None:
    op.execute("CREATE TABLE reviews (id bigint)")
    op.execute("SELECT 1 / 0")
"""


def version(server: Server) -> str:
    (row,) = server.execute("SELECT version_num FROM alembic_version")
    return str(row[0])


@pytest.fixture
def empty(writer: Server, image: Image, platform: dict[str, str], released: None) -> None:
    """A database in which no migration ran yet."""
    tables = writer.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
    for (table,) in tables:
        writer.execute(f"DROP TABLE {table} CASCADE")


def test_the_api_waits_for_the_schema(
    start_api: Start, image: Image, platform: dict[str, str], empty: None
) -> None:
    api = start_api()
    eventually(
        lambda: api.post("/products", PEN).body == {"error": "the database has no tables yet"}
    )
    assert api.get("/health").status == 200
    assert image.release(platform).returncode == 0
    assert api.post("/products", PEN).status == 201


def test_a_release_can_be_repeated(
    image: Image, platform: dict[str, str], writer: Server, empty: None
) -> None:
    for _ in range(2):
        assert image.release(platform).returncode == 0
        assert version(writer) == HEAD


def test_two_releases_at_once_are_one(
    image: Image, platform: dict[str, str], writer: Server, empty: None
) -> None:
    with ThreadPoolExecutor() as executor:
        releases = [executor.submit(image.release, platform) for _ in range(2)]
    assert [release.result().returncode for release in releases] == [0, 0], (
        releases[0].result().stderr
    )
    assert version(writer) == HEAD


def test_a_release_that_fails_half_way_leaves_nothing(
    image: Image, platform: dict[str, str], writer: Server, tmp_path: Path, released: None
) -> None:
    broken = image.copy(tmp_path / "image")
    (broken.folder / "migrations/versions/half_way.py").write_text(HALF_WAY)
    release = broken.release(platform)
    assert release.returncode == 1
    assert "division by zero" in release.stderr
    assert platform["DB_PASSWORD"] not in release.stderr + release.stdout
    assert version(writer) == HEAD
    assert writer.execute("SELECT to_regclass('reviews')") == [(None,)]


def test_an_old_image_serves_with_the_new_schema(
    image: Image,
    platform: dict[str, str],
    writer: Server,
    tmp_path: Path,
    start_api: Start,
    empty: None,
) -> None:
    assert image.release(platform, *RELEASE, FIRST.revision).returncode == 0
    api = start_api()
    eventually(lambda: api.post("/products", PEN).status == 201)
    assert image.release(platform).returncode == 0
    assert api.post("/products", PEN).status == 201
    eventually(lambda: len(api.get("/products").body) == 2)
    # It cannot be released, which is why nobody goes back by a release.
    old = image.copy(tmp_path / "image")
    for later in LATER:
        (old.folder / "migrations/versions" / Path(later.path).name).unlink()
    release = old.release(platform)
    assert release.returncode == 1
    assert f"Can't locate revision identified by '{HEAD}'" in release.stderr
    assert api.get("/products").status == 200

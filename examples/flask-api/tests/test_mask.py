"""The data of a copy, masked as the platform masks it."""

import os
import subprocess

import pytest
from image import SOURCE
from test_roles import Database, database

__all__ = ["database"]  # A fixture.

SCRIPT, BEFORE, AFTER = (
    (SOURCE.parents[1] / "constructs" / name).read_text()
    for name in ("mask.sh", "mask.sql", "masked.sql")
)
MASK = "UPDATE users SET email = 'user' || id || '@example.com'"


def masked(database: Database, sql: str, cluster: str) -> subprocess.CompletedProcess[str]:
    """Run the SQL as the platform's task does."""
    return subprocess.run(
        ["bash", "-c", SCRIPT, "bash", BEFORE, sql, AFTER],
        stdin=subprocess.DEVNULL,
        text=True,
        capture_output=True,
        env={
            "PATH": os.environ["PATH"],
            "PGHOST": database.server.host,
            "PGPORT": str(database.server.port),
            "PGDATABASE": database.name,
            "PGUSER": database.master,
            "PGPASSWORD": database.master_password,
            "CLUSTER": cluster,
        },
    )


@pytest.fixture
def users(database: Database) -> Database:
    database.rotate("app_1", "first")
    with database.as_migrator() as migrator:
        migrator.execute("CREATE TABLE users (id int, email text)")
        migrator.execute("INSERT INTO users VALUES (1, 'someone@example.org')")
    return database


def email(database: Database) -> str:
    with database.as_master() as master:
        return master.execute("SELECT email FROM users WHERE id = 1").fetchone()[0]


@pytest.mark.parametrize("end", ["", ";", ";\n-- The end."])
def test_it_masks_once_in_each_cluster(users: Database, end: str) -> None:
    done = masked(users, MASK + end, "cluster-A")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert email(users) == "user1@example.com"
    with users.as_migrator() as migrator:
        migrator.execute("UPDATE users SET email = 'new@example.org'")
    assert masked(users, MASK + end, "cluster-A").returncode == 0
    assert email(users) == "new@example.org", "what came after the mask stays"
    assert masked(users, MASK + end, "cluster-B").returncode == 0
    assert email(users) == "user1@example.com", "a copy of the copy is masked, too"


def test_a_mask_that_fails_masks_nothing(users: Database) -> None:
    done = masked(users, f"{MASK}; SELECT 1 / 0", "cluster-A")
    assert done.returncode != 0
    assert "division by zero" in done.stderr
    assert email(users) == "someone@example.org"
    assert masked(users, MASK, "cluster-A").returncode == 0
    assert email(users) == "user1@example.com"

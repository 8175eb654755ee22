"""The roles of the database, made by the SQL of the platform as it makes them."""

import base64
import hashlib
import hmac
import os
import secrets
import subprocess
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import psycopg
import pytest
from conftest import Start
from image import API, SOURCE, eventually
from postgres import Server

# The command of the platform's task, but for the shell itself.
SCRIPT, SQL = (
    (SOURCE.parents[1] / "constructs" / name).read_text() for name in ("roles.sh", "roles.sql")
)


def password() -> str:
    return secrets.token_hex(16)


class Database:
    """A database whose administrator is no superuser, as in Aurora."""

    def __init__(self, server: Server, name: str) -> None:
        self.server, self.name, self.master, self.master_password = server, name, name, password()
        # Every password that was ever set.
        self.passwords: list[str] = []
        self.migrator_password = password()
        server.execute(
            f"CREATE ROLE {name} LOGIN CREATEROLE CREATEDB PASSWORD '{self.master_password}'"
        )
        server.execute(f"CREATE DATABASE {name} OWNER {name}")
        with server.connect(dbname=name) as connection:
            if server.version() < 15:
                connection.execute(f"ALTER SCHEMA public OWNER TO {name}")
            # As in a cluster that was upgraded from version 14.
            connection.execute("GRANT CREATE ON SCHEMA public TO PUBLIC")

    def bootstrap(
        self, login: str, secret: str = "", which: str = "", cluster: str = ""
    ) -> subprocess.CompletedProcess[str]:
        """Run the SQL as the platform's task does, without a terminal."""
        self.passwords += [password for password in (self.migrator_password, secret) if password]
        return subprocess.run(
            ["bash", "-c", SCRIPT, "bash", SQL],
            stdin=subprocess.DEVNULL,
            text=True,
            capture_output=True,
            start_new_session=True,
            env={
                "PATH": os.environ["PATH"],
                "PGHOST": self.server.host,
                "PGPORT": str(self.server.port),
                "PGDATABASE": self.name,
                "PGUSER": self.master,
                "PGPASSWORD": self.master_password,
                "PGSSLMODE": "require",
                "MIGRATOR_PASSWORD": self.migrator_password,
                "APP_LOGIN": login,
            }
            | ({"APP_PASSWORD": secret, "APP_VERSION": which} if secret else {})
            | ({"CLUSTER": cluster} if cluster else {}),
        )

    def rotate(self, login: str, which: str) -> str:
        """Give a login a new password."""
        secret = password()
        done = self.bootstrap(login, secret, which)
        assert done.returncode == 0, done.stderr
        return secret

    def connect(self, user: str, secret: str) -> psycopg.Connection[Any]:
        return self.server.connect(dbname=self.name, user=user, password=secret, sslmode="require")

    def as_master(self) -> psycopg.Connection[Any]:
        return self.connect(self.master, self.master_password)

    def as_migrator(self) -> psycopg.Connection[Any]:
        return self.connect("migrator", self.migrator_password)


@pytest.fixture
def database(writer: Server) -> Iterator[Database]:
    writer.execute("ALTER SYSTEM SET log_statement = 'all'")
    writer.execute("SELECT pg_reload_conf()")
    database = Database(writer, "administrator")
    try:
        yield database
    finally:
        writer.execute("DROP DATABASE administrator WITH (FORCE)")
        found = writer.execute("SELECT rolname FROM pg_roles WHERE rolname !~ '^pg_' AND oid > 16383")
        for (role,) in found:
            writer.execute(f"DROP OWNED BY {role}")
        writer.execute(f"DROP ROLE {', '.join(role for (role,) in found)}")
        writer.execute("ALTER SYSTEM RESET log_statement")
        writer.execute("SELECT pg_reload_conf()")


REFUSED = [
    "CREATE TABLE other (id int)",
    "CREATE SCHEMA other",
    "DROP TABLE products",
    "ALTER TABLE products ADD COLUMN other int",
    "TRUNCATE products",
    "CREATE ROLE other",
    "ALTER ROLE app_2 PASSWORD NULL",
    "SET ROLE migrator",
    "SET ROLE administrator",
    "SELECT rolpassword FROM pg_authid",
]


def test_the_app_reads_and_writes_rows_and_nothing_else(database: Database) -> None:
    secret = database.rotate("app_1", "first")
    with database.as_migrator() as migrator:
        # Made after the roles.
        migrator.execute("CREATE TABLE products (id serial PRIMARY KEY, name text)")
        migrator.execute("CREATE SCHEMA shop CREATE TABLE orders (id int)")
    with database.connect("app_1", secret) as app:
        app.execute("INSERT INTO products (name) VALUES ('Pen'), ('Ink')")
        app.execute("UPDATE products SET name = 'Nib' WHERE id = 1")
        app.execute("DELETE FROM products WHERE id = 2")
        app.execute("INSERT INTO shop.orders VALUES (1)")
        assert app.execute("SELECT id, name FROM products").fetchall() == [(1, "Nib")]
        app.commit()
        for statement in REFUSED:
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                app.execute(statement)
            app.rollback()


def test_migrator_changes_what_the_administrator_made(database: Database) -> None:
    with database.as_master() as master:
        master.execute("CREATE TYPE size AS ENUM ('S')")
        master.execute("CREATE DOMAIN cents AS int")
        master.execute("CREATE TABLE products (id serial, name text, size size, price cents)")
        master.execute("CREATE TABLE parts (id bigint GENERATED ALWAYS AS IDENTITY)")
        master.execute("CREATE SEQUENCE numbers")
        master.execute('CREATE VIEW "All of it" AS SELECT * FROM products')
        master.execute("CREATE FUNCTION one(int) RETURNS int LANGUAGE sql AS 'SELECT 1'")
        master.execute("CREATE EXTENSION pgcrypto")
        master.execute('CREATE SCHEMA "Shop" CREATE TABLE orders (id int)')
        master.execute("INSERT INTO products (name) VALUES ('Pen')")
        master.commit()
        # The tasks that run log in as the administrator, and go on.
        secret = database.rotate("app_1", "first")
        assert master.execute("SELECT name FROM products").fetchall() == [("Pen",)]
        master.execute("INSERT INTO products (name) VALUES ('Ink')")
        master.execute("CREATE TABLE later (id int)")
    database.rotate("app_2", "second")
    with database.as_migrator() as migrator:
        for statement in [
            "ALTER TYPE size ADD VALUE 'M'",
            "ALTER DOMAIN cents SET DEFAULT 0",
            "ALTER TABLE products ADD COLUMN other int",
            "ALTER TABLE parts ADD COLUMN other int",
            "DROP SEQUENCE numbers",
            'DROP VIEW "All of it"',
            "DROP FUNCTION one(int)",
            'DROP TABLE "Shop".orders',
            'DROP SCHEMA "Shop"',
            "ALTER TABLE later ADD COLUMN other int",
        ]:
            migrator.execute(statement)
    with database.connect("app_1", secret) as app:
        app.execute("INSERT INTO products (name) VALUES ('Nib')")
        assert len(app.execute("SELECT * FROM products").fetchall()) == 3
        app.execute("INSERT INTO parts DEFAULT VALUES")
        app.execute("INSERT INTO later VALUES (1)")


def verifier(secret: str, salt: bytes, iterations: int) -> str:
    """What PostgreSQL keeps of a password: https://www.rfc-editor.org/rfc/rfc5802#section-3"""
    salted = hashlib.pbkdf2_hmac("sha256", secret.encode(), salt, iterations)
    client = hmac.digest(salted, b"Client Key", "sha256")
    parts = [salt, hashlib.sha256(client).digest(), hmac.digest(salted, b"Server Key", "sha256")]
    salt64, stored, server = (base64.b64encode(part).decode() for part in parts)
    return f"SCRAM-SHA-256${iterations}:{salt64}${stored}:{server}"


def test_the_verifier_is_that_of_the_standard() -> None:
    # https://www.rfc-editor.org/rfc/rfc7677#section-3 has the salt and the server's signature.
    made = verifier("pencil", base64.b64decode("W22ZaJ0SNY7soEsUEjb6gQ=="), 4096)
    said = (
        "n=user,r=rOprNGfwEbeRWgbNEkqO,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,"
        "s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096,"
        "c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0"
    )
    server_key = base64.b64decode(made.rpartition(":")[2])
    signature = hmac.digest(server_key, said.encode(), "sha256")
    assert base64.b64encode(signature) == b"6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4="


def test_the_server_gets_verifiers(database: Database) -> None:
    secret = database.rotate("app_1", "first")
    kept = dict(
        database.server.execute("SELECT rolname, rolpassword FROM pg_authid WHERE rolname ~ 'app|mig'")
    )
    for role, clear in {"app_1": secret, "migrator": database.migrator_password}.items():
        iterations, salt = kept[role].split("$")[1].split(":")
        assert kept[role] == verifier(clear, base64.b64decode(salt), int(iterations))
    assert kept["app"] is None
    assert kept["app_2"] is None


def test_no_password_is_in_the_log_of_the_server(database: Database) -> None:
    logged = database.server.log.stat().st_size
    database.rotate("app_1", "first")
    database.rotate("app_2", "second")
    # The administrator may not change a superuser: the statement fails, and is logged.
    database.server.execute("ALTER ROLE app_1 SUPERUSER")
    failed = database.bootstrap("app_1", password(), "third")
    assert failed.returncode != 0
    log = database.server.log.read_text()[logged:]
    for secret in database.passwords:
        assert secret not in log + failed.stdout + failed.stderr
    # All of them are logged, the one that failed twice.
    assert log.count("PASSWORD 'SCRAM-SHA-256$") == 7


def test_a_run_again_changes_nothing(database: Database) -> None:
    database.rotate("app_1", "first")
    query = (
        "SELECT defaclacl::text FROM pg_default_acl"
            " UNION ALL SELECT nspacl::text FROM pg_namespace WHERE nspname !~ 'temp'"
        " UNION ALL SELECT datacl::text FROM pg_database WHERE datname = current_database()"
        " UNION ALL SELECT rolname::text FROM pg_roles UNION ALL"
        " SELECT shobj_description('app'::regrole, 'pg_authid') ORDER BY 1"
    )
    with database.as_master() as master:
        before = master.execute(query).fetchall()
        master.rollback()
        with database.connect("app_1", database.passwords[-1]):
            # As by an apply that was interrupted: the login is in use and keeps its password.
            done = database.bootstrap("app_1", database.passwords[-1], "first")
        assert (done.returncode, done.stderr.count("ERROR")) == (0, 0), done.stderr
        assert master.execute(query).fetchall() == before
    with database.connect("app_1", database.passwords[-1]):
        pass


def test_a_copy_gets_passwords_of_its_own(database: Database) -> None:
    database.rotate("app_1", "of the source")
    refused = database.bootstrap("app_1", password(), "first")
    assert "the password of app_1 is the newest one" in refused.stderr
    secret = password()
    done = database.bootstrap("app_1", secret, "first", cluster="cluster-COPY")
    assert done.returncode == 0, done.stderr
    # Now it is as any other, also when it does not say any more what it was made of.
    for cluster in ("cluster-COPY", ""):
        refused = database.bootstrap("app_1", password(), "third", cluster)
        assert "the password of app_1 is the newest one" in refused.stderr
        with database.connect("app_1", secret):
            # Again, by an apply that was interrupted.
            done = database.bootstrap("app_1", secret, "first", cluster)
            assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("session", [True, False])
def test_the_password_of_a_login_in_use_is_not_changed(database: Database, session: bool) -> None:
    first = database.rotate("app_1", "first")
    migrator = database.migrator_password
    database.migrator_password = password()
    if session:
        database.migrator_password = migrator
        database.rotate("app_2", "second")
        with database.connect("app_1", first):
            refused = database.bootstrap("app_1", password(), "third")
        assert "1 sessions of app_1 would lose their password" in refused.stderr
    else:
        # Two versions on: tasks that have no session now would have a password that is wrong.
        refused = database.bootstrap("app_1", password(), "third")
        assert "the password of app_1 is the newest one" in refused.stderr
    assert refused.returncode != 0
    with database.connect("app_1", first), database.connect("migrator", migrator):
        pass


def test_a_rotation_loses_no_request(database: Database, start_api: Start) -> None:
    def task(login: str, secret: str) -> API:
        return start_api(DB_NAME=database.name, DB_USER=login, DB_PASSWORD=secret)

    first = database.rotate("app_1", "first")
    with database.as_migrator() as migrator:
        migrator.execute(
            "CREATE TABLE products (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,"
            " name text NOT NULL, price_cents integer NOT NULL)"
        )
    serving, statuses, ended = [task("app_1", first)], Counter[int](), threading.Event()
    clients = threading.Semaphore(4)

    def load() -> None:
        while not ended.is_set():
            with clients:
                answer = serving[0].post("/products", {"name": "Pen", "price_cents": 250})
                statuses[answer.status] += 1
                statuses[serving[0].get("/products").status] += 1
            time.sleep(0.01)  # Whoever waits for the clients is let in.

    def reconnect() -> None:
        """Have the tasks log in again, between two requests, and serve for a while."""
        for _ in range(4):
            clients.acquire()
        try:
            database.server.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename ~ '^app_'"
            )
            before = statuses.total()
        finally:
            clients.release(4)
        eventually(lambda: statuses.total() > before + 50)

    with ThreadPoolExecutor() as executor:
        loads = [executor.submit(load) for _ in range(4)]
        try:
            for turn, login in enumerate(["app_2", "app_1", "app_2"]):
                secret = database.rotate(login, f"turn {turn}")
                reconnect()
                # The tasks roll over: requests go to the new one, and then the old one ends.
                serving.insert(0, task(login, secret))
                reconnect()
                serving[1].process.terminate()
                serving[1].process.wait()
        finally:
            ended.set()
    for done in loads:
        done.result()
    assert set(statuses) == {200, 201}
    # The first login's password died with the rotation after the next.
    with pytest.raises(psycopg.OperationalError):
        database.connect("app_1", first)

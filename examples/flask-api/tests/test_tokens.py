"""Tokens of IAM, which a PostgreSQL without AWS has an LDAP server check, over TLS.

The server does with them what AWS does: https://docs.aws.amazon.com/IAM/latest/UserGuide/create-signed-request.html
"""

import hashlib
import hmac
import socketserver
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

import psycopg
import pytest
from conftest import Start
from image import Image
from postgres import Server
from test_roles import Database, database

__all__ = ["database"]

CREDENTIALS = {"AWS_ACCESS_KEY_ID": "AKIDEXAMPLE", "AWS_SECRET_ACCESS_KEY": "of the task's role"}
REGION = "eu-south-1"


def signature(token: str, secret: str) -> str:
    """What a token has to be signed with, computed without an SDK."""
    url = urlsplit(f"https://{token}")
    query = sorted((key, value) for key, value in parse_qsl(url.query) if key != "X-Amz-Signature")
    values = dict(query)
    scope = values["X-Amz-Credential"].partition("/")[2]
    empty = hashlib.sha256(b"").hexdigest()
    request = f"GET\n/\n{urlencode(query, quote_via=quote, safe='-_.~')}\nhost:{url.netloc}\n\nhost\n{empty}"
    key = f"AWS4{secret}".encode()
    for part in scope.split("/"):
        key = hmac.digest(key, part.encode(), "sha256")
    digest = hashlib.sha256(request.encode()).hexdigest()
    text = f"AWS4-HMAC-SHA256\n{values['X-Amz-Date']}\n{scope}\n{digest}"
    return hmac.digest(key, text.encode(), "sha256").hex()


class Directory(socketserver.ThreadingTCPServer):
    """An LDAP server with one kind of answer: https://www.rfc-editor.org/rfc/rfc4511#section-4.2"""

    daemon_threads = True

    def __init__(self, hosts: set[str]) -> None:
        super().__init__(("127.0.0.1", 0), Bind)
        self.hosts, self.accepted, self.refused = hosts, list[str](), list[str]()

    def accepts(self, user: str, token: str) -> bool:
        url = urlsplit(f"https://{token}")
        asked = dict(parse_qsl(url.query))
        signed = datetime.strptime(asked.get("X-Amz-Date", "19700101T000000Z"), "%Y%m%dT%H%M%S%z")
        good = (
            (asked.get("Action"), asked.get("DBUser")) == ("connect", user)
            and url.netloc in self.hosts
            and 0 <= (datetime.now(UTC) - signed).total_seconds() < 900
            and asked["X-Amz-Credential"].endswith(f"/{REGION}/rds-db/aws4_request")
            and asked["X-Amz-Signature"] == signature(token, CREDENTIALS["AWS_SECRET_ACCESS_KEY"])
        )
        (self.accepted if good else self.refused).append(token)
        return good


class Bind(socketserver.StreamRequestHandler):
    server: Directory

    def length(self) -> int:
        """Of the element that comes, whose type is not looked at."""
        _, length = self.rfile.read(2)
        return length if length < 128 else int.from_bytes(self.rfile.read(length - 128))

    def element(self) -> bytes:
        return self.rfile.read(self.length())

    def handle(self) -> None:
        self.length()  # Of the message.
        number = self.element()
        self.length()  # Of the request.
        _version, name, token = self.element(), self.element(), self.element()
        good = self.server.accepts(name.decode().removeprefix("cn="), token.decode())
        result = bytes([0x61, 7, 10, 1, 0 if good else 49, 4, 0, 4, 0])
        answer = bytes([2, len(number)]) + number + result
        self.wfile.write(bytes([0x30, len(answer)]) + answer)


@pytest.fixture
def directory(writer: Server, reader: Server) -> Iterator[Directory]:
    """Both servers ask it about app_iam, and refuse whom they cannot read a token of in secret."""
    servers = (writer, reader)
    directory = Directory({f"{server.host}:{server.port}" for server in servers})
    threading.Thread(target=directory.serve_forever, daemon=True).start()
    rules = (
        "hostnossl all app_iam 127.0.0.0/8 reject\n"
        "hostssl all app_iam 127.0.0.0/8 ldap ldapserver=127.0.0.1"
        f' ldapport={directory.server_address[1]} ldapprefix="cn="\n'
    )
    files = [server.folder / "pg_hba.conf" for server in servers]
    before = [file.read_text() for file in files]
    for server, file, text in zip(servers, files, before, strict=True):
        file.write_text(rules + text)
        server.execute("SELECT pg_reload_conf()")
    try:
        yield directory
    finally:
        directory.shutdown()
        for server, file, text in zip(servers, files, before, strict=True):
            file.write_text(text)
            server.execute("SELECT pg_reload_conf()")


@pytest.fixture
def tasks(database: Database, image: Image, platform: dict[str, str]) -> dict[str, str]:
    """The variables of a task that logs in with tokens, to a database with the API's schema."""
    database.server.execute("DROP ROLE IF EXISTS rds_iam")
    database.server.execute(f"CREATE ROLE rds_iam ADMIN {database.master}")
    made = database.bootstrap("app_iam")
    assert made.returncode == 0, made.stderr
    here = platform | {"DB_NAME": database.name}
    migrator = {"DB_USER": "migrator", "DB_PASSWORD": database.migrator_password}
    released = image.release(here | migrator)
    assert released.returncode == 0, released.stderr
    return CREDENTIALS | {
        "DB_NAME": database.name, "DB_USER": "app_iam", "DB_PASSWORD": "", "DB_REGION": REGION,
    }  # fmt: skip


def test_a_token_for_each_connection(
    database: Database, directory: Directory, tasks: dict[str, str], start_api: Start
) -> None:
    api = start_api(**tasks)
    for _ in range(2):
        assert api.post("/products", {"name": "Pen", "price_cents": 250}).status == 201
        assert api.get("/products").status == 200
        database.server.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'app_iam'"
        )
        time.sleep(1.1)  # The next token has another second in it.
    assert api.post("/products", {"name": "Pen", "price_cents": 250}).status == 201
    assert not directory.refused
    assert {token.partition("/")[0] for token in directory.accepted} == directory.hosts
    assert len(set(directory.accepted)) >= 4
    found = database.server.execute(
        "SELECT rolpassword, pg_has_role('app_iam', 'rds_iam', 'member') FROM pg_authid"
        " WHERE rolname IN ('app_iam', 'app_1', 'app_2') AND rolcanlogin"
    )
    assert found == [(None, True)], "there is a password"
    log = database.server.log.read_text()
    assert not [token for token in directory.accepted if token in log]


def test_who_may_not_connect_is_refused(
    directory: Directory, tasks: dict[str, str], start_api: Start
) -> None:
    api = start_api(**tasks | {"AWS_SECRET_ACCESS_KEY": "of another role"})
    assert api.post("/products", {"name": "Pen", "price_cents": 250}).status == 503
    assert directory.refused
    assert not directory.accepted
    assert directory.refused[0] not in api.log.read_text()


def test_a_token_is_for_one_user_one_host_and_a_quarter_of_an_hour(
    database: Database, directory: Directory, tasks: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    import boto3

    rds = boto3.client(
        "rds",
        region_name=REGION,
        aws_access_key_id=CREDENTIALS["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=CREDENTIALS["AWS_SECRET_ACCESS_KEY"],
    )
    server = database.server

    def token(user: str = "app_iam", host: str = server.host) -> str:
        made: str = rds.generate_db_auth_token(host, server.port, user)
        return made

    with database.connect("app_iam", token()):
        pass
    with pytest.raises(psycopg.OperationalError, match="pg_hba.conf rejects"):
        server.connect(dbname=database.name, user="app_iam", password=token(), sslmode="disable")
    monkeypatch.setattr(
        "botocore.auth.get_current_datetime", lambda: datetime.now(UTC) - timedelta(minutes=15)
    )
    old = token()
    monkeypatch.undo()
    for bad in (token(user="migrator"), token(host="127.0.0.9"), old, "", "password"):
        with pytest.raises(psycopg.OperationalError):
            database.connect("app_iam", bad)


def test_no_token_goes_over_the_network_in_clear(image: Image, tasks: dict[str, str], platform: dict[str, str]) -> None:
    started = image.release(platform | tasks | {"DB_SSLMODE": "prefer"}, "flask", "--app", "app", "routes")
    assert started.returncode != 0
    assert "DB_SSLMODE is prefer" in started.stderr

"""PostgreSQL servers that the tests start and stop: a writer, and a reader that follows it."""

import getpass
import glob
import os
import pwd
import secrets
import shutil
import socket
import subprocess
from pathlib import Path
from typing import Any

import psycopg

USER = "flaskapi"
PASSWORD = secrets.token_hex()
DATABASE = "postgres"


def find_programs() -> Path | None:
    """The folder of initdb and its like, which Debian keeps away from PATH."""
    paths = [shutil.which("initdb") or "", *sorted(glob.glob("/usr/lib/postgresql/*/bin/initdb"))]
    found = [Path(path).resolve().parent for path in paths if path]
    return found[-1] if found else None


def account() -> pwd.struct_passwd:
    """Who runs the servers, which PostgreSQL does not let root do."""
    if os.getuid() != 0:
        return pwd.getpwnam(getpass.getuser())
    names = {entry.pw_name: entry for entry in pwd.getpwall()}
    return names.get("postgres") or names["nobody"]


def free_port() -> int:
    """A port that is free on every address."""
    with socket.socket() as listener:
        listener.bind(("", 0))
        return int(listener.getsockname()[1])


class Server:
    """A PostgreSQL server in a folder."""

    def __init__(self, folder: Path, host: str, port: int) -> None:
        self.folder, self.host, self.port = folder, host, port
        self.log = folder.with_suffix(".log")

    def start(self) -> None:
        settings = {
            "listen_addresses": self.host,
            "port": self.port,
            "unix_socket_directories": "",
            "fsync": "off",
            # The reader looks for a writer that has come back twenty times a second.
            "wal_retrieve_retry_interval": "50ms",
        }
        options = " ".join(f"-c {name}='{value}'" for name, value in settings.items())
        self.run("pg_ctl", "start", "-w", "-D", self.folder, "-l", self.log, "-o", options)

    def stop(self) -> None:
        """Stop as in a crash."""
        self.run("pg_ctl", "stop", "-D", self.folder, "-m", "immediate")

    def connect(self, **parameters: Any) -> psycopg.Connection[Any]:
        """Connect as the superuser, or as the parameters say."""
        superuser = {"user": USER, "password": PASSWORD, "dbname": DATABASE}
        return psycopg.connect(host=self.host, port=self.port, **superuser | parameters)

    def version(self) -> int:
        with self.connect() as connection:
            return connection.info.server_version // 10000

    def execute(self, statement: str) -> list[tuple[Any, ...]]:
        with self.connect(autocommit=True) as connection:
            cursor = connection.execute(statement)
            return cursor.fetchall() if cursor.description else []

    def run(self, program: str, *arguments: object) -> None:
        root = os.getuid() == 0
        subprocess.run(
            [program, *map(str, arguments)],
            check=True,
            stdout=subprocess.DEVNULL,
            cwd=self.folder.parent,
            env=os.environ
            | {"PATH": f"{find_programs()}:{os.environ['PATH']}", "PGPASSWORD": PASSWORD},
            user=account().pw_uid if root else None,
            group=account().pw_gid if root else None,
            extra_groups=[] if root else None,
        )


def create_writer(folder: Path, port: int) -> Server:
    """A server with a certificate of its own, that takes connections with and without TLS."""
    writer = Server(folder / "writer", "127.0.0.1", port)
    password = folder / "password"
    password.write_text(PASSWORD)
    writer.run(
        *("initdb", "-D", writer.folder, "--username", USER, "--pwfile", password),
        *("--auth", "scram-sha-256", "--wal-segsize", "1", "--no-sync"),
    )
    writer.run("openssl", *CERTIFICATE, "-keyout", "writer/server.key", "-out", "writer/server.crt")
    with (writer.folder / "postgresql.conf").open("a") as settings:
        settings.write("ssl = on\n")
    with (writer.folder / "pg_hba.conf").open("a") as access:
        access.write("host all,replication all 127.0.0.0/8 scram-sha-256\n")
    return writer


CERTIFICATE = [
    *("req", "-x509", "-nodes", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"),
    *("-days", "1", "-subj", "/CN=test", "-addext", "subjectAltName=IP:127.0.0.1"),
]


def create_reader(writer: Server) -> Server:
    """A copy of a running server that follows it by streaming replication.

    It has the same port, as in Aurora, and another address, which macOS has to be told:
    sudo ifconfig lo0 alias 127.0.0.2
    """
    reader = Server(writer.folder.with_name("reader"), "127.0.0.2", writer.port)
    reader.run(
        *("pg_basebackup", "-D", reader.folder, "--write-recovery-conf", "--no-sync"),
        *("--checkpoint", "fast", "-h", writer.host, "-p", writer.port, "-U", USER),
    )
    return reader

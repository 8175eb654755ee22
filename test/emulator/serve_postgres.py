"""A PostgreSQL in the place of an Aurora cluster, which ends with its standard input.

The arguments are the folder of the sample API's tests, which know how to run one. Each line
of the input is a user of the cluster, with a password and perhaps a database.
"""

import json
import os
import shutil
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, sys.argv[1])

import postgres
from psycopg import sql

# Nobody but AWS is this user: nobody has all rights in Aurora.
# https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/AuroraPostgreSQL.Security.html
postgres.USER = "rdsadmin"


def keep(server: postgres.Server, user: str, password: str, database: str) -> None:
    """Create what is missing, and set the password, which goes to no log in clear."""
    role = sql.Identifier(user)
    with server.connect(autocommit=True) as connection:
        known = connection.execute("SELECT FROM pg_roles WHERE rolname = %s", [user]).fetchone()
        if known is None:
            for name in ("rds_superuser", "rds_iam"):
                connection.execute(sql.SQL("CREATE ROLE {}").format(sql.Identifier(name)))
            options = sql.SQL("CREATE ROLE {} LOGIN CREATEDB CREATEROLE IN ROLE rds_superuser")
            connection.execute(options.format(role))
        verifier = connection.pgconn.encrypt_password(
            password.encode(), user.encode(), b"scram-sha-256"
        )
        change = sql.SQL("ALTER ROLE {} PASSWORD {}")
        connection.execute(change.format(role, sql.Literal(verifier.decode())))
        if known is None and database:
            create = sql.SQL("CREATE DATABASE {} OWNER {}")
            connection.execute(create.format(sql.Identifier(database), role))


folder = Path(tempfile.mkdtemp())
os.chown(folder, postgres.account().pw_uid, postgres.account().pw_gid)
server = postgres.create_writer(folder, postgres.free_port())
server.start()
try:
    print(server.port, flush=True)
    for line in sys.stdin:
        keep(server, **json.loads(line))
        print("kept", flush=True)
finally:
    server.stop()
    shutil.rmtree(folder)

"""How the API proves to the database who it is: with a password, or with tokens of IAM."""

import os

PASSWORD = os.environ.get("DB_PASSWORD")
# "require" encrypts, but does not check that it is the database who answers.
# "verify-full" does, and needs the certificates of RDS in the image: see README.md.
SSLMODE = os.environ.get("DB_SSLMODE", "require")

if not PASSWORD:
    import boto3  # Only here: it takes memory, and time to start.

    if SSLMODE not in ("require", "verify-ca", "verify-full"):
        raise ValueError(f"DB_SSLMODE is {SSLMODE}: whoever reads a token may use it, too")
    # It finds the credentials of the task's role, and renews them.
    rds = boto3.client("rds", region_name=os.environ["DB_REGION"])


def secret_for(host: str) -> str:
    """What opens one connection to the host: a token does for 15 minutes, and is signed here."""
    if PASSWORD:
        return PASSWORD
    token: str = rds.generate_db_auth_token(
        DBHostname=host, Port=int(os.environ["DB_PORT"]), DBUsername=os.environ["DB_USER"]
    )
    return token

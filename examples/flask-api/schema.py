"""The schema's migrations: `flask --app app db upgrade`, the platform's release command."""

import os

from flask import Flask

import login


def add_commands(app: Flask) -> None:
    """Add the commands of Flask-Migrate where the `flask` command runs, and not gunicorn."""
    if "FLASK_RUN_FROM_CLI" not in os.environ:
        return
    # Only here: they take memory, and time to start.
    from flask_migrate import Migrate
    from flask_sqlalchemy import SQLAlchemy
    from sqlalchemy import URL

    app.config["SQLALCHEMY_DATABASE_URI"] = URL.create(
        "postgresql+psycopg",
        username=os.environ["DB_USER"],
        password=login.secret_for(os.environ["DB_HOST"]),
        host=os.environ["DB_HOST"],
        port=int(os.environ["DB_PORT"]),
        database=os.environ["DB_NAME"],
    )
    app.config["SQLALCHEMY_ENGINE_OPTIONS"] = {
        "connect_args": {
            "application_name": "flask-api-release",
            "sslmode": login.SSLMODE,
            "connect_timeout": 30,
            # A change of a table that waits for its lock lets all requests wait behind it.
            "options": "-c lock_timeout=5s",
        }
    }
    Migrate(app, SQLAlchemy(app), directory=os.path.join(app.root_path, "migrations"))

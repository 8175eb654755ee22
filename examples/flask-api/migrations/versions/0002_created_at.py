"""When a product was created. It has a default, so that the code before it goes on."""

from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.execute("ALTER TABLE products ADD created_at timestamptz NOT NULL DEFAULT now()")

"""Orders, what a worker ships of them, and what a job counts."""

from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.execute(
        """
        CREATE TABLE orders (
            id uuid PRIMARY KEY,
            product_id bigint NOT NULL REFERENCES products,
            quantity integer NOT NULL,
            state text NOT NULL DEFAULT 'new',
            placed_at timestamptz NOT NULL DEFAULT now()
        )
        """
    )
    op.execute("CREATE INDEX orders_placed_at ON orders (placed_at)")
    op.execute(
        """
        CREATE TABLE shipments (
            id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
            order_id uuid NOT NULL REFERENCES orders
        )
        """
    )
    op.execute("CREATE TABLE daily_orders (day date PRIMARY KEY, orders bigint NOT NULL)")

"""Whether others may see that a member is here."""

import sqlalchemy as sa
from alembic import op

revision = "0004_presence"
down_revision = "0003_meetings"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # For everyone who is there already: no. The default stays in the database for a server of the version before,
    # which may still run beside and knows nothing of the column.
    op.add_column(
        "accounts", sa.Column("shows_presence", sa.Boolean(), nullable=False, server_default=sa.false())
    )


def downgrade() -> None:
    # Not in a batch: that would make the table anew on SQLite, and take along whatever refers to an account.
    op.drop_column("accounts", "shows_presence")

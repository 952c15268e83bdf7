"""Alembic's entry. The engine comes from the program: there is no second place where a database is named."""

from alembic import context

from recovery_net import models
from recovery_net.core.db import Base

config = context.config
assert models.ALL


def run() -> None:
    engine = config.attributes["engine"]
    with engine.connect() as connection:
        context.configure(
            connection=connection,
            target_metadata=Base.metadata,
            render_as_batch=engine.dialect.name == "sqlite",
            transaction_per_migration=True,
        )
        with context.begin_transaction():
            context.run_migrations()
        connection.commit()


run()

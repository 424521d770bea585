"""What Alembic runs: it writes SQL into a buffer and never connects, because the road executes it under its own lock."""

from alembic import context

context.configure(
    dialect_name=context.config.attributes["dialect"],
    output_buffer=context.config.output_buffer,
)
context.run_migrations()

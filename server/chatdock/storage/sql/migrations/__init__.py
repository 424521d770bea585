"""Alembic's migrations, run by `Store.migrate()` as SQL text, so that one way serves both databases."""

"""Which schema this release speaks, known without importing Alembic."""

from chatdock.errors import ConfigurationError

HEAD = "0014"
READ_VERSION = "SELECT version_num FROM alembic_version"


def require_head(version: str | None) -> None:
    """Raises: ConfigurationError, in a sentence that says what to do."""
    if version is None:
        raise ConfigurationError("The database has no tables yet: run `chatdock migrate`.")
    if version != HEAD:
        raise ConfigurationError(
            f"The database's schema is at revision {version}, this release needs {HEAD}: run `chatdock migrate`"
            " with this release, or start the release that made it."
        )

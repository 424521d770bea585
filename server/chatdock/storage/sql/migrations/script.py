"""The SQL that brings a database from one revision to another. Only `migrate()` imports this."""

from io import StringIO
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory

from chatdock.storage.sql.texts import Dialect


def upgrade_script(dialect: Dialect, version: str | None, target: str = "head") -> str:
    """To the newest revision, unless another is named. Statements ending in `;`, without BEGIN and COMMIT: the caller holds the transaction and the lock."""
    text = StringIO()
    config = _config(text)
    config.attributes["dialect"] = dialect
    command.upgrade(config, f"{version}:{target}" if version else target, sql=True)
    return text.getvalue()


def newest_revision() -> str | None:
    """What the files in `versions/` end in."""
    return ScriptDirectory.from_config(_config(StringIO())).get_current_head()


def _config(text: StringIO) -> Config:
    config = Config(output_buffer=text)
    config.set_main_option("script_location", Path(__file__).parent.as_posix().replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config

"""Bring a database to the newest migration, and refuse one that is not there."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from service.errors import HomeError
from service.store.engine import Database

MIGRATIONS = Path(__file__).with_name("migrations")


def upgrade(database: Database) -> str:
    """Run the migrations that are missing; return the newest revision."""
    migrate(database, newest())
    return newest()


def migrate(database: Database, revision: str) -> None:
    """Bring the database to a revision, forwards or back."""
    config = _config()
    have = current(database)
    act = command.downgrade if have is not None and have > revision else command.upgrade
    with database.engine.connect() as connection:
        config.attributes["connection"] = connection
        act(config, revision)
        connection.commit()


def newest() -> str:
    """Return the newest revision that this version knows."""
    head = ScriptDirectory.from_config(_config()).get_current_head()
    if head is None:  # the package ships at least one migration
        raise HomeError("安装不完整：缺少数据库迁移文件。", "The installation is broken: it has no migrations.")
    return head


def current(database: Database) -> str | None:
    """Return the revision of the database, or None where it is empty."""
    with database.engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()


def require_newest(database: Database, home: Path) -> None:
    """Raise `HomeError`, naming the command, unless the database is at the newest migration."""
    have = current(database)
    if have != newest():
        raise HomeError(
            f"数据库版本为 {have or '空'}，需要 {newest()}，请先运行: rongqiao db upgrade --home {home}",
            f"The database is at {have or 'nothing'}, not at {newest()}; run: rongqiao db upgrade --home {home}",
        )


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    return config

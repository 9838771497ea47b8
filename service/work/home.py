"""A home opened for work: its database, its facts, its models folder and its clock."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path

from service.errors import HomeError
from service.store import schema
from service.store.engine import DATABASE_FILE, Database, database_url
from service.store.facts import Facts

#: China has one civil time and no summer time (GB/T 7408 writes it +08:00).
CHINA = timezone(timedelta(hours=8), "Asia/Shanghai")


def clock() -> datetime:
    """Return this moment in UTC: the only clock of the service."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Home:
    """Everything a use case works on."""

    folder: Path
    database: Database
    facts: Facts
    now: Callable[[], datetime]

    @property
    def today(self) -> date:
        """The civil day in China: the day on which authorisations must be live."""
        return self.now().astimezone(CHINA).date()

    @property
    def models_folder(self) -> Path:
        """Where artifacts lie, a folder each."""
        return self.folder / "models"

    @property
    def deliveries_folder(self) -> Path:
        """Where reports and quarantined rows lie, a folder per delivery."""
        return self.folder / "deliveries"


def open_home(folder: Path, database: str | None = None, now: Callable[[], datetime] = clock) -> Home:
    """Open an existing home; raise `HomeError` where there is none or its database is not at the newest migration."""
    if database is None and not (folder / DATABASE_FILE).is_file():
        raise HomeError(
            f"目录 {folder} 中没有数据。请先运行 rongqiao ingest 或 rongqiao demo。",
            f"There is no home in {folder}; run rongqiao ingest or rongqiao demo first.",
        )
    home = _home(folder, database, now)
    schema.require_newest(home.database, folder)
    return home


def open_or_create_home(folder: Path, database: str | None = None, now: Callable[[], datetime] = clock) -> Home:
    """Open a home, making it where there is none; an existing database is never migrated unasked."""
    folder.mkdir(parents=True, exist_ok=True)
    home = _home(folder, database, now)
    if schema.current(home.database) is None:
        schema.upgrade(home.database)
    schema.require_newest(home.database, folder)
    return home


def upgrade_home(folder: Path, database: str | None = None) -> str:
    """Bring the database of a home to the newest migration and return its name."""
    folder.mkdir(parents=True, exist_ok=True)
    base = Database(database_url(folder, database))
    try:
        return schema.upgrade(base)
    finally:
        base.close()


def require_ready(home: Home) -> None:
    """Raise `HomeError` unless the database is at the newest migration and the facts can be read."""
    schema.require_newest(home.database, home.folder)
    home.facts.digest()


def _home(folder: Path, database: str | None, now: Callable[[], datetime]) -> Home:
    return Home(folder, Database(database_url(folder, database)), Facts(folder), now)

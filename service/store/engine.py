"""The database of a home: one engine, read sessions, and write transactions that never wait on a lock they could miss.

SQLite (the embedded preset) runs in WAL with full synchronisation; a write transaction takes an in-process lock and
then BEGIN IMMEDIATE, for a deferred transaction that reads first and writes later fails under load.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from threading import Lock

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.orm import Session, sessionmaker

from service.errors import BusyError

DATABASE_FILE = "rongqiao.db"
BUSY_TIMEOUT_MS = 5000
WRITES = "writes"
POOL_SIZE = 8  # threads on SQLite; more writers than that only queue on the lock

__all__ = ["Database", "Session", "database_url"]


def database_url(home: Path, url: str | None) -> str:
    """Return the SQLAlchemy URL: the one given, else the SQLite file in `home`."""
    return url or f"sqlite:///{(home / DATABASE_FILE).resolve()}"


class Database:
    """Sessions on one database. `read()` never writes; `write()` commits at its end or rolls back."""

    def __init__(self, url: str) -> None:
        """Open the engine; nothing is created here (see `service.store.schema`)."""
        self.url = url
        self.is_sqlite = url.startswith("sqlite")
        self.engine = _engine(url, is_sqlite=self.is_sqlite)
        self._readers = sessionmaker(self.engine, expire_on_commit=False)
        self._writers = sessionmaker(self.engine.execution_options(**{WRITES: True}), expire_on_commit=False)
        self._write_lock = Lock()

    @contextmanager
    def read(self) -> Iterator[Session]:
        """Give a session for reading; what it changes is thrown away."""
        with _busy_is_said(), self._readers() as session:
            try:
                yield session
            finally:
                session.rollback()

    @contextmanager
    def write(self) -> Iterator[Session]:
        """Give a session in one write transaction: committed at the end, rolled back on any error."""
        with _busy_is_said(), self._one_writer(), self._writers() as session, session.begin():
            yield session

    def close(self) -> None:
        """Return all connections."""
        self.engine.dispose()

    @contextmanager
    def _one_writer(self) -> Iterator[None]:
        if not self.is_sqlite:
            yield
            return
        with self._write_lock:
            yield


@contextmanager
def _busy_is_said() -> Iterator[None]:
    try:
        yield
    except PoolTimeoutError as error:
        raise BusyError from error
    except OperationalError as error:
        if "locked" in str(error.orig):
            raise BusyError from error
        raise


def _engine(url: str, *, is_sqlite: bool) -> Engine:
    if not is_sqlite:
        return create_engine(url, pool_size=2 * POOL_SIZE)
    engine = create_engine(url, pool_size=POOL_SIZE, connect_args={"timeout": BUSY_TIMEOUT_MS / 1000})
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(connection: sqlite3.Connection, _record: object) -> None:
    # The driver's own BEGIN comes only before the first change; ours comes at the start (see `_begin_sqlite`).
    connection.isolation_level = None
    # A byte changed behind our back may be no UTF-8: verification must name the entry, not fail on reading it.
    connection.text_factory = partial(str, encoding="utf-8", errors="surrogateescape")
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Connection) -> None:
    writes = connection.get_execution_options().get(WRITES, False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

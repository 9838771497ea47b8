"""The one door to facts, outcomes and profiles: nothing else opens those folders, and nothing passes without a grant.

A grant names firms and tables. What it does not name is absent to the reader, never empty: no view, no row, no value.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from features.columns import AS_OF, ENTERPRISE
from features.dictionary import FEATURES
from features.tables import PUBLIC_TABLES, TABLES, stored_schema
from service.errors import NotAllowedError
from service.store.facts_layout import (
    Layout,
    StoredFile,
    bucket_of,
    layout_digest,
    read_layout,
    read_table,
    write_profiles_file,
)
from service.store.facts_writer import NewFacts, Tell, Written, write_facts

__all__ = ["Access", "Facts", "FactsSources", "Grant", "NewFacts"]

#: Outcomes without a day serve these purposes only.
OUTCOME_PURPOSES = frozenset({"evaluation", "model_training"})
# Up to so many firms are named in the view itself, so that row groups of others are skipped unread.
_NAMED_FIRMS = 50
# The column of a kept profile that says which tables were open when it was computed.
_SCOPE = "open_tables"


@dataclass(frozen=True, slots=True)
class Grant:
    """Firms (None: all that the home has), the accepted tables that may be read of them, and on what basis."""

    enterprises: tuple[str, ...] | None
    tables: frozenset[str]
    basis: str


@dataclass(frozen=True, slots=True)
class Access:
    """The grants that a guard gave for a purpose. A firm in several grants may be read in the tables of all of them."""

    grants: tuple[Grant, ...]
    purpose: str


@dataclass(frozen=True, slots=True)
class FactsSources:
    """The readable fact files of one grant (`features.engine.Sources`)."""

    files: Mapping[str, tuple[Path, ...]]
    enterprises: tuple[str, ...] | None

    def bind(self, connection: duckdb.DuckDBPyConnection) -> frozenset[str]:
        """Make a view per readable table, bare where all firms may be read, else of the granted firms' rows."""
        condition = self._condition(connection)
        for name, files in self.files.items():
            if not files:
                connection.register(name, stored_schema(TABLES[name]).empty_table())
                continue
            listed = ", ".join(_quoted(str(one)) for one in files)
            # Names come from TABLES and paths are quoted; a view takes no parameters. By name, for files that were
            # stored before a column was added to the contract lack it.
            read = f"read_parquet([{listed}], union_by_name = true)"
            connection.execute(f"CREATE TEMP VIEW {name} AS SELECT * FROM {read}{condition}")  # noqa: S608
        return frozenset(self.files)

    def _condition(self, connection: duckdb.DuckDBPyConnection) -> str:
        if self.enterprises is None:
            return ""
        if len(self.enterprises) <= _NAMED_FIRMS:
            return f" WHERE {ENTERPRISE} IN ({', '.join(map(_quoted, self.enterprises)) or 'NULL'})"
        connection.register("granted_enterprises", pa.table({ENTERPRISE: pa.array(self.enterprises, pa.string())}))
        return f" WHERE {ENTERPRISE} IN (SELECT {ENTERPRISE} FROM granted_enterprises)"  # noqa: S608


class Facts:
    """The facts, outcomes and profiles of a home."""

    def __init__(self, home: Path) -> None:
        """Take the home's folder; it need not hold facts yet."""
        self._facts = home / "facts"
        self._profiles = home / "profiles"

    def sources(self, grant: Grant) -> FactsSources:
        """Return what the grant opens: its firms' rows in those of its tables that were delivered for their scheme.

        Raises `NotAllowedError` where the grant joins schemes of which different tables were delivered: a register that
        was never delivered for one of them would answer "none" for its firms. `split` parts such a grant.
        """
        layout = self._layout()
        parts = self._split(layout, grant)
        if len({part.tables for part in parts}) > 1:
            raise NotAllowedError(
                "不同来源的企业须分别读取。", "Firms of schemes with different tables must be read apart."
            )
        tables = parts[0].tables if parts else frozenset[str]()
        named = None if grant.enterprises is None or self._is_all(layout, grant.enterprises) else grant.enterprises
        files = {name: self._files(layout, name, named) for name in TABLES if name in tables}
        return FactsSources(files, named)

    def split(self, grant: Grant) -> tuple[Grant, ...]:
        """Return the grant by scheme of its firms, each with those of its tables that were delivered for the scheme."""
        return self._split(self._layout(), grant)

    def coverage(self) -> dict[str, frozenset[str]]:
        """Return, by scheme, which tables were delivered for it."""
        return _coverage(self._layout())

    def enterprises(self) -> tuple[str, ...]:
        """Return the ids of all enterprises that deliveries named, in order."""
        return self._known(self._layout())

    def latest_known_on(self) -> date | None:
        """Return the latest day on which any fact became known, None without facts."""
        tables = self._layout().tables.values()
        days = [one.latest_known_on for table in tables for one in table.buckets if one is not None]
        return max((day for day in days if day is not None), default=None)

    def digest(self) -> str:
        """Return a SHA-256 that changes with any fact, outcome or enterprise."""
        return layout_digest(self._facts)

    def write(self, new: NewFacts, tell: Tell) -> Written:
        """Merge a checked delivery, whole or not at all; for `service.ingest` only."""
        return write_facts(self._facts, new, tell)

    def undated_defaults(self, access: Access) -> pa.Table | None:
        """Return outcomes without a day (`enterprise`, `defaulted`) of firms of which more than public tables are open.

        None where the home has none. Raises `NotAllowedError` for a purpose that outcomes do not serve.
        """
        if access.purpose not in OUTCOME_PURPOSES:
            raise NotAllowedError("不能为此目的读取违约结果。", "Outcomes may not be read for this purpose.")
        layout = self._layout()
        if layout.undated_defaults is None:
            return None
        grants = tuple(one for one in access.grants if one.tables - PUBLIC_TABLES)
        rows = read_table(self._facts, layout.undated_defaults)
        return rows.filter(pc.is_in(rows[ENTERPRISE], pa.array(sorted(self._open(layout, grants)), pa.string())))

    def write_profiles(self, as_of: date, profiles: pa.Table, access: Access) -> None:
        """Replace the profiles of a day. Raises `NotAllowedError` where one is of a firm outside the access.

        Beside each profile stand the tables that were open when it was computed.
        """
        opened = self._open(self._layout(), access.grants)
        outside = set(profiles[ENTERPRISE].to_pylist()) - set(opened)
        if outside:
            raise NotAllowedError("画像超出授权范围。", f"{len(outside)} profiles are of firms outside the access.")
        kept = profiles.sort_by(ENTERPRISE)
        scopes = [",".join(sorted(opened[str(one)])) for one in kept[ENTERPRISE].to_pylist()]
        write_profiles_file(self._profiles_path(as_of), kept.append_column(_SCOPE, pa.array(scopes, pa.string())))

    def read_profiles(self, access: Access, as_of: date, enterprises: Iterable[str] | None = None) -> pa.Table | None:
        """Return the kept profiles of a day, of the firms in the access (and in `enterprises`), in order of id.

        A feature is null where the firm's grants do not hold every table that it is computed from. A profile that was
        computed when fewer tables were open than are now is left out. None where no profiles of that day are kept.
        """
        path = self._profiles_path(as_of)
        if not path.is_file():
            return None
        opened = self._open(self._layout(), access.grants)
        wanted = sorted(opened if enterprises is None else opened.keys() & set(enterprises))
        known = {ENTERPRISE, AS_OF, _SCOPE}
        columns = [name for name in pq.read_schema(path).names if name in known or name in FEATURES]
        rows = pq.read_table(
            path, columns=columns, filters=pc.field(ENTERPRISE).isin(pa.array(wanted, pa.string())), partitioning=None
        )
        return _masked(_current(rows, opened), opened)

    def _layout(self) -> Layout:
        return read_layout(self._facts)

    def _profiles_path(self, as_of: date) -> Path:
        return self._profiles / as_of.isoformat() / "profiles.parquet"

    def _known(self, layout: Layout) -> tuple[str, ...]:
        if layout.enterprises is None:
            return ()
        return tuple(map(str, read_table(self._facts, layout.enterprises)[ENTERPRISE].to_pylist()))

    def _is_all(self, layout: Layout, enterprises: Iterable[str]) -> bool:
        return set(enterprises) >= set(self._known(layout))

    def _split(self, layout: Layout, grant: Grant) -> tuple[Grant, ...]:
        covered = _coverage(layout)
        firms: dict[str, list[str]] = defaultdict(list)
        for one in self._known(layout) if grant.enterprises is None else grant.enterprises:
            firms[one.partition(":")[0]].append(one)
        return tuple(
            replace(grant, enterprises=tuple(firms[scheme]), tables=grant.tables & covered.get(scheme, frozenset()))
            for scheme in sorted(firms)
        )

    def _files(self, layout: Layout, name: str, enterprises: tuple[str, ...] | None) -> tuple[Path, ...]:
        buckets = layout.tables[name].buckets
        wanted: Iterable[StoredFile | None] = buckets
        if enterprises is not None and len(enterprises) <= _NAMED_FIRMS:
            wanted = (buckets[number] for number in sorted({bucket_of(one, len(buckets)) for one in enterprises}))
        return tuple(self._facts / one.path for one in wanted if one is not None)

    def _open(self, layout: Layout, grants: Iterable[Grant]) -> dict[str, frozenset[str]]:
        """Return, by firm, the tables that its grants open together."""
        opened: dict[str, frozenset[str]] = {}
        for grant in grants:
            for one in self._known(layout) if grant.enterprises is None else grant.enterprises:
                opened[one] = opened.get(one, frozenset()) | grant.tables
        return opened


def _coverage(layout: Layout) -> dict[str, frozenset[str]]:
    found: dict[str, set[str]] = defaultdict(set)
    for name, table in layout.tables.items():
        for scheme in table.schemes:
            found[scheme].add(name)
    return {scheme: frozenset(names) for scheme, names in sorted(found.items())}


def _current(rows: pa.Table, opened: Mapping[str, frozenset[str]]) -> pa.Table:
    """Return the profiles whose tables of then hold those of now, without the note of them."""
    firms, then = (rows[name].to_pylist() for name in (ENTERPRISE, _SCOPE))
    holds = [opened[str(firm)] <= set(str(scope).split(",")) for firm, scope in zip(firms, then, strict=True)]
    return rows.filter(pa.array(holds, pa.bool_())).drop_columns([_SCOPE])


def _masked(rows: pa.Table, opened: Mapping[str, frozenset[str]]) -> pa.Table:
    tables = [opened[str(one)] for one in rows[ENTERPRISE].to_pylist()]
    scopes = {scope: number for number, scope in enumerate(dict.fromkeys(tables))}
    numbers = np.array([scopes[one] for one in tables], np.int64)
    for name in rows.column_names:
        if name not in FEATURES:
            continue
        closed = [number for scope, number in scopes.items() if not FEATURES[name].tables <= scope]
        if closed:
            at = rows.schema.get_field_index(name)
            hidden = pa.array(np.isin(numbers, closed))
            values = pc.if_else(hidden, pa.scalar(None, rows.schema.field(name).type), rows[name])
            rows = rows.set_column(at, rows.schema.field(name), values)
    return rows


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"

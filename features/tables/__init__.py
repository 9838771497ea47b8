"""The accepted tables: contracts that every source of data meets, whatever its own form."""

from collections.abc import Mapping
from types import MappingProxyType

from features.tables.contract import Column, ColumnKind, Table, TableKind
from features.tables.credit import CREDIT
from features.tables.employment import EMPLOYMENT
from features.tables.invoices import INVOICE_TABLES
from features.tables.matches import MATCHES
from features.tables.public_record import PUBLIC_RECORD
from features.tables.registry import REGISTRY
from features.tables.stored import KnownOnBasis, stored_schema
from features.tables.tax import TAXES

#: Every accepted table by name, in the order in which a delivery is read (enterprises before what speaks of them).
TABLES: Mapping[str, Table] = MappingProxyType(
    {one.name: one for one in (*REGISTRY, *TAXES, *INVOICE_TABLES, *CREDIT, *PUBLIC_RECORD, *EMPLOYMENT, *MATCHES)}
)
PUBLIC_TABLES: frozenset[str] = frozenset(one.name for one in TABLES.values() if one.is_public)

__all__ = ["PUBLIC_TABLES", "TABLES", "Column", "ColumnKind", "KnownOnBasis", "Table", "TableKind", "stored_schema"]

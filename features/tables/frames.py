"""The contracts as pandera schemas over data frames. Apart from the rest, for pandera takes two seconds to import."""

import pandas as pd
from pandera import pandas as pandera

from features.columns import KNOWN_ON_BASIS
from features.tables.contract import ColumnKind, Table
from features.tables.stored import KnownOnBasis, stored_schema


def frame_schema(table: Table) -> pandera.DataFrameSchema:
    """Return the contract of a table as stored, for a data frame whose columns have Arrow types (`pd.ArrowDtype`)."""
    columns = {
        field.name: pandera.Column(pd.ArrowDtype(field.type), _checks(table, field.name), nullable=field.nullable)
        for field in stored_schema(table)
    }
    return pandera.DataFrameSchema(columns, strict=True, ordered=True, name=table.name)


def _checks(table: Table, stored: str) -> list[pandera.Check]:
    if stored == KNOWN_ON_BASIS:
        return [pandera.Check.isin([one.value for one in KnownOnBasis])]
    column = next((one for one in table.columns if one.stored == stored), None)
    if column is None or column.true_when is not None:
        return []
    checks = []
    if column.kind is ColumnKind.enterprise:
        checks.append(pandera.Check.str_matches(r"^[a-z0-9]+:.+$"))
    if column.codes:
        checks.append(pandera.Check.isin(list(column.codes)))
    if column.pattern is not None:
        checks.append(pandera.Check.str_matches(f"^(?:{column.pattern})$"))
    if column.least is not None:
        checks.append(pandera.Check.ge(column.least))
    if column.most is not None:
        checks.append(pandera.Check.le(column.most))
    return checks

"""Cuts a parsed query down to some of its columns: what they do not need is not computed.

Works on the form in which blocks are written: named parts (WITH), the outer SELECT joins them by LEFT JOIN on one key
that is unique in each, so that a part none of whose columns is mentioned can go.
"""

from collections.abc import Iterator
from collections.abc import Set as AbstractSet

from sqlglot import exp


def keep_columns(query: exp.Select, names: AbstractSet[str], key: str) -> None:
    """Keep of the outer SELECT the named columns and of the named parts what those need, in place."""
    parts = query.args["with_"]
    query.set("with_", None)
    _keep(query, names)
    _drop_joins(query)
    readers: list[exp.Expression] = [query]
    for part in reversed(parts.expressions):
        reading = [one for one in readers if part.alias in {table.name for table in one.find_all(exp.Table)}]
        if reading:
            _keep(part.this, {key} | {name for one in reading for name in _mentions(one, part.alias)})
            readers.append(part)
        else:
            part.pop()
    query.set("with_", parts)


def _keep(query: exp.Select, names: AbstractSet[str]) -> None:
    query.set("expressions", [column for column in query.expressions if column.alias_or_name in names])


def _drop_joins(query: exp.Select) -> None:
    """Drop each LEFT JOIN that no column of the query is taken from."""
    read = {column.table for column in query.find_all(exp.Column)}
    joins = [join for join in query.args["joins"] if join.side != "LEFT" or join.alias_or_name in read]
    query.set("joins", joins)


def _mentions(reader: exp.Expression, part: str) -> Iterator[str]:
    """Yield the names of columns that may come from `part`: those under its name and those under none."""
    for column in reader.find_all(exp.Column):
        if column.table in {"", part}:
            yield column.name

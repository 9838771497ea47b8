"""Windows of months, expanded on the parsed tree: one column of SQL named with a `w` becomes one per window."""

from collections.abc import Iterable

from sqlglot import exp

#: The stand-in for a window in definitions: alone it is the number of months, within a name (`sales_w_fen`) its place.
STAND_IN = "w"


def windowed_name(family: str, window: int) -> str:
    """Return the name of a family's column for a window: `sales_w_fen` and 12 make `sales_12m_fen`."""
    return "_".join(f"{window}m" if part == STAND_IN else part for part in family.split("_"))


def is_windowed(name: str) -> bool:
    """Say whether a name holds the stand-in of a window."""
    return STAND_IN in name.split("_")


def expand_windows(query: exp.Expr, windows: Iterable[int]) -> None:
    """Replace, in every SELECT of the tree, each column whose name holds a window by one per window, in place."""
    for select in query.find_all(exp.Select):
        columns: list[exp.Expr] = []
        for column in select.expressions:
            if is_windowed(column.alias_or_name):
                columns.extend(_bound(column, window) for window in windows)
            else:
                columns.append(column)
        select.set("expressions", columns)


def _bound(column: exp.Expr, window: int) -> exp.Expr:
    """Return a copy of a column of a SELECT with the window put in."""
    name = windowed_name(column.alias_or_name, window)

    def put_in(node: exp.Expr) -> exp.Expr:
        if isinstance(node, exp.Column) and node.name == STAND_IN:
            return exp.Literal.number(window)
        if isinstance(node, exp.Identifier) and is_windowed(node.name):
            return exp.to_identifier(windowed_name(node.name, window))
        return node

    bare = column.unalias().transform(put_in)
    return exp.alias_(bare, name)

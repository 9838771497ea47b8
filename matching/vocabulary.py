"""What matching needs to know of columns and tables: names, units, and who supplies them."""

import re

from features.columns import INVOICES
from features.dictionary import FEATURES, Feature
from features.tables import TABLES
from matching.errors import CriteriaError
from matching.stated import REFUSED, SOURCE, STATED, SUPPLIER

Column = Feature

# Counted in whole calendar months, though no window is part of the name.
WHOLE_MONTHS = frozenset({"months_since_first_sale", "months_since_last_sale"})
# Windows over filings that end with the last complete month; the other registers are read up to the day asked for.
FILED_MONTHS = frozenset({"tax_paid_12m_fen", "taxable_sales_12m_fen"})
SALES = re.compile(r"(^|_)(sales?|buyers?)(_|$)")


def column(name: str) -> Column:
    """Return the dictionary's entry, else that of a stated column; CriteriaError where there is neither."""
    found = FEATURES.get(name) or STATED.get(name)
    if found is None and name in REFUSED:
        raise CriteriaError(
            f"column {name!r} is refused: nobody is treated by ownership, origin or person (R-25, R-27);"
            " 不得以所有制、籍贯或个人身份设置条件"
        )
    if found is None:
        raise CriteriaError(f"unknown column {name!r}: it is not in the feature dictionary")
    return found


def sources(of: Column) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the tables a column is computed from, in Chinese and in English; what is stated has no table."""
    names = sorted(of.tables)
    if not names:
        return (SOURCE[0],), (SOURCE[1],)
    return tuple(TABLES[name].zh for name in names), tuple(TABLES[name].en for name in names)


def suppliers(of: Column) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return who can supply what the column lacks, in Chinese and in English."""
    names = sorted(of.tables)
    if not names:
        return (SUPPLIER[0],), (SUPPLIER[1],)
    return tuple(TABLES[name].supplier_zh for name in names), tuple(TABLES[name].supplier_en for name in names)


def ends_with_month(of: Column) -> bool:
    """Say whether the column sees only complete calendar months before the day asked for."""
    windowed = of.window is not None and of.tables == {INVOICES}
    return windowed or of.name in WHOLE_MONTHS or of.name in FILED_MONTHS


def is_of_sales(of: Column) -> bool:
    """Say whether an invoice column reads sales alone."""
    return SALES.search(of.name) is not None

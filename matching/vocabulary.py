"""What matching needs to know of columns and tables: names, units, and who supplies them."""

from features.dictionary import FEATURES, Feature
from features.tables import TABLES
from matching.errors import CriteriaError

Column = Feature


def column(name: str) -> Column:
    """Return the dictionary's entry; CriteriaError where there is none."""
    found = FEATURES.get(name)
    if found is None:
        raise CriteriaError(f"unknown column {name!r}: it is not in the feature dictionary")
    return found


def sources(of: Column) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the tables a column is computed from, in Chinese and in English."""
    names = sorted(of.tables)
    return tuple(TABLES[name].zh for name in names), tuple(TABLES[name].en for name in names)


def suppliers(of: Column) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return who can supply what the column lacks, in Chinese and in English."""
    names = sorted(of.tables)
    return tuple(TABLES[name].supplier_zh for name in names), tuple(TABLES[name].supplier_en for name in names)

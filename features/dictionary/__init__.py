"""The feature dictionary: what every column of a profile is called, counts, means and reads.

`docs/data_dictionary.md` is generated from it (`features.dictionary.document`).
"""

import hashlib
from collections.abc import Mapping
from dataclasses import astuple, replace
from functools import cache
from pathlib import Path
from types import MappingProxyType

from features.dictionary import credit, employment, invoices, public_record, qualifications, registry, tax
from features.dictionary.feature import Block, Feature, Unit

__all__ = ["DEFINITIONS", "FEATURES", "Block", "Feature", "Unit", "dictionary_hash"]

#: The folder of the definitions: one file of SQL per block, and the rule of what is known on a day.
DEFINITIONS = Path(__file__).resolve().parents[1] / "sql"

#: Every column of a profile by name, in the order of its columns.
FEATURES: Mapping[str, Feature] = MappingProxyType(
    {
        one.name: one
        for block in (registry, invoices, tax, credit, public_record, qualifications, employment)
        for one in block.FEATURES
    }
)


@cache
def dictionary_hash() -> str:
    """Return the SHA-256 (hex) of the dictionary and of the definitions in SQL: it changes when any feature does."""
    digest = hashlib.sha256()
    for one in FEATURES.values():
        digest.update(repr((*astuple(replace(one, tables=frozenset())), sorted(one.tables))).encode())
    for path in sorted(DEFINITIONS.glob("*.sql")):
        digest.update(path.name.encode() + path.read_bytes())
    return digest.hexdigest()

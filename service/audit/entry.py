"""Canonical entries and their leaf hashes.

An entry is JSON by RFC 8785 restricted to integers, strings, booleans, null, lists and objects with ASCII keys: in that
subset `orjson` with sorted keys gives the standard's very bytes, and no float can make two machines disagree.
The leaf hash is RFC 9162's: SHA-256 over a zero byte and the entry's bytes.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

import orjson

LARGEST_INTEGER = 2**53 - 1  # RFC 8785 numbers are IEEE doubles: larger integers would not survive another reader


@dataclass(frozen=True, slots=True)
class StoredEntry:
    """One row of the log as it lies in the database: the canonical text beside its searchable copies."""

    id: int
    at: str
    tag: str
    caller: str
    subject: str | None
    entry: str
    leaf_hash: str


class EntryError(ValueError):
    """A value has no canonical form: a float, a key outside ASCII, an integer beyond 2^53, a lone surrogate."""


def canonical(entry: Mapping[str, object]) -> bytes:
    """Return the canonical bytes of `entry`; raise `EntryError` naming the place of a value that has none."""
    _check(entry, "entry")
    return orjson.dumps(entry, option=orjson.OPT_SORT_KEYS)


def leaf_hash(data: bytes) -> str:
    """Return the RFC 9162 leaf hash of canonical bytes, in hex."""
    return hashlib.sha256(b"\x00" + data).hexdigest()


def _check(value: object, place: str) -> None:
    if isinstance(value, str):
        _check_text(value, place)
    elif value is None or isinstance(value, bool):
        return
    elif isinstance(value, int):
        if abs(value) > LARGEST_INTEGER:
            raise EntryError(f"{place}: the integer {value} is beyond 2^53")
    elif isinstance(value, Mapping):
        _check_object(value, place)
    elif isinstance(value, list | tuple):
        for index, item in enumerate(value):
            _check(item, f"{place}[{index}]")
    else:
        raise EntryError(f"{place}: {type(value).__name__} has no canonical form; use integers and strings")


def _check_object(value: Mapping[object, object], place: str) -> None:
    for key, item in value.items():
        if not isinstance(key, str) or not key.isascii():
            raise EntryError(f"{place}: the key {key!r} is not ASCII text")
        _check(item, f"{place}.{key}")


def _check_text(value: str, place: str) -> None:
    try:
        value.encode()
    except UnicodeEncodeError as error:
        raise EntryError(f"{place}: the text is not valid Unicode") from error

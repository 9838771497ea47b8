"""Check that each log entry is the one that was written: canonical form, leaf hash, and its searchable copies.

This finds a changed entry. A deleted entry or a log rewritten as a whole is found only by the tree over all leaves.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import orjson

from service.audit.entry import EntryError, StoredEntry, canonical, leaf_hash

REPEATED = ("at", "tag", "caller", "subject")


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with one entry."""

    entry: int
    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class Verification:
    """How many entries were read and what is wrong with which."""

    entries: int
    faults: tuple[Fault, ...]

    @property
    def holds(self) -> bool:
        """Whether every entry is as it was written."""
        return not self.faults


def verify(entries: Iterable[StoredEntry]) -> Verification:
    """Check all `entries`; the faults come in their order, at most one each."""
    read = 0
    faults = []
    for stored in entries:
        read += 1
        fault = fault_of(stored)
        if fault is not None:
            faults.append(fault)
    return Verification(read, tuple(faults))


def fault_of(stored: StoredEntry) -> Fault | None:
    """Return what is wrong with one entry, or None."""
    if leaf_hash(stored.entry.encode("utf-8", "surrogateescape")) != stored.leaf_hash:
        return Fault(stored.id, "内容与叶哈希不符，条目已被改动", "it does not match its leaf hash: it was changed")
    try:
        body = orjson.loads(stored.entry)
        same = canonical(body).decode() == stored.entry
    except (orjson.JSONDecodeError, EntryError):
        same = False
    if not same:
        return Fault(stored.id, "不是规范 JSON", "the entry is not canonical JSON")
    for name in REPEATED:
        if body.get(name) != getattr(stored, name):
            return Fault(stored.id, f"检索字段 {name} 与条目不一致", f"the column {name} differs from the entry")
    return None

"""Reading and verifying the match log, each reading itself logged."""

from dataclasses import dataclass
from typing import Any

import orjson

from service.access.caller import Caller, Role
from service.audit.entry import StoredEntry
from service.audit.tags import LABELS, Tag
from service.audit.verify import Fault, Verification, fault_of, verify
from service.errors import NotAllowedError, UnknownEntryError
from service.store import log_store
from service.work.home import Home
from service.work.log_words import LogWords, words_of

PAGE = 50


@dataclass(frozen=True, slots=True)
class EntrySummary:
    """One line of the log for a reader."""

    id: int
    at: str
    tag: str
    label_zh: str
    label_en: str
    caller: str
    subject: str | None


@dataclass(frozen=True, slots=True)
class EntryView:
    """One entry whole: its body, its leaf hash, what verification says of it, and words for its codes."""

    summary: EntrySummary
    body: dict[str, Any]
    raw: str
    leaf_hash: str
    fault: Fault | None
    words: LogWords


def tags() -> list[tuple[str, str, str]]:
    """Return tag, Chinese and English label of every audited act."""
    return [(tag.value, *LABELS[tag]) for tag in Tag]


def entries(home: Home, caller: Caller, *, before: int | None = None, tag: str | None = None) -> list[EntrySummary]:
    """Return a page of the log, newest first; only a regulator or the operator may, and the reading is logged."""
    _require_auditor(caller)
    with home.database.write() as session:
        found = log_store.newest(session, limit=PAGE, before=before, tag=tag)
        body = {"before": before, "filter": tag, "first": found[0].id if found else None, "count": len(found)}
        log_store.append(session, Tag.log_listed, home.now(), caller.log_name, None, body)
    return [_summary(entry) for entry in found]


def entry(home: Home, caller: Caller, entry_id: int) -> EntryView:
    """Return one entry with its verification; raise `UnknownEntryError` where there is none."""
    _require_auditor(caller)
    with home.database.write() as session:
        stored = log_store.get(session, entry_id)
        if stored is None:
            raise UnknownEntryError(f"没有编号为 {entry_id} 的日志条目。", f"There is no log entry {entry_id}.")
        log_store.append(session, Tag.log_read, home.now(), caller.log_name, str(entry_id), {"entry": entry_id})
        body = _body(stored)
        words = words_of(session, body)
    return EntryView(_summary(stored), body, stored.entry, stored.leaf_hash, fault_of(stored), words)


def verify_log(home: Home, caller: Caller) -> Verification:
    """Verify every entry; what was found is logged after the check, so the check never reads its own entry."""
    _require_auditor(caller)
    with home.database.read() as session:
        result = verify(log_store.each(session))
    with home.database.write() as session:
        body = {"entries": result.entries, "faults": [fault.entry for fault in result.faults]}
        log_store.append(session, Tag.log_verified, home.now(), caller.log_name, None, body)
    return result


def _require_auditor(caller: Caller) -> None:
    if caller.role not in (Role.regulator, Role.operator):
        raise NotAllowedError("只有监管用户可以查询匹配日志。", "Only a regulator may read the match log.")


def _summary(stored: StoredEntry) -> EntrySummary:
    known = stored.tag in set(Tag)
    zh, en = LABELS[Tag(stored.tag)] if known else (stored.tag, stored.tag)
    return EntrySummary(stored.id, stored.at, stored.tag, zh, en, stored.caller, stored.subject)


def _body(stored: StoredEntry) -> dict[str, Any]:
    try:
        body = orjson.loads(stored.entry)
    except orjson.JSONDecodeError:
        return {}
    return body if isinstance(body, dict) else {}

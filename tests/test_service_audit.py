"""Entries are canonical bytes, their leaf hashes are RFC 9162's, and verification names what was changed."""

import hashlib
import json

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from service.audit.entry import LARGEST_INTEGER, EntryError, StoredEntry, canonical, leaf_hash
from service.audit.tags import LABELS, Tag
from service.audit.verify import fault_of, verify

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
keys = st.text(st.characters(max_codepoint=127), max_size=12)
values = st.recursive(
    st.none() | st.booleans() | st.integers(-LARGEST_INTEGER, LARGEST_INTEGER) | texts,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(keys, inner, max_size=4),
    max_leaves=20,
)


@given(st.dictionaries(keys, values, max_size=6))
def test_canonical_bytes_are_those_of_the_standards_own_implementation(entry: dict[str, object]) -> None:
    assert canonical(entry) == rfc8785.dumps(entry)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("entry", "place"),
    [
        ({"a": 0.5}, "entry.a"),
        ({"a": [1, {"b": float("nan")}]}, "entry.a[1].b"),
        ({"名": 1}, "entry"),
        ({"a": 2**53}, "entry.a"),
        ({"a": "\ud800"}, "entry.a"),
        ({"a": b"x"}, "entry.a"),
    ],
)
def test_what_has_no_canonical_form_is_refused_with_its_place(entry: dict[str, object], place: str) -> None:
    with pytest.raises(EntryError, match=f"^{place.replace('[', chr(92) + '[')}:"):
        canonical(entry)  # type: ignore[arg-type]


def test_the_leaf_hash_of_no_bytes_is_the_one_the_rfc_computes() -> None:
    # RFC 9162 section 2.1.1: MTH({d[0]}) = SHA-256(0x00 || d[0]); of an empty leaf this is a published constant.
    assert leaf_hash(b"") == "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"
    assert leaf_hash(b"abc") == hashlib.sha256(b"\x00abc").hexdigest()


def _stored(**changes: object) -> StoredEntry:
    body = {"at": "2026-01-02T03:04:05.000Z", "tag": "match:products:answered", "caller": "bank:a", "subject": "x"}
    text = canonical(body).decode()
    row: dict[str, object] = {**{key: body[key] for key in ("at", "tag", "caller", "subject")}, "id": 5, "entry": text}
    row["leaf_hash"] = leaf_hash(text.encode())
    return StoredEntry(**{**row, **changes})  # type: ignore[arg-type]


def test_an_untouched_entry_has_no_fault() -> None:
    assert fault_of(_stored()) is None


@given(st.data())
def test_any_changed_byte_is_named(data: st.DataObject) -> None:
    good = _stored().entry
    index = data.draw(st.integers(0, len(good) - 1))
    other = data.draw(st.characters(min_codepoint=32, max_codepoint=126).filter(lambda c: c != good[index]))
    changed = _stored(entry=good[:index] + other + good[index + 1 :])
    result = verify([_stored(), changed])
    assert not result.holds
    assert [fault.entry for fault in result.faults] == [5]


@pytest.mark.parametrize("column", ["at", "tag", "caller", "subject"])
def test_a_changed_search_column_is_named_although_the_entry_holds(column: str) -> None:
    fault = fault_of(_stored(**{column: "other"}))
    assert fault is not None
    assert column in fault.en


def test_other_json_of_the_same_meaning_is_not_the_entry() -> None:
    spaced = json.dumps(json.loads(_stored().entry))
    fault = fault_of(_stored(entry=spaced, leaf_hash=leaf_hash(spaced.encode())))
    assert fault is not None
    assert "canonical" in fault.en


def test_every_tag_has_a_label_and_the_grammar() -> None:
    assert set(LABELS) == set(Tag)
    assert all(len(tag.value.split(":")) == 3 for tag in Tag)

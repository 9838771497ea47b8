"""The feature dictionary: complete in both languages, consistent with its names, and the document it generates."""

import re
from pathlib import Path

import pytest

from features import dictionary
from features.columns import INVOICES, TAX_FILINGS
from features.dictionary import FEATURES, Block, Unit, dictionary_hash
from features.dictionary.document import describe_features
from features.tables import TABLES

DOCUMENT = Path(__file__).resolve().parents[1] / "docs" / "data_dictionary.md"
CHINESE = re.compile(r"[一-鿿]")


def test_the_document_is_what_the_dictionary_generates() -> None:
    assert DOCUMENT.read_text("utf-8") == describe_features(FEATURES.values())


def test_every_feature_is_named_in_both_languages_once() -> None:
    for words in ([one.zh for one in FEATURES.values()], [one.en for one in FEATURES.values()]):
        assert sorted(words) == sorted(set(words))
    assert all(CHINESE.search(one.zh) and not CHINESE.search(one.en) for one in FEATURES.values())
    assert not any("{" in one.zh + one.en + one.name for one in FEATURES.values())


def test_names_end_in_their_unit() -> None:
    suffixes = {"_fen": Unit.fen, "_ratio": Unit.ratio, "_log": Unit.log, "_on": Unit.day, "_count": Unit.count}
    for name, feature in FEATURES.items():
        for suffix, unit in suffixes.items():
            assert not name.endswith(suffix) or feature.unit is unit, name


def test_features_read_accepted_tables_and_codes_or_days_have_no_direction() -> None:
    for feature in FEATURES.values():
        assert feature.tables
        assert feature.tables <= TABLES.keys()
        assert feature.direction in {-1, 0, 1}
        assert feature.direction == 0 or feature.unit not in {Unit.code, Unit.day, Unit.year}


def test_about_forty_five_invoice_features_are_there_with_what_criteria_ask() -> None:
    assert sum(one.block is Block.invoices for one in FEATURES.values()) >= 45
    assert FEATURES["sales_12m_fen"].tables == {INVOICES}
    assert FEATURES["tax_paid_12m_fen"].tables == {TAX_FILINGS}


def test_the_hash_changes_with_a_definition(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = dictionary_hash()
    for path in dictionary.DEFINITIONS.glob("*.sql"):
        (tmp_path / path.name).write_bytes(path.read_bytes())
    monkeypatch.setattr(dictionary, "DEFINITIONS", tmp_path)
    dictionary_hash.cache_clear()
    assert dictionary_hash() == before
    (tmp_path / "invoices.sql").write_text("SELECT 1", "utf-8")
    dictionary_hash.cache_clear()
    assert dictionary_hash() != before
    dictionary_hash.cache_clear()

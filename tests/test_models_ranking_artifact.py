"""Stored rankers and grant models answer as they did, and tell of every changed byte."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from ranking_tables import table
from test_models_acceptance import model as acceptance
from test_models_ranker import ranker

from models.errors import ArtifactError
from models.ranker import Side
from models.ranking_artifact import load_acceptance, load_ranker, save_acceptance, save_ranker, stored_ranking_id

ROWS = table(20, 11).features


def test_a_ranker_answers_to_the_bit_and_is_stored_as_it_was(tmp_path: Path) -> None:
    one = replace(ranker(), metrics={"test": {"ndcg_at_10": 0.5}, "enterprises_by_basis": {"synthetic": 900}})
    id_ = save_ranker(one, tmp_path / "a")
    again = load_ranker(tmp_path / "a")
    assert (again.order_score(ROWS) == one.order_score(ROWS)).all()
    assert (again.chance_score(ROWS) == one.chance_score(ROWS)).all()
    assert again.contributions(ROWS, Side.bank).table.equals(one.contributions(ROWS, Side.bank).table)
    assert (again.training, again.choice, again.peers) == (one.training, one.choice, one.peers)
    assert id_ == save_ranker(again, tmp_path / "b") == stored_ranking_id(tmp_path / "b")
    assert id_.startswith("ranker-")


def test_a_grant_model_answers_to_the_bit(tmp_path: Path) -> None:
    id_ = save_acceptance(acceptance(), tmp_path / "a")
    again = load_acceptance(tmp_path / "a")
    rows = ROWS.assign(tax_paid_12m_fen=np.arange(len(ROWS), dtype=np.float64))
    assert (again.granted_chance(rows) == acceptance().granted_chance(rows)).all()
    assert id_ == save_acceptance(again, tmp_path / "b") == stored_ranking_id(tmp_path / "b")
    assert id_.startswith("acceptance-")


def test_every_file_is_guarded(tmp_path: Path) -> None:
    save_ranker(ranker(), tmp_path / "a")
    names = sorted(path.name for path in (tmp_path / "a").iterdir())
    assert names == [
        "card.md",
        "choice.txt",
        "lambdarank.txt",
        "manifest.json",
        "metrics.json",
        "model.json",
        "peers.json",
    ]
    for name in set(names) - {"manifest.json"}:
        path = tmp_path / "a" / name
        held = path.read_bytes()
        path.write_bytes(held + b" ")
        with pytest.raises(ArtifactError, match=f"{name} was changed"):
            load_ranker(tmp_path / "a")
        path.write_bytes(held)


def test_a_model_of_another_kind_is_refused(tmp_path: Path) -> None:
    save_ranker(ranker(), tmp_path / "a")
    with pytest.raises(ArtifactError, match="holds no acceptance model"):
        load_acceptance(tmp_path / "a")


def test_the_threads_in_the_text_are_one(tmp_path: Path) -> None:
    save_ranker(ranker(), tmp_path / "a")
    assert "[num_threads: 1]" in (tmp_path / "a" / "choice.txt").read_text(encoding="utf-8")


def test_the_card_speaks_chinese_first_and_of_limits(tmp_path: Path) -> None:
    save_ranker(ranker(), tmp_path / "a")
    card = (tmp_path / "a" / "card.md").read_text(encoding="utf-8")
    assert card.startswith("# 排序模型卡")
    assert "没有展示过的组合没有标签" in card
    assert "`lambdarank`" in card
    save_acceptance(acceptance(), tmp_path / "b")
    assert "申请过的企业" in (tmp_path / "b" / "card.md").read_text(encoding="utf-8")

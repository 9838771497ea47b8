"""The warning's fit: it finds what tells, needs enough defaults, and is stored as it was fitted."""

from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from warning_tables import watched

from models.artifact_folder import read_folder
from models.bootstrap import Interval
from models.errors import ArtifactError, NotEnoughOutcomesError, TrainingTableError
from models.hazard import HALF, HORIZON
from models.metrics import auc
from models.warning import EarlyWarning, HazardKind, beside, choose, fit_warning
from models.warning_artifact import load_warning, save_warning


@cache
def fitted() -> EarlyWarning:
    return fit_warning(watched(300), None, seed=1)


@pytest.mark.parametrize("kind", HazardKind)
def test_both_hazards_find_what_tells_on_firms_they_never_saw(kind: HazardKind) -> None:
    asked = watched(300, seed=2)
    known, judged = asked.judged(HORIZON)
    chance = fitted().default_within(asked.features[known], HORIZON, kind)
    assert auc(judged.bad, chance) > 0.8
    assert chance.mean() == pytest.approx(judged.bad.mean(), rel=0.35)


def test_six_months_are_less_likely_than_twelve() -> None:
    features = watched(50, seed=3).features
    assert (fitted().default_within(features, HALF) <= fitted().default_within(features, HORIZON)).all()


def test_a_longer_look_back_is_censored_not_called_sound() -> None:
    table = watched(300)
    unseen = table.seen_months < HORIZON
    assert unseen.any()
    assert np.isnan(table.outcome(HORIZON)[unseen]).all()
    assert fitted().training.rows == len(table.days)


def test_the_chance_of_a_row_does_not_depend_on_the_others() -> None:
    features = watched(40, seed=4).features
    whole = fitted().default_within(features)
    some = fitted().default_within(features.iloc[::-7])
    assert some.tolist() == whole[::-7].tolist()


def test_too_few_defaults_are_refused_with_their_number() -> None:
    table = watched(60, tells=0.0)
    sound = replace(table, default_months=np.full(len(table.days), np.nan))
    with pytest.raises(NotEnoughOutcomesError, match="0 and 60 are known"):
        fit_warning(sound, None, seed=1)


def test_a_table_out_of_order_or_with_a_row_twice_is_refused() -> None:
    table = watched(5)
    with pytest.raises(TrainingTableError, match="in order"):
        replace(table, enterprises=table.enterprises[::-1])
    with pytest.raises(TrainingTableError, match="stands twice"):
        replace(table, days=np.repeat(table.days[:1], len(table.days)))
    with pytest.raises(TrainingTableError, match="differ in length"):
        replace(table, missed_days=table.missed_days[1:])


def test_the_trees_replace_the_line_only_where_the_interval_says_so() -> None:
    assert choose(Interval(0.02, 0.001, 0.04)) is HazardKind.boosted
    assert choose(Interval(0.02, 0.0, 0.04)) is HazardKind.logistic
    assert fitted().metrics["choice"]["kind"] == fitted().kind.value


def test_what_nobody_knows_comes_last_among_the_simple_signals() -> None:
    table = watched(50)
    fall = beside(table)["fall of sales, 12 months"]
    unknown = np.isnan(table.features["sales_growth_12m_ratio"])
    assert fall[unknown].max() < fall[~unknown].min()
    assert set(beside(table)["random"].tolist()) == {0.0}
    assert np.array_equal(beside(table)["tax arrears"], table.features["tax_arrears_fen"])


def test_what_is_stored_predicts_to_the_byte(tmp_path: Path) -> None:
    features = watched(100, seed=5).features
    id_ = save_warning(fitted(), tmp_path / "one")
    assert id_.startswith("warning-")
    assert save_warning(fit_warning(watched(300), None, seed=1), tmp_path / "again") == id_
    loaded = load_warning(tmp_path / "one")
    for kind in HazardKind:
        assert (
            loaded.default_within(features, HALF, kind).tolist()
            == fitted().default_within(features, HALF, kind).tolist()
        )
    assert loaded.training == fitted().training
    assert loaded.kind is fitted().kind
    manifest, _ = read_folder(tmp_path / "one")
    assert "month_ahead" not in manifest["features"]
    (tmp_path / "one" / "logistic.json").write_text("{}")
    with pytest.raises(ArtifactError, match=r"logistic\.json was changed"):
        load_warning(tmp_path / "one")


def test_the_parts_of_a_hazard_add_up() -> None:
    matrix = np.random.default_rng(1).poisson(1.0, size=(30, len(fitted().inputs))).astype(np.float64)
    matrix[:, -1] = 5
    for kind in HazardKind:
        model = fitted().hazards[kind].model
        parts, base = model.contributions(matrix)
        assert base + parts.sum(axis=1) == pytest.approx(model.log_odds(matrix), abs=1e-9)

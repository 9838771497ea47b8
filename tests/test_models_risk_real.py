"""The risk model on real tables: half-way to its goal and beyond plain trees, by quick fits of a single booster."""

from pathlib import Path

import numpy as np
import pytest

from models.metrics import auc, ks
from models.risk_baselines import PLAIN, baseline_scores
from models.risk_figures import Scored, risk_figures
from models.study import SEED, known_rows, outer_folds
from models.study_config import StudyConfig
from models.study_order import by_content
from models.study_risk import RiskStudy, fit_study
from models.study_table import StudyRows
from service.work import study_files

pytestmark = pytest.mark.slow


def opened(path: Path) -> tuple[StudyConfig, StudyRows]:
    """Return the study as its TOML describes it and its rows with a label."""
    form = study_files.resolved(study_files.read_form(path))
    return form.config, known_rows(study_files.read_history(form).rows, form.config)


@pytest.fixture(scope="module")
def loans(data_folder: Path) -> tuple[StudyConfig, StudyRows, StudyRows]:
    """Return the study of SBA 7(a) loans, the rows of its fit and those of its test."""
    config, rows = opened(data_folder / "sba7a" / "risk.toml")
    return config, rows.take(rows.in_splits(config.fit)), rows.take(rows.in_splits(config.test))


@pytest.fixture(scope="module")
def model(loans: tuple[StudyConfig, StudyRows, StudyRows]) -> RiskStudy:
    return fit_study(by_content(loans[1]), {}, loans[0], SEED, quick=True)


def test_charge_offs_are_told_half_way_to_the_goal(
    model: RiskStudy, loans: tuple[StudyConfig, StudyRows, StudyRows]
) -> None:
    config, _, test = loans
    assert not [name for name in config.columns.all_numbers if "term" in name]
    assert test.label is not None
    chance = model.predict(test, {})
    assert auc(test.label, chance) > 0.705
    assert ks(test.label, chance) > 0.295


def test_scores_hang_on_the_row_alone(model: RiskStudy, loans: tuple[StudyConfig, StudyRows, StudyRows]) -> None:
    test = loans[2]
    order = np.random.default_rng(1).permutation(len(test))[:200]
    chance = model.predict(test, {})
    assert model.predict(test.take(order), {}).tolist() == chance[order].tolist()
    assert RiskStudy.from_files(model.files()).predict(test.take(order), {}).tolist() == chance[order].tolist()


def test_no_column_of_the_fit_tells_a_row_its_own_outcome(
    model: RiskStudy, loans: tuple[StudyConfig, StudyRows, StudyRows]
) -> None:
    """The study's weights hang on the outcome; a count of weights would separate the fit's rows and no others."""
    fit, test = loans[1], loans[2]
    assert fit.label is not None
    assert test.label is not None
    counted = [place for place, name in enumerate(model.features.columns) if name.endswith("how frequent")]
    matrix = model.features.matrix(fit.levels, fit.numbers)
    assert counted
    for place in counted:
        assert abs(auc(fit.label, matrix[:, place]) - 0.5) < 0.15


def test_pairs_of_ratios_beat_plain_trees_on_a_fold(data_folder: Path) -> None:
    config, rows = opened(data_folder / "polish_bankruptcy" / "risk_year5.toml")
    fold = outer_folds(rows, config)
    seen, asked = rows.take(fold != 0), rows.take(fold == 0)
    assert asked.label is not None
    mine = fit_study(by_content(seen), {}, config, SEED, quick=True).predict(asked, {})
    plain, _ = baseline_scores(seen, asked, SEED, only=(PLAIN,))
    bad = asked.label.astype(np.int64)
    found = risk_figures({"mine": Scored(mine), PLAIN: plain[PLAIN]}, bad, asked.keys.astype(np.str_), SEED, 300)
    assert found.differences[PLAIN]["auc"].estimate > 0.01

"""Our Newton steps against scikit-learn, and the line that calibrates."""

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from models.calibration import fit_calibration
from models.logistic import fit_logistic, probability


@pytest.mark.parametrize("ridge", [0.1, 1.0, 20.0])
def test_coefficients_agree_with_scikit_learn(ridge: float) -> None:
    generator = np.random.default_rng(2)
    columns = generator.normal(size=(300, 3)) * [1, 3, 0.2]
    bad = (generator.random(300) < probability(columns @ np.array([0.5, -0.4, 2]) - 1)).astype(float)
    theirs = LogisticRegression(C=1 / ridge, tol=1e-10, max_iter=1000).fit(columns, bad)
    ours = fit_logistic(columns, bad, ridge=ridge)
    assert ours.coefficients == pytest.approx(theirs.coef_[0], abs=1e-5)
    assert ours.intercept == pytest.approx(theirs.intercept_[0], abs=1e-5)
    assert probability(ours.log_odds(columns)).mean() == pytest.approx(bad.mean(), abs=1e-9)


def test_perfectly_separated_rows_end_at_finite_coefficients() -> None:
    columns = np.r_[np.full(30, -50.0), np.full(30, 50.0)][:, None]
    fitted = fit_logistic(columns, (columns[:, 0] > 0).astype(float), ridge=1.0)
    assert 0 < fitted.coefficients[0] < 1
    assert np.isfinite(fitted.intercept)


def test_without_columns_the_base_rate_is_left() -> None:
    fitted = fit_logistic(np.empty((8, 0)), np.array([1.0, 1, 0, 0, 0, 0, 0, 0]), ridge=1.0)
    assert probability(np.array([fitted.intercept]))[0] == pytest.approx(0.25)


def test_a_probability_never_reaches_zero_or_one() -> None:
    ends = probability(np.array([-1e6, 1e6]))
    assert 0 < ends[0] < ends[1] < 1


def test_calibration_brings_overconfident_scores_back() -> None:
    generator = np.random.default_rng(8)
    truth = generator.normal(-1, 1, 4000)
    bad = (generator.random(4000) < probability(truth)).astype(int)
    line = fit_calibration(truth * 3 + 2, bad)
    assert line.slope == pytest.approx(1 / 3, abs=0.03)
    assert line.intercept == pytest.approx(-2 / 3, abs=0.08)


def test_scores_that_run_against_the_outcomes_give_everyone_the_base_rate() -> None:
    bad = np.array([1, 1, 0, 0, 0, 0, 0, 0])
    line = fit_calibration(np.where(bad == 1, -1.0, 1.0) + np.arange(8) / 100, bad)
    assert line.slope == 0
    # Platt's targets: bad 3/4, good 1/8, so the mean is (2 · 3/4 + 6 · 1/8) / 8.
    assert probability(line.log_odds(np.zeros(1)))[0] == pytest.approx((1.5 + 0.75) / 8)

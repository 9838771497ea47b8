"""Ridge logistic regression by Newton steps: few variables, no BLAS in the sums, so no thread changes a bit."""

from dataclasses import dataclass

import numpy as np

from models.metrics import Floats

_STEPS = 50
_TOLERANCE = 1e-10
_STEEPEST = 35.0  # beyond these log-odds a double's probability is 0 or 1


@dataclass(frozen=True, slots=True)
class Logistic:
    """log-odds of bad = intercept + Σ coefficient · column."""

    intercept: float
    coefficients: Floats

    def log_odds(self, columns: Floats) -> Floats:
        """Return the log-odds of each row of `columns` (rows × variables)."""
        return np.asarray(self.intercept + (columns * self.coefficients).sum(axis=1), dtype=np.float64)


@dataclass(frozen=True, slots=True)
class _Sample:
    """The rows of a fit with their outcome (0 … 1) and weight, and the penalty of each coefficient."""

    design: Floats
    target: Floats
    weight: Floats
    penalty: Floats


def fit_logistic(columns: Floats, target: Floats, *, ridge: float, weight: Floats | None = None) -> Logistic:
    """Return the logistic regression of `target` (0 … 1) on `columns`.

    `ridge` is the penalty ½·ridge·Σβ² beside the log-likelihood summed over rows, each times its `weight` (preset 1);
    the intercept is free, so that the mean of the fitted probabilities equals the mean of the target.
    """
    sample = _Sample(
        design=np.column_stack([np.ones(len(target)), columns]),
        target=target,
        weight=np.ones(len(target)) if weight is None else weight,
        penalty=np.r_[0.0, np.full(columns.shape[1], ridge)],
    )
    beta = np.zeros(sample.design.shape[1])
    loss = _loss(sample, beta)
    for _ in range(_STEPS):
        step = _newton_step(sample, beta)
        beta, loss = _shortened(sample, beta, step, loss)
        if np.abs(step).max() < _TOLERANCE:
            break
    return Logistic(intercept=float(beta[0]), coefficients=beta[1:])


def probability(log_odds: Floats) -> Floats:
    """Return 1 / (1 + exp(-log_odds)), strictly inside (0, 1)."""
    return np.asarray(1 / (1 + np.exp(-np.clip(log_odds, -_STEEPEST, _STEEPEST))), dtype=np.float64)


def _newton_step(sample: _Sample, beta: Floats) -> Floats:
    design, weight, penalty = sample.design, sample.weight, sample.penalty
    p = probability((design * beta).sum(axis=1))
    gradient = (design * (weight * (sample.target - p))[:, None]).sum(axis=0) - penalty * beta
    spread = design * (weight * (p * (1 - p)))[:, None]
    # One column at a time: sums by numpy's own pairwise order instead of a threaded matrix product.
    hessian = np.stack([(spread * design[:, [j]]).sum(axis=0) for j in range(design.shape[1])])
    hessian[np.diag_indices_from(hessian)] += penalty + _TOLERANCE
    return np.asarray(np.linalg.solve(hessian, gradient), dtype=np.float64)


def _shortened(sample: _Sample, beta: Floats, step: Floats, loss: float) -> tuple[Floats, float]:
    """Halve the step until the loss does not rise (a full step overshoots where classes separate)."""
    for halving in range(_STEPS):
        candidate = beta + step / 2**halving
        new_loss = _loss(sample, candidate)
        if new_loss <= loss + _TOLERANCE:
            return candidate, new_loss
    return beta, loss


def _loss(sample: _Sample, beta: Floats) -> float:
    eta = (sample.design * beta).sum(axis=1)
    losses = sample.weight * (np.logaddexp(0, eta) - sample.target * eta)
    return float(np.sum(losses) + 0.5 * np.sum(sample.penalty * beta**2))

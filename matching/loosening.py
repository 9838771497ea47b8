"""What a change of one criterion would admit, and what it would be expected to lose.

Expected loss = Σ amount × probability of default × loss given default (Basel CRE31: EL = PD × LGD × EAD); the amount is
what is asked for, else the firm's limit. Requests of which no model speaks are counted apart, never as riskless.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Final

import numpy as np

from matching.amounts import FEN_PER_YUAN, PPM, half_even, ratio_text, yuan_text
from matching.compile import YES
from matching.criteria import EPOCH, BeforeAsOf, Clause, Comparison, EdgeValue
from matching.eligibility import Eligibility, evaluate
from matching.errors import CriteriaError
from matching.frame import Floats, Mask
from matching.product import Product
from matching.small_counts import LEAST_SHOWN, figure_step, floor_figures, nested
from matching.unmet import Demand, kept_out_alone, offered_on_day
from matching.vocabulary import Column, column

#: Unsecured claims on firms in the foundation approach (Basel CRE32.6); a bank gives its own.
LOSS_GIVEN_DEFAULT_PPM: Final = 400_000
#: At which shares of the values that fail a threshold is tried; the last of all would be that of one firm.
STEPS: Final = (0.25, 0.5, 0.75)
_DOWNWARD = frozenset({"at_least", "above"})


@dataclass(frozen=True, slots=True)
class Admission:
    """What a changed product lets in and shuts out, in requests; money in fen.

    `unmet` are those let in that fit nothing before. `expected_loss_fen` and `amount_fen` are of those let in of which
    the risk model speaks; `without_model` counts the others. The shares are expected loss over amount, of those let in
    and of those that fitted before, None where there are none; `before_known` counts the latter.
    """

    admitted: int
    unmet: int
    shut_out: int
    amount_fen: int
    expected_loss_fen: int
    without_model: int
    loss_ppm: int | None
    before_loss_ppm: int | None
    before_known: int


@dataclass(frozen=True, slots=True)
class Step:
    """One threshold tried in place of the written one (None: the criterion is left out), and what it would do."""

    value: EdgeValue | None
    admission: Admission


@dataclass(frozen=True, slots=True)
class ToldStep:
    """A step as it may be told, in firms; None is untold.

    The money and `loss_ppm` are of those let in of which the risk model speaks, `without_model` counts the others.
    """

    value: EdgeValue | None
    admitted: int
    unmet: int | None
    without_model: int | None
    amount_fen: int | None
    expected_loss_fen: int | None
    loss_ppm: int | None


@dataclass(frozen=True, slots=True)
class ToldSteps:
    """The steps that may be told, and the share of expected loss of the firms that fit today, None where untold."""

    steps: tuple[ToldStep, ...]
    before_loss_ppm: int | None


def without(product: Product, clause_id: str) -> Product:
    """Return the product without one clause; CriteriaError where it has none of that id, or no other."""
    kept = tuple(clause for clause in product.criteria if clause.id != clause_id)
    if len(kept) == len(product.criteria):
        raise CriteriaError(f"product {product.id} has no clause {clause_id}")
    if not kept:
        raise CriteriaError(f"clause {clause_id} is the only one of product {product.id}")
    return product.model_copy(update={"criteria": kept})


def with_value(product: Product, clause_id: str, value: EdgeValue) -> Product:
    """Return the product with another threshold in a clause that is one plain comparison; CriteriaError otherwise."""
    clause, comparison = _plain(product, clause_id)
    changed = comparison.model_copy(update={"value": value})
    # A sentence written for the old threshold would now be wrong.
    new = clause.model_copy(update={"require": changed, "zh": None, "en": None})
    return product.model_copy(
        update={"criteria": tuple(new if one.id == clause_id else one for one in product.criteria)}
    )


def admission(
    demand: Demand, product: str, changed: Product, pd_12m: Floats, lgd_ppm: int = LOSS_GIVEN_DEFAULT_PPM
) -> Admission:
    """Return what `changed` would do in the place of the product of that id.

    `pd_12m` is the probability of default of each request's firm on its day, NaN where no model speaks of it.
    """
    if not 0 <= lgd_ppm <= PPM:
        raise CriteriaError("a loss given default is between nothing and the whole of a loan")
    before = _judged(demand, product)
    after = evaluate(changed, demand.frame, demand.requests)
    offered = offered_on_day(before.product, demand.frame)
    fitted, fits = (before.verdict == YES) & offered, (after.verdict == YES) & offered
    let_in = fits & ~fitted
    known = let_in & ~np.isnan(pd_12m)
    amount, loss = _expected(demand, after, known, pd_12m, lgd_ppm)
    before_known = fitted & ~np.isnan(pd_12m)
    before_amount, before_loss = _expected(demand, before, before_known, pd_12m, lgd_ppm)
    return Admission(
        admitted=int(let_in.sum()),
        unmet=int((let_in & demand.unmet).sum()),
        shut_out=int((fitted & ~fits).sum()),
        amount_fen=amount,
        expected_loss_fen=loss,
        without_model=int((let_in & np.isnan(pd_12m)).sum()),
        loss_ppm=_share(loss, amount),
        before_loss_ppm=_share(before_loss, before_amount),
        before_known=int(before_known.sum()),
    )


def steps(
    demand: Demand, product: str, clause_id: str, pd_12m: Floats, lgd_ppm: int = LOSS_GIVEN_DEFAULT_PPM
) -> list[Step]:
    """Try looser thresholds of a clause, and the product without it, the tightest first.

    Thresholds are the values with which requests fail this clause alone, at a quarter, a half and three quarters of
    them, rounded to two significant figures so that they let in more. A clause that is not one plain comparison of
    numbers is only left out.
    """
    one = _judged(demand, product)
    tried = [
        Step(value, admission(demand, product, with_value(one.product, clause_id, value), pd_12m, lgd_ppm))
        for value in _thresholds(demand, one, clause_id)
    ]
    if len(one.product.criteria) == 1:
        return tried
    return [*tried, Step(None, admission(demand, product, without(one.product, clause_id), pd_12m, lgd_ppm))]


def told_steps(demand: Demand, product: str, clause_id: str, tried: Sequence[Step]) -> ToldSteps:
    """Return of steps tried (`steps`) those that may be told, of a demand in which each firm stands once.

    A step is told where it lets in ten firms more than the one told before it, and leaves none or ten of those that
    the clause alone keeps out, and of all. Counts of the unmet, and counts and money of those that the model knows, are
    told where each step adds none or ten on either side. `MatchingError` where a firm stands twice.
    """
    demand.require_once()
    kept_out = dict(kept_out_alone(one := _judged(demand, product)))[clause_id]
    kept_out = kept_out & offered_on_day(one.product, demand.frame)
    unmet, firms = demand.unmet, demand.frame.rows
    of = [step.admission for step in tried]
    told = nested([(one.admitted,) for one in of], among=[(int(kept_out.sum()),), (firms,)])
    kept = [step for step, is_told in zip(tried, told, strict=True) if is_told]
    of = [step.admission for step in kept]
    by_unmet = nested(
        [(one.unmet, one.admitted - one.unmet) for one in of],
        among=[_parts(kept_out, unmet), _parts(np.ones(firms, dtype=np.bool_), unmet)],
    )
    by_known = nested([(one.admitted - one.without_model, one.without_model) for one in of])
    before = tried[0].admission if tried else None
    tells_before = before is not None and before.before_known >= LEAST_SHOWN
    return ToldSteps(
        tuple(_told(*one) for one in zip(kept, by_unmet, by_known, strict=True)),
        before.before_loss_ppm if before is not None and tells_before else None,
    )


def _parts(rows: Mask, part: Mask) -> tuple[int, int]:
    return int((rows & part).sum()), int((rows & ~part).sum())


def _told(step: Step, tells_unmet: bool, tells_known: bool) -> ToldStep:  # noqa: FBT001 (a row of three)
    of = step.admission
    # Where the model knows nobody there is no money to tell.
    tells_money = tells_known and of.admitted > of.without_model
    return ToldStep(
        value=step.value,
        admitted=of.admitted,
        unmet=of.unmet if tells_unmet else None,
        without_model=of.without_model if tells_known else None,
        amount_fen=of.amount_fen if tells_money else None,
        expected_loss_fen=of.expected_loss_fen if tells_money else None,
        loss_ppm=of.loss_ppm if tells_money else None,
    )


def _judged(demand: Demand, product: str) -> Eligibility:
    for one in demand.judged:
        if one.product.id == product:
            return one
    raise CriteriaError(f"product {product} is not among those judged")


def _plain(product: Product, clause_id: str) -> tuple[Clause, Comparison]:
    for clause in product.criteria:
        if clause.id == clause_id:
            if isinstance(clause.require, Comparison) and not isinstance(clause.require.value, BeforeAsOf):
                return clause, clause.require
            raise CriteriaError(f"clause {clause_id} of product {product.id} is not one comparison with a value")
    raise CriteriaError(f"product {product.id} has no clause {clause_id}")


def _thresholds(demand: Demand, one: Eligibility, clause_id: str) -> list[EdgeValue]:
    try:
        _, comparison = _plain(one.product, clause_id)
    except CriteriaError:
        if clause_id not in {clause.id for clause in one.product.criteria}:
            raise
        return []
    of = column(comparison.column)
    if comparison.op == "equals" or of.unit in ("code", "flag", "year"):
        return []
    fails = dict(kept_out_alone(one))[clause_id]
    return _at_steps(demand, of, comparison.op, fails)


def _at_steps(demand: Demand, of: Column, op: str, fails: Mask) -> list[EdgeValue]:
    values = np.sort(demand.frame.numbers(of.name).values[fails])
    if op in _DOWNWARD:
        values = values[::-1]
    if not len(values):
        return []
    places = [max(int(np.ceil(share * len(values))), 1) - 1 for share in STEPS]
    return list(dict.fromkeys(_edge(of, values[place].item(), op) for place in dict.fromkeys(places)))


def _edge(of: Column, value: float, op: str) -> EdgeValue:
    """Write a value in the column's edge unit, in two significant figures that let it in; days as those of a month."""
    down, strict = op in _DOWNWARD, op in ("above", "below")
    if of.unit == "day":
        return _month_edge(EPOCH + timedelta(days=int(value)), down=down, strict=strict)
    if of.unit in ("ratio", "log"):
        ppm = int(np.floor(value * PPM) if down else np.ceil(value * PPM))
        return ratio_text(int(_outward(Decimal(ppm), Decimal(1), down=down, strict=strict)))
    if of.unit == "fen":
        return yuan_text(int(_outward(Decimal(int(value)), Decimal(FEN_PER_YUAN), down=down, strict=strict)))
    return int(_outward(Decimal(value), Decimal(1), down=down, strict=strict))


def _outward(value: Decimal, least: Decimal, *, down: bool, strict: bool) -> Decimal:
    """Round to two figures, down or up; a strict bound that meets the value goes one step further."""
    rounded = floor_figures(value, least) if down else -floor_figures(-value, least)
    if strict and rounded == value:
        step = figure_step(value, least)
        return rounded - step if down else rounded + step
    return rounded


def _month_edge(day: date, *, down: bool, strict: bool) -> str:
    """Return the first day of the month, or the last; beyond it by a day where the bound itself is not let in."""
    first = day.replace(day=1)
    if down:
        return (first - timedelta(days=1) if strict else first).isoformat()
    after = (first + timedelta(days=31)).replace(day=1)
    return (after if strict else after - timedelta(days=1)).isoformat()


def _expected(demand: Demand, one: Eligibility, rows: Mask, pd_12m: Floats, lgd_ppm: int) -> tuple[int, int]:
    asked = demand.amounts_fen[rows]
    amounts = np.where(asked > 0, asked, one.line.fen[rows])
    chances = np.rint(np.clip(pd_12m[rows], 0.0, 1.0) * PPM).astype(np.int64)
    # Whole numbers of any size: a sum over a province times two shares leaves 64 bits.
    weighed = sum(int(fen) * int(ppm) for fen, ppm in zip(amounts, chances, strict=True))
    return int(sum(int(fen) for fen in amounts)), half_even(weighed * lgd_ppm, PPM * PPM)


def _share(part: int, whole: int) -> int | None:
    return half_even(part * PPM, whole) if whole else None

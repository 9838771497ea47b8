"""The loans that firms draw through the platform, and their renewals with the same lender."""

import numpy as np

from matching.product import Repayment
from matching.province.deciding import TAKEN
from matching.province.loans import Loans, endings, texts
from matching.province.market_rows import History
from matching.province.timeline import MONTH_DAYS, NEVER, Ints, Rng, Timeline
from matching.province.truth import Latent

_MONTHLY = frozenset({Repayment.equal_instalments, Repayment.equal_principal})
# A loan of six months can be renewed five times in three years.
_MOST_RENEWALS = 5
_RENEWED_WITHIN_DAYS = 30


def drawn_loans(history: History, timeline: Timeline, rng: Rng) -> Loans:
    """Return the loans of the round's taken decisions, each followed by its renewals within the window."""
    taken = np.flatnonzero(history.decided.outcome == TAKEN)
    latent = history.scene.latent
    first = _first(history, taken, rng)
    loans, last = first, first
    for renewal in range(1, _MOST_RENEWALS + 1):
        last = _renewed(last, latent, timeline, renewal, rng)
        loans = _joined(loans, last)
    return loans


def _first(history: History, taken: Ints, rng: Rng) -> Loans:
    decided, pairs, latent = history.decided, history.scene.pairs, history.scene.latent
    request, product = pairs.asked[decided.pair[taken]], pairs.product[decided.pair[taken]]
    months, drawn = history.scene.asked.term_months[request], decided.settled[taken]
    offered = [latent.products[one] for one in product.tolist()]
    return _lent(
        latent,
        history.scene.asked.firm[request],
        drawn,
        rng,
        number=texts(np.array(history.loan_numbers().to_pylist())[request]),
        lender=texts(one.bank for one in offered),
        amortises=np.array([one.repayment in _MONTHLY for one in offered], dtype=np.bool_),
        principal=decided.amount_fen[taken],
        rate_ppm=decided.rate_ppm[taken],
        months=months,
    )


def _renewed(before: Loans, latent: Latent, timeline: Timeline, renewal: int, rng: Rng) -> Loans:
    """Return the loans that follow on those which were paid back when due, of firms still in business."""
    wait = 1 + rng.integers(0, _RENEWED_WITHIN_DAYS, before.firm.size)
    drawn = before.closed_on + wait
    end = np.minimum(latent.firms.left_on[before.firm], latent.firms.distressed_on[before.firm])
    wanted = rng.random(before.firm.size) < latent.settings.renewed
    kept = np.flatnonzero(wanted & (before.closed_on < NEVER) & (drawn < end) & (drawn <= timeline.end_day))
    return _lent(
        latent,
        before.firm[kept],
        drawn[kept],
        rng,
        number=texts(f"{one[:11]}R{renewal}" for one in before.number[kept].tolist()),
        lender=before.lender[kept],
        amortises=before.amortises[kept],
        principal=before.principal[kept],
        rate_ppm=before.rate_ppm[kept],
        months=before.months[kept],
    )


def _lent(latent: Latent, firm: Ints, drawn: Ints, rng: Rng, **terms: object) -> Loans:
    months = np.asarray(terms["months"])
    due = drawn + np.round(months * MONTH_DAYS).astype(np.int64)
    missed, closed = endings(latent.firms, firm, due, rng)
    return Loans(firm=firm, drawn_on=drawn, due_on=due, missed_on=missed, closed_on=closed, **terms)  # type: ignore[arg-type]


def _joined(left: Loans, right: Loans) -> Loans:
    return Loans(*(np.concatenate([getattr(left, one), getattr(right, one)]) for one in Loans.__slots__))

"""The market of one bucket over three years: half year by half year firms ask, are shown products, apply and borrow.

What fits a firm is what `matching.eligibility` says of its profile on the day it asks, over the facts that a home would
have had by then: the criteria are the products' own, and no second copy of them decides.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from matching.eligibility import Requests, evaluate
from matching.frame import Frame
from matching.product import Product
from matching.province.blocks import BUCKET, PLATFORM_SUITS, Bucket
from matching.province.calibration import PRESET, MarketSettings
from matching.province.deciding import Desks, decide, open_desks
from matching.province.demand import ROUNDS, Asked, ask, half_year
from matching.province.draws import Draws
from matching.province.loans import report_rows
from matching.province.market_facts import columns_read, profiles_of
from matching.province.market_loans import drawn_loans
from matching.province.market_rows import History, history_rows, true_pairs
from matching.province.public_record import bank_suit_rows
from matching.province.scene import Scene
from matching.province.showing import apply, show
from matching.province.tables import Rows
from matching.province.timeline import NEVER, Ints, day_number
from matching.province.truth import Bias, Latent, Pairs, draw_latent

# Numbers of cases over one half year's loans: a suit, an enforcement, the list.
_CASES = 3


@dataclass(frozen=True, slots=True)
class Market:
    """What came of it: all rows by table, whenever they are known, and apart from them the truth.

    `rows` holds the bucket's tables, with what was lent and sued for added to `loans` and `judgments`, and the four
    tables of history. `pairs` has one row per request and product that fitted that day, and the schema
    `market_rows.PAIRS`. `bias` is None without products.
    """

    rows: Mapping[str, Rows]
    pairs: pa.Table
    bias: Bias | None


def market_of(bucket: Bucket, products: Sequence[Product], settings: MarketSettings = PRESET) -> Market:
    """Run the market over a bucket: a function of the bucket, the set of products and the settings alone."""
    run = _Run.begin(bucket, products, settings)
    for number in range(ROUNDS):
        run.half_year(number)
    return run.finished()


@dataclass(slots=True)
class _Run:
    bucket: Bucket
    latent: Latent
    features: tuple[str, ...]
    draws: Draws
    desks: Desks
    rows: dict[str, Rows]
    asked_before: Ints
    histories: list[History]

    @classmethod
    def begin(cls, bucket: Bucket, products: Sequence[Product], settings: MarketSettings) -> "_Run":
        draws = Draws(bucket.seed, bucket.number)
        by_id = sorted(products, key=lambda one: one.id)
        latent = draw_latent(by_id, bucket.firms, settings, draws)
        return cls(
            bucket=bucket,
            latent=latent,
            features=columns_read(by_id),
            draws=draws,
            desks=open_desks(latent, bucket.firms.size / BUCKET),
            rows=dict(bucket.rows),
            asked_before=np.zeros(bucket.firms.size, dtype=np.int64),
            histories=[],
        )

    def half_year(self, number: int) -> None:
        """Run one half year; its loans are facts for the next ones."""
        days, demand = half_year(self.bucket.timeline, number), self.latent.settings.demand
        asked = ask(self.bucket.firms, days, self.asked_before, demand, self.draws.rng("ask", number))
        if not asked.size:
            return
        self.asked_before[asked.firm] += 1
        scene = Scene(number, self.latent, asked, self._pairs(asked), self.draws)
        shown = show(scene)
        applied = apply(scene, shown)
        history = History(scene, shown, applied, decide(scene, applied, self.desks))
        self.histories.append(history)
        self._lend(history)

    def finished(self) -> Market:
        return Market({**self.rows, **history_rows(self.histories)}, true_pairs(self.histories), self.latent.bias)

    def _pairs(self, asked: Asked) -> Pairs:
        """Return what fits whom, by the products' own criteria over what is known on the day of each request."""
        profiles = profiles_of(self.rows, self.bucket.firms.codes, asked.firm, asked.day, self.features)
        frame, requests = Frame(profiles), Requests(asked.amount_fen, asked.term_months)
        return Pairs.joined(
            _offered(self.latent.pairs(asked, place, evaluate(product, frame, requests)), product, asked)
            for place, product in enumerate(self.latent.products)
        )

    def _lend(self, history: History) -> None:
        """Add the loans that were drawn, their renewals, and the suits over those that were not paid."""
        firms, number = self.bucket.firms, history.scene.number
        rng = self.draws.rng("lend", number)
        loans = drawn_loans(history, self.bucket.timeline, rng)
        missed_on = np.full(firms.size, NEVER)
        np.minimum.at(missed_on, loans.firm, loans.missed_on)
        reports = report_rows(firms, loans, self.bucket.timeline, rng)
        suits = bank_suit_rows(firms, missed_on, PLATFORM_SUITS + number * _CASES, rng)
        self.rows["loans"] = self.rows["loans"].followed_by(reports)
        self.rows["judgments"] = self.rows["judgments"].followed_by(suits)


def _offered(pairs: Pairs, product: Product, asked: Asked) -> Pairs:
    """Leave out the requests before the product's first day."""
    if product.offered_from is None:
        return pairs
    return pairs.take_rows(np.flatnonzero(asked.day[pairs.asked] >= day_number(product.offered_from)))

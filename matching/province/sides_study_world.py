"""One world for the study of both sides: built, fitted on the past, and what the models say of its held-out months."""

from dataclasses import dataclass
from typing import Final

import pandas as pd

from features.columns import ENTERPRISE, PRODUCT, REQUEST_NO, REQUESTED_ON
from matching.frame import Floats
from matching.odds_history import applications, day_of
from matching.product import Product
from matching.province.blocks import BUCKET
from matching.province.build import Province, Truth
from matching.province.ranking_study import MONTHS, SEED, world_of
from matching.province.sides_study import MonthMarket, month_markets
from matching.province.sides_study_odds import TOLD, Applied
from matching.ranking_rows import decided_table, feature_columns, ranking_table
from models.acceptance import fit_acceptance
from models.affinity import POPULARITY_PRODUCT, POPULARITY_SEGMENT
from models.ranker import Choice, Side, fit_ranker
from models.ranking_boosting import Objective

#: What the validation months chose on development seeds (11 with 5,000 firms, 13 with 20,000): choosing anew in each
#: world would take as long as everything else together.
OBJECTIVES: Final = Choice({Side.enterprise: Objective.lambdarank, Side.bank: Objective.choice}, {})
_SCHEME: Final = "uscc:"


@dataclass(frozen=True)
class HeldOut:
    """The held-out rows of a world with the models' scores and the truth, and every application with the chance told.

    `scores` is as `sides_study.month_markets` takes it.
    """

    rows: pd.DataFrame
    scores: dict[str, Floats]
    applied: Applied
    products: tuple[Product, ...]
    buckets: dict[str, int]

    def markets(self) -> list[MonthMarket]:
        """Return the markets of the held-out months."""
        return list(month_markets(self.rows, self.scores, self.products, self.buckets))


def held_out(province: Province, truth: Truth) -> HeldOut:
    """Fit ranker and grant model on what was known before the held-out months, and return what they say of these."""
    world = world_of(province, truth)
    if world.history is None:
        raise ValueError("a world of a province has its history")
    _, _, past, test = world.split()
    ranker = fit_ranker(ranking_table(past.sets), world.sets.inputs, OBJECTIVES, SEED)
    acceptance = fit_acceptance(decided_table(past.sets), world.sets.inputs, SEED)
    columns = feature_columns(test.sets)
    decided = world.sets.decided()
    told = decided.rows[[ENTERPRISE, REQUEST_NO, PRODUCT]].assign(
        **{TOLD: acceptance.granted_chance(feature_columns(decided))}
    )
    first = world.sets.first_month + MONTHS.warm_up + MONTHS.train + MONTHS.valid
    begins = day_of(first.astype("datetime64[D]").astype(object))
    known = applications(world.history, province.end)
    names = [ENTERPRISE, REQUEST_NO, REQUESTED_ON, PRODUCT]
    return HeldOut(
        rows=test.sets.rows[[*names, POPULARITY_PRODUCT, POPULARITY_SEGMENT]],
        scores={
            "order": ranker.order_score(columns),
            "chance": ranker.chance_score(columns),
            "granted": acceptance.granted_chance(columns),
            "grant": test.grant_chance,
            "both": test.chance,
        },
        applied=Applied.of(known, told, world.products, begins),
        products=world.products,
        buckets={f"{_SCHEME}{code}": number // BUCKET for number, code in enumerate(province.enterprises)},
    )

"""A ranker fitted and judged in a world whose truth is known: the open benchmark, by number of firms and seed.

What is fitted sees the tables alone, read as any delivery is. The latent truth only judges. The months are those of a
whole history: six fill the counts, 21 train, three validate, the last six are held out.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Final

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from features.columns import APPLICATIONS, DECISIONS, ENTERPRISE, PRODUCT, REQUEST_NO, REQUESTED_ON, REQUESTS, SHOWN
from features.engine import ArrowSources, build_profiles
from features.history import known_rows
from features.newest import NEWEST_KNOWN_ON, newest_known
from features.quality import Source, check
from features.tables import TABLES
from features.versions import merge_versions
from matching.choice_sets import IS_GRANTED, ChoiceSets, Months, choice_sets
from matching.choice_states import History, asked_pairs
from matching.comparison import Figures, compare
from matching.frame import Floats, Ints, Mask
from matching.product import Product, sample_products
from matching.province.build import Province, Truth
from matching.ranking_rows import decided_table, feature_columns, ranking_table
from models.acceptance import Acceptance, fit_acceptance
from models.ranker import Choice, Ranker, Side, choose, fit_ranker

MONTHS: Final = Months()
SEED: Final = 20260630


@dataclass(frozen=True)
class World:
    """The choice sets of a province, and by row the latent chance to be granted, and to be granted and taken.

    `before` is the same as known on the eve of the held-out months: an outcome learnt later labels no fitted row.
    `history` is what all of it was made of.
    """

    sets: ChoiceSets
    grant_chance: Floats
    chance: Floats
    products: tuple[Product, ...]
    before: "World | None" = None
    history: History | None = None

    def part(self, first: int, after: int) -> "World":
        """Return the rows of the months from `first` to before `after`, counted from the first request's."""
        month = self.sets.rows[REQUESTED_ON].to_numpy(dtype="datetime64[M]") - self.sets.first_month
        mask: Mask = (month.astype(np.int64) >= first) & (month.astype(np.int64) < after)
        return World(self.sets.where(mask), self.grant_chance[mask], self.chance[mask], self.products)

    def split(self) -> tuple["World", "World", "World", "World"]:
        """Return the months that train, those that validate, both together, and those held out."""
        past = self.before or self
        trained = MONTHS.warm_up + MONTHS.train
        known = trained + MONTHS.valid
        return (
            past.part(MONTHS.warm_up, trained),
            past.part(trained, known),
            past.part(MONTHS.warm_up, known),
            self.part(known, known + MONTHS.test),
        )


@dataclass(frozen=True)
class Granting:
    """The chance told of held-out pairs: of those applied for what became of them, of the others the truth."""

    told: Floats
    granted: NDArray[np.int64]
    told_unapplied: Floats
    truth_unapplied: Floats


@dataclass(frozen=True)
class Study:
    """What came of one world."""

    choice: Choice
    ranker: Ranker
    acceptance: Acceptance
    figures: tuple[Figures, ...]
    granting: Granting


def stored_tables(province: Province) -> dict[str, pa.Table]:
    """Return the province's tables as a home stores them: checked by the contracts, in versions."""
    source = Source(province.end + timedelta(days=1))
    known = {f"uscc:{one}" for one in province.enterprises}
    return {
        name: merge_versions(TABLES[name], None, check(TABLES[name], delivered, source, known).good).rows
        for name, delivered in province.tables.items()
    }


def world_of(province: Province, truth: Truth, products: Sequence[Product] | None = None) -> World:
    """Return the choice sets of a province as known on its last day, with the truth laid beside them."""
    offered = tuple(products or sample_products())
    sources = ArrowSources(stored_tables(province))
    history = History(*(known_rows(sources, name, province.end) for name in (REQUESTS, SHOWN, APPLICATIONS, DECISIONS)))
    asked = asked_pairs(history)
    newest = newest_known(sources, asked).column(NEWEST_KNOWN_ON)
    profiles = build_profiles(sources, asked).append_column(NEWEST_KNOWN_ON, newest)
    whole = _judged(choice_sets(history, profiles, offered, province.end), truth, offered)
    held_out = whole.sets.first_month + MONTHS.warm_up + MONTHS.train + MONTHS.valid
    eve: date = held_out.astype("datetime64[D]").astype(object) - timedelta(days=1)
    before = _judged(choice_sets(history, profiles, offered, eve), truth, offered)
    return replace(whole, before=before, history=history)


def _judged(sets: ChoiceSets, truth: Truth, products: tuple[Product, ...]) -> World:
    """Lay the truth beside the rows of choice sets."""
    keys = [ENTERPRISE, REQUEST_NO, PRODUCT]
    laid = sets.rows[keys].merge(truth.pairs.to_pandas(), on=keys, how="left", validate="one_to_one")
    return World(sets, _floats(laid["grant_chance"]), _floats(laid["chance"]), products)


def study(world: World, seed: int = SEED) -> Study:
    """Choose on the validation months, fit on all before the held-out ones, judge on those."""
    train, valid, known, test = world.split()
    inputs = world.sets.inputs
    choice = choose(ranking_table(train.sets), ranking_table(valid.sets), inputs, seed)
    ranker = fit_ranker(ranking_table(known.sets), inputs, choice, seed)
    acceptance = fit_acceptance(decided_table(known.sets), inputs, seed)
    columns = feature_columns(test.sets)
    scores = {Side.enterprise: ranker.order_score(columns), Side.bank: ranker.chance_score(columns)}
    figures = compare(valid.sets, test.sets, scores, (valid.chance, test.chance), offered_on(test))
    return Study(choice, ranker, acceptance, tuple(figures), _granting(acceptance, test, columns))


def offered_on(world: World) -> Ints:
    """Return for each row how many products, eligible or not, were offered on the day of its request."""
    days = world.sets.rows[REQUESTED_ON].to_numpy(dtype="datetime64[D]")
    opened = [one.offered_from for one in world.products if one.offered_from is not None]
    always = len(world.products) - len(opened)
    return always + np.searchsorted(np.sort(np.array(opened, dtype="datetime64[D]")), days, side="right")


def lead_by_seed(studies: Mapping[int, Study]) -> pd.DataFrame:
    """Return one row per seed and figure: side, judge, measure, method, mean, lead of the ranker, queries."""
    rows = [
        {"seed": seed, **{name: getattr(one, name) for name in Figures.__dataclass_fields__}}
        for seed, done in sorted(studies.items())
        for one in done.figures
    ]
    return pd.DataFrame(rows)


def _granting(acceptance: Acceptance, test: World, columns: pd.DataFrame) -> Granting:
    told = acceptance.granted_chance(columns)
    granted = test.sets.rows[IS_GRANTED].to_numpy(dtype=np.float64)
    decided = ~np.isnan(granted)
    return Granting(told[decided], granted[decided].astype(np.int64), told[~decided], test.grant_chance[~decided])


def _floats(column: "pd.Series[float]") -> Floats:
    return np.asarray(column.to_numpy(dtype=np.float64))

"""The model of the benchmark of a whole province: what it reads, and trees fitted by LightGBM to a drawn taste.

Inputs of the firm (the profile), of the product (price, size, term), of both by the firm's section (an affinity: how
often what was shown there was taken) and of the pair: the amount asked for over the product's cap, over the firm's own
limit by its rating, and that limit over a year's sales. `rows` builds the float32 rows that LightGBM reads, by another
way than the match does.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from bench_match_firms import ASKED, CODES, FIRM_COLUMNS, RATINGS, SECTIONS

from matching.product import CapsLimit, Guarantee, Product, Repayment
from matching.whole_inputs import ByCode, FirmInput, PairInput, Reads
from models.boosting import load_lightgbm

TREES, LEAVES = 200, 31
FITTED_A_TREE = 400
PAIR_NAMES = ("asked_to_max", "asked_to_line", "line_to_sales")

Floats = npt.NDArray[np.float64]
Singles = npt.NDArray[np.float32]
Ints = npt.NDArray[np.int64]


def reads_of(products: Sequence[Product], seed: int, *, with_pairs: bool) -> Reads:
    """Return what the model reads."""
    lines = _lines(products)
    most = np.array([[product.amount_max_fen for product in products]], dtype=np.float64)
    pair = (
        PairInput(ASKED, most),
        PairInput(ASKED, lines, by="tax_rating", codes=RATINGS),
        PairInput("sales_12m_fen", lines, by="tax_rating", codes=RATINGS, is_divided=True),
    )
    return Reads(
        firm=tuple(FirmInput(name, CODES.get(name, ())) for name in (*FIRM_COLUMNS, ASKED)),
        product=_terms(products),
        by_code=ByCode("industry_section", SECTIONS, _affinity(len(products), seed)),
        pair=pair if with_pairs else (),
        single=True,
    )


def _terms(products: Sequence[Product]) -> Floats:
    guarantees, repayments = sorted(Guarantee), sorted(Repayment)
    return np.array(
        [
            [
                product.annual_rate_ppm,
                product.amount_min_fen,
                product.amount_max_fen,
                product.term_min_months,
                product.term_max_months,
                guarantees.index(product.guarantee),
                repayments.index(product.repayment),
                len(product.limits),
                len(product.criteria),
            ]
            for product in products
        ],
        dtype=np.float64,
    )


def _lines(products: Sequence[Product]) -> Floats:
    """Return the most a firm of each rating can have of each product, as far as the rating alone tells."""
    lines = np.empty((len(RATINGS), len(products)))
    for place, product in enumerate(products):
        caps = [limit.caps_fen for limit in product.limits if isinstance(limit, CapsLimit)]
        for row, rating in enumerate(RATINGS):
            lines[row, place] = min([product.amount_max_fen, *(table.get(rating, 0) for table in caps)])
    return lines


def _affinity(products: int, seed: int) -> Floats:
    """Return, by section and product, a share taken of what was shown and the logarithm of how often it was shown."""
    draw = np.random.default_rng([seed, 5])
    taste = draw.standard_normal((len(SECTIONS), 4)) @ draw.standard_normal((4, products)) / 2
    shown = draw.poisson(np.exp(draw.normal(3.0, 1.0, (len(SECTIONS), products))))
    taken = draw.binomial(shown, 1 / (1 + np.exp(2.2 - taste)))
    return np.stack([(taken + 1.0) / (shown + 10.0), np.log1p(shown)], axis=2)


@dataclass(frozen=True, slots=True, eq=False)
class Rows:
    """LightGBM's rows of any pairs of a table of firms and the products."""

    reads: Reads
    firms: dict[str, Floats]

    @classmethod
    def of(cls, reads: Reads, firms: pa.Table) -> "Rows":
        """Decode the firms once."""
        names = (*FIRM_COLUMNS, ASKED)
        return cls(reads, {name: _column(firms.column(name), CODES.get(name)) for name in names})

    def rows(self, firm: Ints, product: Ints) -> Singles:
        """Return a float32 row per pair."""
        reads = self.reads
        columns = [self.firms[one.column][firm] for one in reads.firm]
        columns += [column[product] for column in reads.product.T]
        section = self._code("industry_section", firm, len(SECTIONS))
        padded = np.concatenate([reads.by_code.values, np.full((1, *reads.by_code.values.shape[1:]), np.nan)])
        columns += [padded[section, product, place] for place in range(padded.shape[2])]
        columns += [self._pair(one, firm, product) for one in reads.pair]
        return np.column_stack([column.astype(np.float32) for column in columns])

    def _pair(self, one: PairInput, firm: Ints, product: Ints) -> Floats:
        number = self.firms[one.column][firm]
        if one.by is None:
            of_product = one.table[0, product]
        else:
            code = self._code(one.by, firm, len(one.codes))
            of_product = np.concatenate([one.table, np.full((1, one.table.shape[1]), np.nan)])[code, product]
        with np.errstate(divide="ignore", invalid="ignore"):
            value = of_product / number if one.is_divided else number / of_product
        value[~np.isfinite(value)] = np.nan
        return value

    def _code(self, name: str, firm: Ints, nobody: int) -> Ints:
        return np.nan_to_num(self.firms[name][firm], nan=nobody).astype(np.int64)


def _column(column: pa.ChunkedArray, levels: tuple[str, ...] | None) -> Floats:
    if levels is None:
        return column.to_pandas().to_numpy(dtype=np.float64, na_value=np.nan)
    index = {level: float(place) for place, level in enumerate(levels)}
    return np.array([index.get(value, np.nan) for value in column.to_pylist()])


def fit(rows: Rows, products: Sequence[Product], seed: int, *, trees: int = TREES) -> str:
    """Return the text of trees fitted on random pairs to what a drawn taste takes."""
    draw, firms = np.random.default_rng([seed, 9]), len(rows.firms[ASKED])
    pairs = FITTED_A_TREE * trees
    firm, product = draw.integers(0, firms, pairs), draw.integers(0, len(products), pairs)
    taken = draw.random(pairs) < _chance(rows, firm, product, draw)
    lightgbm = load_lightgbm()
    nominal = [place for place, one in enumerate(rows.reads.firm) if one.levels]
    data = lightgbm.Dataset(
        rows.rows(firm, product),
        label=taken,
        categorical_feature=nominal,
        params={"verbosity": -1, "max_bin": 127, "num_threads": 1},
    )
    parameters = {
        "objective": "binary",
        "num_leaves": LEAVES,
        "max_bin": 127,
        "learning_rate": 0.08,
        "min_data_in_leaf": 60,
        "feature_fraction": 0.7,
        "num_threads": 1,
        "deterministic": True,
        "force_row_wise": True,
        "seed": seed,
        "verbosity": -1,
    }
    return lightgbm.train(parameters, data, num_boost_round=trees).model_to_string()


def _chance(rows: Rows, firm: Ints, product: Ints, draw: np.random.Generator) -> Floats:
    """Return the chance that a pair is taken: affinity, price, size that suits, and a taste by latent traits."""
    terms, firms = rows.reads.product, rows.firms
    section = rows._code("industry_section", firm, 0)  # noqa: SLF001 (its own module)
    share = rows.reads.by_code.values[section, product, 0]
    size = np.nan_to_num(np.log(firms["sales_12m_fen"][firm] + 1.0), nan=16.0)
    suits = np.log(firms[ASKED][firm]) - np.log(terms[product, 2])
    quality = np.nan_to_num(firms["gross_margin_ratio"][firm]) - np.nan_to_num(firms["late_filings_12m"][firm]) / 4
    traits = draw.standard_normal((2, len(terms)))
    taste = 0.4 * (size - 18.4) * traits[0, product] + 1.5 * quality * traits[1, product]
    price = (terms[product, 0] - 60_000) / 15_000
    raw = np.log(share) + 3.0 - (suits + 1.0) ** 2 / 2 - 0.6 * price * (1.0 + 0.3 * np.tanh(size - 18.4)) + taste
    return 1 / (1 + np.exp(-raw))

"""The latent truth of the market: the chance that a bank would grant, and that a firm would take, a product.

Part of it shows in tables (criteria, prices, terms, who the firm is), part can be learnt from a history only (tastes of
banks, fit of products to segments, drawn by the seed), part is never seen (quality, what stands between one firm and
one bank). Neither the place in a list nor quotas nor competition between products are in it. It never enters a home.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields

import numpy as np
import pyarrow as pa

from matching.compile import YES, compile_clause, mean_known
from matching.criteria import columns_of, expanded
from matching.eligibility import Eligibility
from matching.frame import Frame
from matching.product import Guarantee, Product, Repayment
from matching.province.banks import bank, has_branch
from matching.province.calibration import MarketSettings
from matching.province.demand import SMALL_YUAN, Asked
from matching.province.draws import Draws
from matching.province.firms import Firms
from matching.province.reference import KINDS, kind_shares, places
from matching.province.timeline import YEAR_DAYS, Bools, Floats, Ints, chance

_SECTIONS = "ABCDEFGHIJKLMNOPQRST"
# Edges of the bands of amounts asked for by which banks' tastes differ, in yuan.
_SIZE_EDGES = np.array([100_000.0, 300_000.0, 1_000_000.0, 3_000_000.0])
_SECURED = frozenset({Guarantee.mortgage, Guarantee.pledge, Guarantee.guarantee_company, Guarantee.government_fund})
# The edges of the bands of a firm's age by which they differ too, in days.
_AGE_EDGES = np.array([3 * YEAR_DAYS, 8 * YEAR_DAYS])
# What firms think of a way to secure a loan, by kind as in `KINDS`: log odds, an assumption.
_GUARANTEE = {
    Guarantee.unsecured: (0.00, 0.15, 0.03, 0.07),
    Guarantee.guarantor: (-0.23, 0.03, -0.05, 0.05),
    Guarantee.guarantee_company: (0.07, -0.15, 0.05, -0.03),
    Guarantee.mortgage: (0.10, -0.25, -0.20, -0.28),
    Guarantee.pledge: (0.07, -0.17, 0.00, -0.15),
    Guarantee.receivables: (0.15, -0.17, 0.00, -0.20),
    Guarantee.livestock: (-0.15, -0.15, 0.15, 0.20),
    Guarantee.government_fund: (0.03, 0.03, 0.10, 0.07),
}
# Amounts, in yuan, from which a loan's security and its price are thought of otherwise.
_SECURED_FROM, _AT_STAKE_FROM = 500_000.0, 300_000.0
_YEAR_TERM = 12
_POINT = 10_000  # ppm
_REFERENCE_RATE = 5.0


@dataclass(frozen=True, slots=True)
class Pairs:
    """Requests and the products they fit that day: places in the round's requests and in the market's products.

    `room` is the mean room over the criteria and `free` the part of the firm's line that is not asked for, in [0, 1],
    or NaN where the product measures none; `grant` and `take` are the true chances.
    """

    asked: Ints
    product: Ints
    room: Floats
    free: Floats
    grant: Floats
    take: Floats

    @classmethod
    def joined(cls, parts: "Iterable[Pairs]") -> "Pairs":
        """Return the pairs of all parts, in order of request and product."""
        none = np.zeros(0, dtype=np.int64)
        every = [cls(none, none, *[none.astype(np.float64)] * 4), *parts]
        joined = cls(*(np.concatenate([getattr(one, of.name) for one in every]) for of in fields(cls)))
        return joined.take_rows(np.lexsort((joined.product, joined.asked)))

    def take_rows(self, rows: Ints) -> "Pairs":
        """Return these pairs in this order."""
        return Pairs(*(getattr(self, one.name)[rows] for one in fields(self)))


@dataclass(frozen=True, slots=True)
class Bias:
    """The bank that treats one kind of firm worse than its criteria say, and the factor on the odds."""

    bank: str
    kind: str
    factor: float


@dataclass(frozen=True, slots=True)
class Tastes:
    """What differs between banks and between products in the whole province; rows are banks or products, by id."""

    strictness: Floats
    by_section: Floats
    by_kind: Floats
    by_size: Floats
    by_age: Floats
    by_place: Floats
    name_in_place: Floats
    appeal: Floats
    section_fit: Floats
    kind_fit: Floats
    size_fit: Floats


def draw_tastes(products: Sequence[Product], banks: Sequence[str], settings: MarketSettings, draws: Draws) -> Tastes:
    """Draw the tastes of the province (`draws` of no bucket): what a bank or product has depends on its id alone."""
    ids, granting, taking = [one.id for one in products], settings.granting, settings.taking
    sections, kinds, homes = len(_SECTIONS), len(KINDS), len(places().prefectures)
    sizes = _SIZE_EDGES.size + 1
    return Tastes(
        strictness=granting.strictness * draws.normals("strictness", banks, 1)[:, 0],
        by_section=granting.section_taste * draws.normals("section taste", banks, sections),
        by_kind=granting.kind_taste * draws.normals("kind taste", banks, kinds),
        by_size=granting.size_taste * draws.normals("size taste", banks, sizes),
        by_age=granting.age_taste * draws.normals("age taste", banks, _AGE_EDGES.size + 1),
        by_place=granting.place_taste * draws.normals("place taste", banks, homes),
        name_in_place=taking.local_name * draws.normals("name in place", banks, homes),
        appeal=taking.appeal * draws.normals("appeal", ids, 1)[:, 0],
        section_fit=taking.section_fit * draws.normals("section fit", ids, sections),
        kind_fit=taking.kind_fit * draws.normals("kind fit", ids, kinds),
        size_fit=taking.size_fit * draws.normals("size fit", ids, sizes),
    )


def draw_bias(products: Sequence[Product], settings: MarketSettings, draws: Draws) -> Bias | None:
    """Draw bank and kind among those that meet often: the bank's products for the kind, times the kind's share.

    None where no product is open to any kind.
    """
    open_to = _open_to_kinds(products)
    if not open_to.any():
        return None
    owners = sorted({one.bank for one in products})
    met = np.array([open_to[[one.bank == owner for one in products]].sum(axis=0) for owner in owners]) * kind_shares()
    row, kind = np.nonzero(met >= met.max() / 2)
    place = int(draws.rng("bias").integers(row.size))
    return Bias(owners[row[place]], KINDS[kind[place]], settings.granting.bias_factor)


def _open_to_kinds(products: Sequence[Product]) -> Bools:
    """Return by product (row) and kind (column) whether the criteria that ask for the kind alone admit it."""
    frame = Frame(pa.table({"kind": pa.array(KINDS)}))
    rows = []
    for product in products:
        asked = [one for one in expanded(product.criteria) if columns_of(one.require) == ("kind",)]
        rows.append(np.all([np.ones(len(KINDS)), *(compile_clause(one).truth(frame).yes for one in asked)], axis=0))
    return np.array(rows, dtype=np.bool_).reshape(len(products), len(KINDS))


@dataclass(frozen=True, slots=True)
class Latent:
    """What decides in one bucket. Rows of the deviations are banks or products, columns firms.

    `written` says where each product stands in the province's written order, the less the earlier.
    """

    products: tuple[Product, ...]
    banks: tuple[str, ...]
    bank_of: Ints
    tastes: Tastes
    bias: Bias | None
    firms: Firms
    section_of: Ints
    settings: MarketSettings
    written: Floats
    take_bank: Floats
    take_product: Floats
    grant_bank: Floats

    @property
    def ids(self) -> list[str]:
        """The products' ids, in their order."""
        return [one.id for one in self.products]

    def pairs(self, asked: Asked, place: int, eligibility: Eligibility) -> Pairs:
        """Return the requests that one product fits, with their chances; the frame's rows are the requests."""
        rows = np.flatnonzero(eligibility.verdict == YES)
        of = _OfProduct(self, self.products[place], place, asked, rows)
        room, free = _room(eligibility)[rows], _free(eligibility, asked)[rows]
        return Pairs(rows, np.full(rows.size, place), room, free, chance(of.grant(room, free)), chance(of.take()))


def draw_latent(products: Sequence[Product], firms: Firms, settings: MarketSettings, draws: Draws) -> Latent:
    """Draw the bucket's deviations by name of bank and product; `products` are in order of their ids."""
    everywhere = Draws(draws.seed)
    banks = tuple(sorted({one.bank for one in products}))
    ids, taking, granting = [one.id for one in products], settings.taking, settings.granting
    return Latent(
        products=tuple(products),
        banks=banks,
        bank_of=np.array([banks.index(one.bank) for one in products], dtype=np.int64),
        tastes=draw_tastes(products, banks, settings, everywhere),
        bias=draw_bias(products, settings, everywhere),
        firms=firms,
        section_of=np.array([_SECTIONS.index(one) for one in firms.sections], dtype=np.int64),
        settings=settings,
        written=everywhere.uniforms("written", ids, 1)[:, 0],
        take_bank=settings.noise * taking.firm_bank * draws.normals("take bank", banks, firms.size),
        take_product=settings.noise * taking.firm_product * draws.normals("take product", ids, firms.size),
        grant_bank=settings.noise * granting.firm_bank * draws.normals("grant bank", banks, firms.size),
    )


@dataclass(frozen=True, slots=True)
class _OfProduct:
    """One product before some of a round's requests."""

    latent: Latent
    product: Product
    place: int
    asked: Asked
    rows: Ints

    @property
    def firm(self) -> Ints:
        return self.asked.firm[self.rows]

    @property
    def bank(self) -> int:
        return int(self.latent.bank_of[self.place])

    @property
    def section(self) -> Ints:
        return self.latent.section_of[self.firm]

    @property
    def yuan(self) -> Floats:
        return self.asked.amount_fen[self.rows] / 100

    @property
    def size(self) -> Ints:
        """The band of the amount asked for."""
        return np.searchsorted(_SIZE_EDGES, self.yuan)

    def grant(self, room: Floats, free: Floats) -> Floats:
        """Return the log odds that the bank grants."""
        latent, firms, firm = self.latent, self.latent.firms, self.firm
        weights, tastes = latent.settings.granting, latent.tastes
        kind = firms.kind[firm]
        odds = weights.level - tastes.strictness[self.bank]
        odds = odds + weights.quality * firms.quality[firm] + weights.turmoil * self._turmoil()
        odds = odds + weights.room * np.where(np.isnan(room), 0.0, room - 0.5)
        odds = odds + weights.free * np.where(np.isnan(free), 0.0, free - 0.5)
        odds = odds + tastes.by_section[self.bank, self.section] + tastes.by_kind[self.bank, kind]
        age = np.searchsorted(_AGE_EDGES, self.asked.day[self.rows] - firms.founded_on[firm])
        odds = odds + tastes.by_size[self.bank, self.size] + tastes.by_age[self.bank, age]
        odds = odds + tastes.by_place[self.bank, firms.prefecture[firm]]
        odds = odds + weights.secured * (self.product.guarantee in _SECURED) + weights.thin * firms.is_thin[firm]
        odds = odds + latent.grant_bank[self.bank, firm]
        bias = latent.bias
        if bias is not None and bias.bank == self.product.bank:
            odds = odds + np.where(kind == KINDS.index(bias.kind), np.log(bias.factor), 0.0)
        return np.asarray(odds)

    def take(self) -> Floats:
        """Return the log odds that the firm would take it."""
        latent, firm = self.latent, self.firm
        tastes, kind = latent.tastes, latent.firms.kind[firm]
        odds = latent.settings.taking.level + tastes.appeal[self.place]
        odds = odds + self._price(kind) + self._terms() + self._guarantee(kind) + self._way()
        odds = odds + tastes.section_fit[self.place, self.section] + tastes.kind_fit[self.place, kind]
        odds = odds + tastes.size_fit[self.place, self.size]
        return np.asarray(odds + latent.take_bank[self.bank, firm] + latent.take_product[self.place, firm])

    def _turmoil(self) -> Floats:
        firms, firm, day = self.latent.firms, self.firm, self.asked.day[self.rows]
        turmoil: Floats = np.clip((day - (firms.distressed_on[firm] - 180)) / 240.0, 0.0, 1.0)
        return turmoil

    def _price(self, kind: Ints) -> Floats:
        weights = self.latent.settings.taking
        years = self.asked.term_months[self.rows] / _YEAR_TERM
        fees = [fee for fee in self.product.fees if fee.payer == "enterprise"]
        points = np.full(self.rows.size, self.product.annual_rate_ppm / _POINT)
        for fee in fees:
            each = np.ones_like(years) if fee.each == "year" else 1.0 / np.maximum(years, 0.5)
            points += weights.unknown_fee_points if fee.unknown else 0.0
            points += (fee.rate_ppm or 0) / _POINT * each + 100 * (fee.amount_fen or 0) / 100 / self.yuan * each
        at_stake = np.maximum(1.0 + weights.price_at_stake * np.log(self.yuan / _AT_STAKE_FROM), 0.0)
        return np.asarray(np.array(weights.price)[kind] * at_stake * (points - _REFERENCE_RATE))

    def _terms(self) -> Floats:
        weights, product = self.latent.settings.taking, self.product
        term = self.asked.term_months[self.rows]
        is_long = (term > _YEAR_TERM).astype(np.int64)
        at_end = product.repayment in (Repayment.bullet, Repayment.interest_monthly)
        repaid = np.array(weights.bullet if at_end else weights.instalments)[is_long]
        spare = np.log(product.amount_max_fen / 100 / self.yuan) - 1.0
        longer = np.log(product.term_max_months / term)
        return np.asarray(repaid + weights.too_large * np.maximum(spare, 0.0) + weights.too_long * longer)

    def _guarantee(self, kind: Ints) -> Floats:
        weights, guarantee = self.latent.settings.taking, self.product.guarantee
        larger = np.log(self.yuan / _SECURED_FROM)
        growing = {Guarantee.unsecured: weights.unsecured_growing, Guarantee.mortgage: weights.mortgage_growing}
        return np.asarray(np.array(_GUARANTEE[guarantee])[kind] + growing.get(guarantee, 0.0) * larger)

    def _way(self) -> Floats:
        """Return what the way to the bank and the wait for its answer count for."""
        weights, latent = self.latent.settings.taking, self.latent
        known, home = bank(self.product.bank), latent.firms.prefecture[self.firm]
        near = has_branch([known])[0, home]
        way = np.where(near, weights.branch, 0.0 if known.online else weights.out_of_reach)
        wait = np.where(self.yuan <= SMALL_YUAN, known.days / 7 - 1.0, 0.0)
        return np.asarray(way + weights.week * wait + latent.tastes.name_in_place[self.bank, home])


def _room(eligibility: Eligibility) -> Floats:
    return mean_known([node.headroom(eligibility.frame) for node in eligibility.nodes])


def _free(eligibility: Eligibility, asked: Asked) -> Floats:
    if not eligibility.product.limits:
        return np.full(asked.size, np.nan)
    line = np.maximum(eligibility.line.fen, 1).astype(np.float64)
    return np.clip(1.0 - asked.amount_fen / line, 0.0, 1.0)

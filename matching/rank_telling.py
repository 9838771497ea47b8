"""The statements of a ranker's reasons: about one input of one pair, with value, place or bound, day and source."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from features.columns import KIND
from features.dictionary import FEATURES, Unit
from matching.amounts import PPM
from matching.explain import CATALOGUE, Explainer, supplier_words
from matching.frame import Floats
from matching.labels import NONE_OF, Words
from matching.rank import SALES_12M, nominal_ppm
from matching.rank_counts import EVERYTHING, Counts, least_count
from matching.rank_families import FAMILIES, Spoken
from matching.rank_words import (
    RECORDS,
    amount_words,
    cautioned,
    demanded_words,
    fees_words,
    firm_words,
    guarantee_words,
    is_as_most,
    is_in_the_middle,
    missing_value_words,
    novelty_words,
    place_words,
    range_words,
    rate_words,
    record_words,
    repayment_words,
    score_words,
    share_words,
    term_words,
)
from matching.reason_words import with_source
from matching.reasons import Reason, ReasonCode
from matching.sentence import day_zh
from matching.vocabulary import Column, column, sources
from models.affinity import SEGMENTS

Deciles = Mapping[str, Mapping[str, Sequence[float]]]
ASKED_TO_SALES = "asked_to_sales_ratio"
COMPUTED = Words("平台测算", "computed by the platform")


@dataclass(frozen=True, slots=True)
class Fact:
    """What a statement is about: the input, its value in the unit of a log, and the bound beside it."""

    name: str
    value: int | str | None
    unit: str
    bound: int | str | None = None
    tenths: int | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """How many of the nine deciles of its kind lie below a value and how many above it."""

    below: int
    above: int

    def better_than(self, of: Column) -> int:
        """Return the tenths that the value is better than by the column's direction, without one those below it."""
        return self.above if of.direction < 0 else self.below

    def bears_out(self, of: Column, *, against: bool) -> bool:
        """Tell whether the value is plainly in the worse half of its kind or, not `against`, in the better half."""
        better = self.better_than(of)
        worse = self.below + self.above - better
        if is_as_most(self.below, self.above):  # best of its kind as most are; what most are is no caution
            return not against and worse == 0
        return not is_in_the_middle(self.below, self.above) and (worse > better) is against


@dataclass(frozen=True)
class Teller:
    """What can be said of one pair.

    `values` are its inputs as the ranker reads them; `rates` are the all-in rates of all products that fit this firm,
    empty for a product's list; `peers` are deciles by kind and column.
    """

    explainer: Explainer
    row: int
    values: Mapping[str, object]
    rates: Floats
    peers: Deciles
    counts: Counts
    pair: int

    def reason(self, name: str, *, against: bool) -> Reason | None:
        """Return the reason about one input; None where nothing can be said of it."""
        spoken = FAMILIES[name]
        code = spoken.against if against else spoken.speaks_for
        if spoken.count is not None:
            found = self._counted(name, spoken, code, against=against)
        elif name in FEATURES:
            found = self._of_firm(column(name), code, against=against)
        else:
            found = _PAIR_TELLERS[spoken.family](self, name, code)
        return found if found is None or not against else as_caution(found)

    def _of_firm(self, of: Column, code: ReasonCode, *, against: bool) -> Reason | None:
        """Tell the firm's own value, where by the column's direction it bears out which way the ranker read it."""
        if of.unit == Unit.log:  # nobody reads a logarithm; the family has a plain figure
            return None
        value = self.explainer.eligibility.frame.value(of.name, self.row)
        if value is None:
            who = supplier_words([of.name])
            fact = Fact(of.name, None, of.unit)
            return self._made(ReasonCode.rank_not_provided, fact, missing_value_words(of, who), _sources(of))
        standing = self._standing(of, value)
        if isinstance(value, int) and not bears_out(of, value, standing, against=against):
            return None
        low, high = self.explainer.bounds(of.name)
        place, tenths = None, None
        if standing is not None:
            place = place_words(
                standing.below, standing.above, str(self.explainer.eligibility.frame.value(KIND, self.row))
            )
            tenths = standing.better_than(of)
        words = firm_words(of, value)
        if place is None and (low is not None or high is not None):
            place = demanded_words(of, low, high)
        if place is not None and not (of.name in NONE_OF and value == 0):
            words = _joined(words, place)
        fact = Fact(of.name, value, of.unit, low if low is not None else high, tenths)
        return self._made(code, fact, words, _sources(of), of=of)

    def _standing(self, of: Column, value: int | str) -> Standing | None:
        """Return where the value stands among firms of its kind, None where that is not known or means nothing."""
        kind = str(self.explainer.eligibility.frame.value(KIND, self.row))
        edges = self.peers.get(kind, {}).get(of.name)
        if edges is None or isinstance(value, str) or of.unit == Unit.flag:
            return None
        here = float(str(self.values[of.name]))
        return Standing(sum(here > edge for edge in edges), sum(here < edge for edge in edges))

    def _counted(self, name: str, spoken: Spoken, code: ReasonCode, *, against: bool) -> Reason | None:
        """Tell a past share, where as plainly counted it bears out which way the ranker read it."""
        if spoken.count is None:
            return None
        measure, level = spoken.count
        share = self.counts.share(measure, level, self.pair)
        if spoken.family == "experience":
            if against is (share is not None):
                return None
            least = least_count(level)
            words = record_words(measure, level, None if share is None else share.count, least)
            code = ReasonCode.rank_little_record if share is None else ReasonCode.rank_track_record
            # Below the bound no figure is told, not even how few.
            fact = Fact(name, None if share is None else share.count, "count", least)
            return self._made(code, fact, words, RECORDS)
        overall = self.counts.share(measure, EVERYTHING, self.pair)
        if share is None or overall is None or (share.ppm < overall.ppm) is not against:
            return None
        segments = {name: self.counts.segment(name, self.pair) for name in SEGMENTS}
        said = share_words(measure, level, segments, share.ppm, overall.ppm)
        if said is None:
            return None
        return self._made(code, Fact(name, share.ppm, "ratio", overall.ppm), said, RECORDS)

    def price(self, _name: str, code: ReasonCode) -> Reason | None:
        """Tell the all-in rate and where it stands among the products that fit."""
        rate = self.number("all_in_rate_ppm")
        if rate is None:
            return None
        known = self.rates[~np.isnan(self.rates)]
        rank, number = int((known < rate).sum()) + 1, len(known)
        # Low or high beside all that the ranker has met; where it stands here is told where it bears that out.
        is_low = 2 * rank <= number + 1
        place = (rank, number) if number > 1 and is_low is (code is ReasonCode.rank_price_low) else None
        nominal = nominal_ppm(self.explainer.eligibility, self.row)
        fact = Fact("all_in_rate_ppm", rate, "ratio", nominal)
        return self._made(code, fact, rate_words(rate, nominal, place), CATALOGUE)

    def fees(self, name: str, _code: ReasonCode) -> Reason:
        """Tell whether all fees are published."""
        unknown = self.explainer.score.terms.price.unknown
        code = ReasonCode.rank_fees_unknown if unknown else ReasonCode.rank_fees_known
        return self._made(code, Fact(name, int(bool(unknown)), "flag"), fees_words(unknown), CATALOGUE)

    def size(self, _name: str, code: ReasonCode) -> Reason:
        """Tell what amounts the product lends."""
        product = self.explainer.eligibility.product
        fact = Fact("amount_max_fen", product.amount_max_fen, "fen", product.amount_min_fen)
        return self._made(code, fact, range_words(product, self.number("amount_asked_fen")), CATALOGUE)

    def term(self, _name: str, code: ReasonCode) -> Reason:
        """Tell for what terms the product lends."""
        product, asked = self.explainer.eligibility.product, self.number("term_asked_months")
        name = "term_max_months" if asked is None else "term_asked_months"
        fact = Fact(name, product.term_max_months if asked is None else asked, "months", product.term_max_months)
        return self._made(code, fact, term_words(product, asked), CATALOGUE)

    def guarantee(self, name: str, code: ReasonCode) -> Reason:
        """Tell what secures the loan."""
        product = self.explainer.eligibility.product
        return self._made(code, Fact(name, product.guarantee.value, "code"), guarantee_words(product), CATALOGUE)

    def repayment(self, name: str, code: ReasonCode) -> Reason:
        """Tell how the loan is repaid."""
        product = self.explainer.eligibility.product
        return self._made(code, Fact(name, product.repayment.value, "code"), repayment_words(product), CATALOGUE)

    def novelty(self, name: str, code: ReasonCode) -> Reason | None:
        """Tell since when the product is offered, where that is known."""
        first, age = self.explainer.eligibility.product.offered_from, self.number(name)
        if first is None or age is None:
            return None
        words = novelty_words(Words(day_zh(first), first.isoformat()), age)
        return self._made(code, Fact(name, age, "months", first.isoformat()), words, CATALOGUE)

    def amount(self, name: str, code: ReasonCode) -> Reason | None:
        """Tell the amount asked: to a bank beside the firm's sales of a year, to a firm beside the most that is lent.

        Beside its own sales an amount is the same for all products of a firm, which tells none of them apart.
        """
        asked, is_of_sales = self.number("amount_asked_fen"), name == ASKED_TO_SALES
        if asked is None or (is_of_sales and self._is_for_firm):
            return None
        if is_of_sales:
            return self._beside_sales(asked, code)
        most = self.explainer.eligibility.product.amount_max_fen
        ppm = int(np.rint(asked / most * PPM))
        return self._made(
            code, Fact("asked_to_max_ratio", ppm, "ratio", most), amount_words(asked, None, ppm), CATALOGUE
        )

    def _beside_sales(self, asked: int, code: ReasonCode) -> Reason | None:
        sales = self.explainer.eligibility.frame.value(SALES_12M, self.row)
        part = float(str(self.values[ASKED_TO_SALES]))
        if not isinstance(sales, int) or sales <= 0 or np.isnan(part):
            return None
        if part > 1 and code is ReasonCode.rank_amount_fits:  # nobody calls more than a year's sales fitting
            return None
        ppm, of = int(np.rint(part * PPM)), column(SALES_12M)
        fact = Fact(ASKED_TO_SALES, ppm, "ratio", sales)
        return self._made(code, fact, amount_words(asked, sales, ppm), _sources(of), of=of)

    @property
    def _is_for_firm(self) -> bool:
        """Whether the list is a firm's products: only there stands a price among others."""
        return len(self.rates) > 0

    def line(self, _name: str, code: ReasonCode) -> Reason | None:
        """Tell the firm's limit as the transparent reasons do."""
        found = self.explainer.line(self.row)
        return None if found is None else replace(found, code=code)

    def criteria(self, _name: str, code: ReasonCode) -> Reason | None:
        """Tell the criterion that is cleared by most or, where that speaks against, by least."""
        is_tight = code is ReasonCode.rank_criteria_tight
        found = self.explainer.tightest(self.row) if is_tight else self.explainer.clearest(self.row)
        if found is None or (not is_tight and found.code is ReasonCode.clears_narrowly):
            return None
        return replace(found, code=code)

    def score(self, name: str, code: ReasonCode) -> Reason | None:
        """Tell the transparent score without the firm's standing."""
        value = float(str(self.values[name]))
        if np.isnan(value):
            return None
        ppm = int(np.rint(value * PPM))
        return self._made(code, Fact(name, ppm, "ratio", PPM), score_words(ppm), COMPUTED)

    def number(self, name: str) -> int | None:
        """Return an input that is a whole number, None where it is missing."""
        value = float(str(self.values[name]))
        return None if np.isnan(value) else int(np.rint(value))

    def _made(self, code: ReasonCode, fact: Fact, words: Words, source: Words, of: Column | None = None) -> Reason:
        as_of = self.explainer.as_of(self.row)
        day = as_of if of is None else self.explainer.seen_on(of, self.row, as_of)
        if code is not ReasonCode.rank_not_provided:
            # A catalogue is not seen up to a day, and what is missing was not delivered by anybody.
            words = with_source(words, source, None if source == CATALOGUE else day)
        return Reason(
            code=code,
            column=fact.name,
            value=fact.value,
            unit=fact.unit,
            threshold=fact.bound,
            peer_tenths=fact.tenths,
            day=day,
            source_zh=source.zh,
            source_en=source.en,
            text_zh=words.zh,
            text_en=words.en,
        )


_PAIR_TELLERS: Mapping[str, Callable[[Teller, str, ReasonCode], Reason | None]] = {
    "price": Teller.price,
    "fees": Teller.fees,
    "size": Teller.size,
    "term": Teller.term,
    "guarantee": Teller.guarantee,
    "repayment": Teller.repayment,
    "novelty": Teller.novelty,
    "amount": Teller.amount,
    "line": Teller.line,
    "criteria": Teller.criteria,
    "score": Teller.score,
}


def as_caution(reason: Reason) -> Reason:
    """Return a reason as what speaks against a pair that fits."""
    text = cautioned(Words(reason.text_zh, reason.text_en))
    return replace(reason, is_against=True, text_zh=text.zh, text_en=text.en)


def bears_out(of: Column, value: int, standing: Standing | None, *, against: bool) -> bool:
    """Tell whether a value bears out which way the ranker read it, as far as that can be known."""
    if of.direction == 0:
        return True
    if of.name in NONE_OF and value == 0 and of.direction < 0:  # none of what is bad
        return not against
    if of.unit == Unit.flag:
        return (bool(value) is (of.direction > 0)) is not against
    return standing is None or standing.bears_out(of, against=against)


def _joined(first: Words, second: Words) -> Words:
    return Words(f"{first.zh}，{second.zh}", f"{first.en}; {second.en}")


def _sources(of: Column) -> Words:
    zh, en = sources(of)
    return Words("、".join(zh), ", ".join(en))

"""Why a firm and a product stand where they stand: at most four reasons, drawn from what is true of that firm.

Every reason names the firm's own value, the bound or peer quantile beside it, the day up to which the fact was seen and
the table it comes from.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import islice

import numpy as np

from features.columns import AS_OF, INVOICES
from matching.amounts import PPM
from matching.compile import YES, CodeTest, DayTest, NumberTest, RatioTest, Test, tests_of
from matching.criteria import EPOCH, Clause, Shown
from matching.eligibility import CREDIT_LINE, Eligibility
from matching.errors import MatchingError
from matching.frame import Floats, Mask
from matching.labels import NONE_OF, Words
from matching.product import CapsLimit, ShareLimit
from matching.rank import Score, nominal_ppm
from matching.reason_words import (
    code_words,
    day_test_words,
    fixed_day_words,
    indivisible_words,
    internal_words,
    line_words,
    missing_words,
    number_words,
    peer_words,
    price_words,
    ratio_test_words,
    standing_words,
    undated_standing_words,
    with_source,
)
from matching.reasons import MOST, Peers, Reason, ReasonCode
from matching.sentence import criterion_words
from matching.shown import BANK_INTERNAL, BANK_RANGE, words_for_firm
from matching.vocabulary import Column, column, ends_with_month, is_of_sales, sources, suppliers

LAST_INVOICE_ON, LAST_SALE_ON = "last_invoice_on", "last_sale_on"
# The name of a probability whose label has a day and therefore a horizon.
DATED_PROBABILITY = "pd_12m"
NARROW_PPM, EASY_PPM = 100_000, 500_000
# At most these probabilities of default within a year: the yearly flow of defaults is 2–3 % of small firms.
LOW_RISK_PPM, MIDDLE_RISK_PPM = 20_000, 50_000
PEER_TENTHS = 6
CATALOGUE = Words("产品目录", "product catalogue")
RISK_MODEL = Words("违约风险模型", "model of default risk")


@dataclass(frozen=True, slots=True)
class _Fact:
    """What a reason is about: the value, the bound beside it, and the column or other source it comes from."""

    name: str
    value: int | str | None
    unit: str
    bound: int | str | None
    of: Column | None = None
    source: Words = CATALOGUE


@dataclass(frozen=True, slots=True)
class _Evidence:
    """One comparison: where it holds and counts, and how far it is cleared."""

    test: Test
    holds: Mask
    room: Floats


@dataclass(slots=True)
class Explainer:
    """Reasons for the rows of one evaluated product.

    `probability_name` is what the risk model calls its output; `pd_12m` alone has a horizon. `judged` is what decided
    the verdicts where `eligibility` may read less: what is open follows from it.
    """

    eligibility: Eligibility
    score: Score
    probability_name: str
    peers: Peers | None
    judged: Eligibility | None = None
    _compared: list[_Evidence] | None = field(init=False, default=None)
    _lacking: dict[str, dict[str, Mask]] | None = field(init=False, default=None)

    @property
    def judge(self) -> Eligibility:
        """What decided the verdicts."""
        return self.judged or self.eligibility

    def reasons(self, row: int, *, for_firm: bool = False) -> tuple[Reason, ...]:
        """Return one to four reasons for a row that fits or may fit, the weightiest first.

        For a firm, what is missing is told as far as it may read the clauses that are open.
        """
        found = (reason for reason in self._by_weight(row, for_firm=for_firm) if reason is not None)
        return tuple(islice(found, MOST))

    def missing(self, row: int, *, for_firm: bool = False) -> tuple[str, ...]:
        """Name the columns that leave the row open, in the order of the clauses; for a firm without the bank's own."""
        names = [
            name for clause, columns in self._open(row) for name in columns if not (for_firm and self._own(clause))
        ]
        return tuple(dict.fromkeys(names))

    def last_invoice_on(self, row: int) -> date | None:
        """Return the day of the firm's last invoice, as far as known."""
        return self.eligibility.frame.day(LAST_INVOICE_ON, row)

    def clearest(self, row: int) -> Reason | None:
        """Return the reason of the criterion that the row clears by most."""
        return self._clause(self._by_strength(row)[0], row)

    def tightest(self, row: int) -> Reason | None:
        """Return the reason of the criterion that is cleared by least, None where all are cleared easily."""
        measured = [item for item in self._evidence() if item.holds[row] and self._room(item, row) in range(EASY_PPM)]
        return self._clause(min(measured, key=lambda item: self._room(item, row), default=None), row)

    def bounds(self, name: str) -> tuple[int | None, int | None]:
        """Return the least and the most that the product's first comparison with a column allows."""
        tests = (item.test for item in self._evidence() if item.test.column == name)
        found = next((test for test in tests if isinstance(test, NumberTest) and not test.outside), None)
        return (None, None) if found is None else (found.low, found.high)

    def _by_weight(self, row: int, *, for_firm: bool) -> Iterator[Reason | None]:
        # What differs from firm to firm comes first: where this one stands out most, its limit, its risk, where it
        # stands out least. A cap and a price are the product's, the same for every firm, and only fill places left.
        strongest, rest = self._by_strength(row)
        measured = [item for item in rest if self._room(item, row) in range(PPM)]
        weakest = measured[-1] if measured else None
        own_line = bool(self.eligibility.product.limits)
        yield self._missing(row, for_firm=for_firm)
        yield self._clause(strongest, row)
        if own_line:
            yield self.line(row)
        yield self._standing(row)
        yield self._clause(weakest, row)
        for item in rest:
            if item is not weakest:
                yield self._clause(item, row)
        if not own_line:
            yield self.line(row)
        yield self._price(row)

    def _evidence(self) -> list[_Evidence]:
        """Look at every comparison once for all rows, when the first row is explained."""
        if self._compared is None:
            frame = self.eligibility.frame
            self._compared = [
                _Evidence(test, test.truth(frame).yes & clause_holds, test.headroom(frame))
                for node, clause_holds, told in zip(
                    self.eligibility.nodes, self._clauses_hold(), self.eligibility.told, strict=True
                )
                if told  # which clauses are cleared by most is told to firm and bank alike
                for test in tests_of(node)
            ]
        return self._compared

    def _clauses_hold(self) -> list[Mask]:
        return [self.eligibility.clause_verdicts[:, place] == YES for place in range(len(self.eligibility.nodes))]

    def _by_strength(self, row: int) -> tuple[_Evidence | None, list[_Evidence]]:
        held = [item for item in self._evidence() if item.holds[row]]
        # What is cleared entirely ("none of it", "sold last month") says least about this firm: figures come before it.
        ordered = sorted(held, key=lambda item: (self._room(item, row) == PPM, -self._room(item, row)))
        return (ordered[0], ordered[1:]) if ordered else (None, [])

    @staticmethod
    def _room(item: _Evidence, row: int) -> int:
        room = item.room[row]
        return -1 if np.isnan(room) else int(np.rint(room * PPM))

    def _clause(self, item: _Evidence | None, row: int) -> Reason | None:
        if item is None:
            return None
        of, value = column(item.test.column), self.eligibility.frame.value(item.test.column, row)
        if isinstance(item.test, CodeTest):
            fact = _Fact(of.name, value, of.unit, ",".join(sorted(item.test.wanted)), of)
            return self._made(ReasonCode.code_accepted, fact, code_words(item.test, str(value)), row)
        room = self._room(item, row)
        if isinstance(item.test, RatioTest):
            return self._divided(item.test, int(value or 0), room, row)
        if isinstance(item.test, DayTest) or of.unit == "day":
            return self._day(item.test, str(value), row)
        bound = item.test.low if item.test.low is not None else item.test.high
        words = number_words(item.test, int(value or 0), room, narrow=0 <= room < NARROW_PPM)
        return self._made(_clearance(of, value, room), _Fact(of.name, value, of.unit, bound, of), words, row)

    def _day(self, test: NumberTest | DayTest, value: str, row: int) -> Reason:
        of = column(test.column)
        if isinstance(test, DayTest):
            bound, words = int(test.bound(self.eligibility.frame)[row]), day_test_words(test, value)
        else:
            bound = next(end for end in (test.low, test.high) if end is not None)
            words = fixed_day_words(test, value)
        iso = date.fromordinal(EPOCH.toordinal() + bound).isoformat()
        return self._made(ReasonCode.clears, _Fact(of.name, value, of.unit, iso, of), words, row)

    def _divided(self, test: RatioTest, amount: int, room: int, row: int) -> Reason:
        of, base = column(test.column), int(self.eligibility.frame.value(test.over, row) or 0)
        words = ratio_test_words(test, amount, base, narrow=0 <= room < NARROW_PPM)
        # The bound of the amount itself: so many millionths of what it is divided by.
        fact = _Fact(of.name, amount, of.unit, test.ppm * base // PPM, of)
        return self._made(_clearance(of, None, room), fact, words, row)

    def line(self, row: int) -> Reason | None:
        """Return the reason of the firm's limit, None while it is open."""
        line = self.eligibility.line
        if not line.complete[row]:
            return None
        place = int(line.binding[row])
        rule = self.eligibility.product.limits[place - 1] if place else None
        if rule is None:
            code, of = ReasonCode.line_by_cap, self._beside_cap()
        elif isinstance(rule, ShareLimit):
            code, of = ReasonCode.line_by_share, column(rule.of)
        else:
            code = ReasonCode.line_by_code if isinstance(rule, CapsLimit) else ReasonCode.line_by_code_share
            of = column(rule.by)
        asked = self.eligibility.request_of(row).amount_fen
        fact = _Fact(CREDIT_LINE, int(line.fen[row]), "fen", asked, of)
        return self._made(code, fact, line_words(self.eligibility, row), row)

    def _beside_cap(self) -> Column | None:
        # The firm's figure that the sentence sets beside the cap.
        rules = self.eligibility.product.limits
        if not rules:
            return None
        return column(rules[0].of if isinstance(rules[0], ShareLimit) else rules[0].by)

    def _standing(self, row: int) -> Reason | None:
        good = int(self.score.components["standing"][row])
        if good < 0:
            return None
        default = PPM - good
        if self.probability_name != DATED_PROBABILITY:
            fact = _Fact(self.probability_name, default, "ratio", None, source=RISK_MODEL)
            return self._made(ReasonCode.standing_no_horizon, fact, undated_standing_words(default), row)
        if default <= LOW_RISK_PPM:
            code, band, bound = ReasonCode.standing_good, Words("较低", "low"), LOW_RISK_PPM
        elif default <= MIDDLE_RISK_PPM:
            code, band, bound = ReasonCode.standing_fair, Words("中等", "middling"), MIDDLE_RISK_PPM
        else:
            code, band, bound = ReasonCode.standing_weak, Words("偏高", "high"), MIDDLE_RISK_PPM
        fact = _Fact(self.probability_name, default, "ratio", bound, source=RISK_MODEL)
        return self._made(code, fact, standing_words(default, band), row)

    def _price(self, row: int) -> Reason | None:
        terms = self.score.terms
        if not terms.price.priced[row]:
            return None
        code = ReasonCode.price_partial if terms.price.unknown else ReasonCode.price_known
        words = price_words(self.eligibility, terms, row)
        nominal = nominal_ppm(self.eligibility, row)
        return self._made(code, _Fact("all_in_rate", int(terms.price.rate_ppm[row]), "ratio", nominal), words, row)

    def _missing(self, row: int, *, for_firm: bool) -> Reason | None:
        opened = self._open(row)
        if not opened:
            return None
        told = [one for one in opened if not (for_firm and self._own(one[0]))]
        if not told:
            fact = _Fact(BANK_INTERNAL, None, "", None, source=CATALOGUE)
            return self._made(ReasonCode.missing_decides, fact, internal_words(), row)
        criterion, names = told[0]
        is_told = not for_firm or criterion not in self._clauses or self._clauses[criterion].shown is Shown.public
        demand = criterion_words(self.eligibility.product, criterion, self.eligibility.request_of(row))
        if not is_told:
            demand = words_for_firm(self._clauses[criterion])
        lacking = [name for name in names if self.judge.frame.value(name, row) is None]
        of = column((lacking or names)[0])
        if lacking:
            labels = [Words(column(name).zh, column(name).en) for name in lacking]
            words = missing_words(labels, demand, supplier_words(lacking), len(told) - 1)
        else:
            words = indivisible_words(of, demand, len(told) - 1)
        fact = _Fact(of.name, None, of.unit, criterion if is_told else BANK_RANGE, of)
        return self._made(ReasonCode.missing_decides, fact, words, row)

    @property
    def _clauses(self) -> dict[str, Clause]:
        return {clause.id: clause for clause in self.judge.clauses}

    def _own(self, criterion: str) -> bool:
        """Say whether an open clause is the bank's own."""
        clause = self._clauses.get(criterion)
        return clause is not None and clause.shown is Shown.bank_only

    def _open(self, row: int) -> list[tuple[str, list[str]]]:
        if self._lacking is None:
            self._lacking = self.judge.missing()
        return [
            (clause, [name for name, mask in self._lacking.get(clause, {}).items() if mask[row]])
            for clause in self.judge.open_clauses(row)
        ]

    def _made(self, code: ReasonCode, fact: _Fact, words: Words, row: int) -> Reason:
        source, tenths = fact.source, None
        if fact.of is not None:
            zh, en = sources(fact.of)
            source = Words("、".join(zh), ", ".join(en))
            tenths = _tenths(fact.of, fact.value, self.peers) if fact.name == fact.of.name else None
        if tenths is not None and fact.of is not None and self.peers is not None:
            place = peer_words(fact.of, tenths, self.peers.label, lower=fact.of.direction < 0)
            words = Words(f"{words.zh}，{place.zh}", f"{words.en}; {place.en}")
        as_of = self.as_of(row)
        day = as_of if code is ReasonCode.missing_decides else self.seen_on(fact.of, row, as_of)
        # A catalogue is not seen up to a day, and what is missing was not delivered by anybody.
        seen = None if source == CATALOGUE else day
        text = words if code is ReasonCode.missing_decides else with_source(words, source, seen)
        return Reason(
            code=code,
            column=fact.name,
            value=fact.value,
            unit=fact.unit,
            threshold=fact.bound,
            peer_tenths=tenths,
            day=day,
            source_zh=source.zh,
            source_en=source.en,
            text_zh=text.zh,
            text_en=text.en,
        )

    def as_of(self, row: int) -> date:
        """Return the day of the row's profile; MatchingError where it has none."""
        as_of = self.eligibility.frame.day(AS_OF, row)
        if as_of is None:
            raise MatchingError("a profile has no day: column as_of is missing")
        return as_of

    def seen_on(self, of: Column | None, row: int, as_of: date) -> date:
        """Return the day up to which a column was seen: the end of its window, else the last event it counts."""
        if of is not None and ends_with_month(of):
            return as_of.replace(day=1) - timedelta(days=1)
        if of is None or INVOICES not in of.tables:
            return as_of
        last = self.eligibility.frame.day(LAST_SALE_ON, row) if is_of_sales(of) else None
        return last or self.last_invoice_on(row) or as_of


def supplier_words(names: Sequence[str]) -> Words:
    """Word who can supply the columns, each once."""
    zh: list[str] = []
    en: list[str] = []
    for name in names:
        who_zh, who_en = suppliers(column(name))
        zh += who_zh
        en += who_en
    return Words("、".join(dict.fromkeys(zh)), "; ".join(dict.fromkeys(en)))


def _clearance(of: Column, value: int | str | None, room: int) -> ReasonCode:
    if of.name in NONE_OF and value == 0:
        return ReasonCode.clean_record
    if 0 <= room < NARROW_PPM:
        return ReasonCode.clears_narrowly
    return ReasonCode.clears_easily if room >= EASY_PPM else ReasonCode.clears


def _tenths(of: Column, value: int | str | None, peers: Peers | None) -> int | None:
    """How many tenths of the peers the firm is better than; None where that is not worth a word."""
    if peers is None or of.direction == 0 or not isinstance(value, int) or of.name not in peers.deciles:
        return None
    deciles = peers.deciles[of.name]
    better = sum(value < edge if of.direction < 0 else value > edge for edge in deciles)
    return better if better >= PEER_TENTHS else None

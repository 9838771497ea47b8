"""The three lists, both ways: what fits, what may fit once something is known, and what does not fit and why.

One code path serves both directions, so a pair has the same verdict, score and reasons whichever side asks. `top` cuts
each list only after everything was counted.
"""

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import pyarrow as pa

from matching.compile import NO, YES
from matching.eligibility import CREDIT_LINE, Eligibility, Request, evaluate
from matching.errors import MatchingError
from matching.explain import Explainer, supplier_words, value_of_clause
from matching.frame import Floats, Frame
from matching.labels import Words
from matching.product import FeeKind, Product
from matching.rank import PRESET, Score, Weights, score, tie
from matching.reasons import Peers, Reason
from matching.sentence import criterion_words, money, months, value_words
from matching.vocabulary import column


@dataclass(frozen=True, slots=True)
class Settings:
    """What an answer depends on besides profiles and products.

    `tie_key` follows from request and release and is logged; `probability_name` is what the risk model calls its output
    (`pd_12m` where its label has a horizon).
    """

    tie_key: bytes
    top: int | None = None
    weights: Weights = PRESET
    peers: Peers | None = None
    probability_name: str = "default_probability"

    def __post_init__(self) -> None:
        """Refuse an empty key and a negative cut."""
        if not self.tie_key or (self.top is not None and self.top < 0):
            raise MatchingError("the tie key is not empty and top is not negative")


@dataclass(frozen=True, slots=True)
class Missing:
    """A column that leaves a pair open, and who can supply it."""

    column: str
    label: Words
    who: Words


@dataclass(frozen=True, slots=True)
class Match:
    """A pair that fits, or may fit: then `missing` is not empty. Amount and price are those the score was made for."""

    id: str
    name: str
    score_ppm: int
    reasons: tuple[Reason, ...]
    missing: tuple[Missing, ...]
    components: tuple[tuple[str, int], ...]
    line_fen: int
    amount_fen: int
    term_months: int
    all_in_ppm: int | None
    unknown_fees: tuple[FeeKind, ...]
    last_invoice_on: date | None


@dataclass(frozen=True, slots=True)
class Refusal:
    """A pair that does not fit: the first criterion that failed, in words, and what the firm has there."""

    id: str
    name: str
    criterion_id: str
    criterion: Words
    value: Words
    values: tuple[tuple[str, int | str | None], ...]
    last_invoice_on: date | None


@dataclass(frozen=True, slots=True)
class MatchLists:
    """An answer. `of` is what the rows are: product or enterprise; `counts` holds the sizes before any cut."""

    of: str
    fits: tuple[Match, ...]
    may_fit: tuple[Match, ...]
    does_not_fit: tuple[Refusal, ...]
    counts: Mapping[str, int]
    first_failing_counts: Mapping[str, int]
    candidates_digest: str
    last_invoice_on: date | None


@dataclass(slots=True)
class _Pair:
    """One row of an evaluated product: a candidate before it becomes a row of a list."""

    id: str
    name: str
    tie: str
    explainer: Explainer
    row: int

    @property
    def eligibility(self) -> Eligibility:
        """The evaluation it belongs to."""
        return self.explainer.eligibility

    @property
    def verdict(self) -> int:
        """1, 0 or −1."""
        return int(self.eligibility.verdict[self.row])

    @property
    def score_ppm(self) -> int:
        """The score, meaningful where the pair is not refused."""
        return int(self.explainer.score.ppm[self.row])


def products_for(
    profile: pa.Table, products: Sequence[Product], standing: float | None, request: Request, settings: Settings
) -> MatchLists:
    """Match one firm with products.

    `profile` is a table of one row as the engine builds it; `standing` is 1 − probability of default, None where no
    model speaks of the firm.
    """
    if profile.num_rows != 1:
        raise MatchingError(f"one profile is wanted, not {profile.num_rows}")
    frame = Frame(profile)
    good = np.array([np.nan if standing is None else standing])
    pairs = []
    for product in products:
        explainer = _explainer(product, frame, good, request, settings)
        pairs.append(_Pair(product.id, product.name, tie(settings.tie_key, product.content()), explainer, 0))
    return _lists("product", pairs, settings)


def enterprises_for(  # noqa: PLR0913 (profiles and what is known of them arrive apart)
    profiles: pa.Table,
    product: Product,
    standing: Mapping[str, float] | None,
    request: Request,
    settings: Settings,
    *,
    names: Mapping[str, str] | None = None,
) -> MatchLists:
    """Match one product with firms, one row of `profiles` each.

    `standing` is 1 − probability of default by enterprise, without those no model speaks of; `names` are for display.
    """
    frame = Frame(profiles)
    ids = frame.enterprises
    if len(set(ids)) != len(ids):
        raise MatchingError("an enterprise has more than one profile")
    known = standing or {}
    good = np.array([known.get(name, np.nan) for name in ids], dtype=np.float64)
    explainer = _explainer(product, frame, good, request, settings)
    shown = names or {}
    pairs = [
        _Pair(name, shown.get(name, name), tie(settings.tie_key, name.encode()), explainer, row)
        for row, name in enumerate(ids)
    ]
    return _lists("enterprise", pairs, settings)


def _explainer(product: Product, frame: Frame, good: Floats, request: Request, settings: Settings) -> Explainer:
    eligibility = evaluate(product, frame, request)
    scored: Score = score(eligibility, good, settings.weights)
    return Explainer(eligibility, scored, settings.probability_name, settings.peers)


def _lists(of: str, pairs: Sequence[_Pair], settings: Settings) -> MatchLists:
    verdicts = [pair.verdict for pair in pairs]
    by_list: dict[int, list[_Pair]] = {1: [], 0: [], -1: []}
    for pair, verdict in zip(pairs, verdicts, strict=True):
        by_list[verdict].append(pair)
    # The id comes last and decides only between products that are the same but for their names.
    best = {key: sorted(by_list[key], key=lambda pair: (-pair.score_ppm, pair.tie, pair.id)) for key in (YES, -1)}
    refused = sorted(by_list[NO], key=lambda pair: pair.id)
    days = {pair.explainer.last_invoice_on(pair.row) for pair in pairs} if of == "product" else set()
    return MatchLists(
        of=of,
        fits=tuple(_match(pair) for pair in best[YES][: settings.top]),
        may_fit=tuple(_match(pair) for pair in best[-1][: settings.top]),
        does_not_fit=tuple(_refusal(pair) for pair in refused[: settings.top]),
        counts={"fits": len(best[YES]), "may_fit": len(best[-1]), "does_not_fit": len(refused)},
        first_failing_counts=dict(sorted(Counter(_first_failing(pair) for pair in refused).items())),
        candidates_digest=_digest(pairs),
        last_invoice_on=next(iter(days), None),
    )


def _match(pair: _Pair) -> Match:
    explainer, row = pair.explainer, pair.row
    terms = explainer.score.terms
    return Match(
        id=pair.id,
        name=pair.name,
        score_ppm=pair.score_ppm,
        reasons=explainer.reasons(row),
        missing=_missing(explainer.missing(row)),
        components=tuple((name, int(values[row])) for name, values in explainer.score.components.items()),
        line_fen=int(pair.eligibility.line.fen[row]),
        amount_fen=int(terms.amounts_fen[row]),
        term_months=terms.months,
        all_in_ppm=int(terms.price.rate_ppm[row]) if terms.price.priced[row] else None,
        unknown_fees=terms.price.unknown,
        last_invoice_on=explainer.last_invoice_on(row),
    )


def _missing(names: Iterable[str]) -> tuple[Missing, ...]:
    return tuple(Missing(name, Words(column(name).zh, column(name).en), supplier_words([name])) for name in names)


def _refusal(pair: _Pair) -> Refusal:
    eligibility, row = pair.eligibility, pair.row
    criterion = _first_failing(pair)
    values = value_of_clause(eligibility, criterion, row)
    return Refusal(
        id=pair.id,
        name=pair.name,
        criterion_id=criterion,
        criterion=criterion_words(eligibility.product, criterion, eligibility.request),
        value=_values_words(values),
        values=values,
        last_invoice_on=pair.explainer.last_invoice_on(row),
    )


def _first_failing(pair: _Pair) -> str:
    return pair.eligibility.clause_ids[int(pair.eligibility.first_failing[pair.row])]


def _values_words(values: Sequence[tuple[str, int | str | None]]) -> Words:
    words = [_value_words(name, value) for name, value in values]
    if len(words) == 1:
        return words[0]
    labelled = [(column(name), word) for (name, _), word in zip(values, words, strict=True)]
    return Words(
        "；".join(f"{of.zh}{word.zh}" for of, word in labelled),
        "; ".join(f"{of.en} {word.en}" for of, word in labelled),
    )


def _value_words(name: str, value: int | str | None) -> Words:
    if name in (CREDIT_LINE, "amount"):
        return money(int(value or 0))
    if name == "term":
        return months(int(value or 0))
    return value_words(column(name), value)


def _digest(pairs: Sequence[_Pair]) -> str:
    """SHA-256 over every candidate's id, verdict and score, sorted by id: whatever order they came in."""
    triples = sorted([pair.id, pair.verdict, pair.score_ppm if pair.verdict != NO else None] for pair in pairs)
    return hashlib.sha256(json.dumps(triples, ensure_ascii=False, separators=(",", ":")).encode()).hexdigest()
